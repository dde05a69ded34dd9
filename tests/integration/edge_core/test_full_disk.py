"""A file system that is really full: nothing is promised, nothing confirmed is lost, and the outbox can still empty."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from edge.store import database
from edge.store.database import NotStoredError
from edge.store.photos import PhotoStore
from schemas.messages import Range
from tests.edge_gate import QUOTA, StandingClock, open_outbox
from tests.integration.edge_core.scans import scan

DISK_BYTES = 12 * 2**20


@pytest.fixture
def disk(tmp_path):
    """A file system of its own; whoever is not root must be allowed to become it, as for installing servers."""
    place = tmp_path / "disk"
    place.mkdir()
    become_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    mount = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=777", "tmpfs", str(place)]
    subprocess.run([*become_root, *mount], check=True)
    yield place
    subprocess.run([*become_root, shutil.which("umount") or "umount", "-l", str(place)], check=True)


def fill(disk, leave_bytes):
    """Somebody else's file takes the disk."""
    free = shutil.disk_usage(disk).free - leave_bytes
    with (disk / "log").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free)


@pytest.mark.req("R-111")
async def test_the_reserve_is_kept_for_receipts_and_marks(disk):
    opened = await open_outbox(disk)
    stored = [await opened.records.append(scan) for _ in range(50)]
    fill(disk, database.DISK_RESERVE_BYTES - 2**20)
    with pytest.raises(NotStoredError, match="DISK-FULL"):
        await opened.records.append(scan)
    assert not await opened.records.has_room()
    head = stored[-1]
    assert await opened.records.mark_received(Range(epoch=head.epoch, first=1, last=head.seq, head=head.hash))
    assert opened.records.depth == 0
    (disk / "log").unlink()
    assert (await opened.records.append(scan)).seq == head.seq + 1
    await opened.records.close()


async def test_a_disk_that_fills_in_the_middle_of_a_write_loses_nothing_confirmed(disk, monkeypatch):
    monkeypatch.setattr("edge.store.records.DISK_RESERVE_BYTES", 0)  # as if somebody took it after the look
    opened = await open_outbox(disk)
    stored = [await opened.records.append(scan) for _ in range(20)]
    fill(disk, 0)
    with pytest.raises(NotStoredError, match="DISK-FULL"):
        stored = await until_refused(opened.records, stored)
    head = opened.records.head
    (disk / "log").unlink()
    await opened.records.close()
    again = await open_outbox(disk)
    assert again.records.head == head
    seqs = [each.seq for each in await again.records.unsent(0, 2**62, 10_000)]
    assert seqs == list(range(1, head.seq + 1))
    assert (await again.records.append(scan)).seq == head.seq + 1
    await again.records.close()


async def until_refused(records, stored):
    while True:
        stored.append(await records.append(scan))


async def test_no_room_for_a_picture_is_said_and_leaves_no_half_of_it(disk):
    opened = await open_outbox(disk)
    photos = PhotoStore(disk / "photos", opened.database, QUOTA, StandingClock().now)
    await photos.load()
    fill(disk, 100_000)
    with pytest.raises(NotStoredError, match="DISK-FULL"):
        await photos.keep(os.urandom(500_000))
    (disk / "log").unlink()
    again = PhotoStore(disk / "photos", opened.database, QUOTA, StandingClock().now)
    await again.load()
    assert list((disk / "photos").iterdir()) == []
    await opened.records.close()
