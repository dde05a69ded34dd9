"""The outbox on a real file: chain, receipts, quota, other keys."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from datetime import UTC, datetime
from random import Random

import pytest

from edge.domain.identity import Identity
from edge.store.database import NotStoredError
from edge.store.high_water import SLOT_BYTES, HighWater, Mark
from edge.store.opening import open_records
from edge.store.photos import PhotoStore
from schemas.envelope import SigningKey, fingerprint
from schemas.messages import EpochEvent, Quality, Range
from tests.edge_gate import GATE, IDENTITY, JPEG, NOW, QUOTA, StandingClock, open_outbox
from tests.integration.edge_core.scans import database_file, decoded, fill, scan


async def until_refused(records):
    while True:
        await records.append(scan)


def span(first, last=None):
    last = last or first
    return Range(epoch=first.epoch, first=first.seq, last=last.seq, head=last.hash)


@pytest.mark.req("R-113")
async def test_the_chain_is_gapless_and_each_record_names_the_one_before(tmp_path):
    opened = await open_outbox(tmp_path)
    first = await opened.records.unsent(0, 2**62, 1)
    stored = [*first, *await fill(opened, 5)]
    await opened.records.close()
    opened = await open_outbox(tmp_path)
    stored += await fill(opened, 5)
    records = [decoded(each) for each in stored]
    assert isinstance(records[0], EpochEvent)
    assert (records[0].cause, records[0].link.prev) == ("ENROLMENT", None)
    assert [record.link.seq for record in records] == list(range(1, 12))
    assert [record.link.prev for record in records[1:]] == [fingerprint(each.jws) for each in stored[:-1]]
    assert opened.faults == []
    await opened.records.close()


async def test_lanes_that_store_at_once_share_one_chain(tmp_path):
    opened = await open_outbox(tmp_path)
    stored = await asyncio.gather(*(opened.records.append(scan) for _ in range(20)))
    await asyncio.gather(*(opened.records.raise_high_water(each) for each in reversed(stored)))
    assert sorted(each.seq for each in stored) == list(range(2, 22))
    assert HighWater(tmp_path / "high-water").mark[:2] == (stored[0].epoch, 21)
    await opened.records.close()


async def test_a_receipt_frees_only_what_it_names_and_only_with_our_head(tmp_path):
    opened = await open_outbox(tmp_path)
    records, stored = opened.records, await fill(opened, 6)
    assert records.depth == 7
    assert await records.mark_received(span(stored[1], stored[3]))
    assert records.depth == 4
    wrong = Range(epoch=stored[5].epoch, first=stored[4].seq, last=stored[5].seq, head=stored[0].hash)
    assert not await records.mark_received(wrong)
    beyond = Range(epoch=stored[5].epoch, first=1, last=99, head=stored[0].hash)
    assert not await records.mark_received(beyond)
    assert await records.mark_received(Range(epoch=9, first=1, last=9, head=stored[0].hash))  # lost long ago
    assert records.depth == 4
    assert [each.seq for each in await records.unsent(0, 2**62, 20)] == [1, 2, 6, 7]
    await records.close()
    again = await open_outbox(tmp_path)
    assert again.records.depth == 4
    await again.records.close()


async def test_a_refused_record_is_parked_and_can_be_asked_for_again(tmp_path):
    opened = await open_outbox(tmp_path)
    records, stored = opened.records, await fill(opened, 3)
    assert await records.refuse(stored[1].hash, "SIGNATURE")
    assert not await records.refuse("x" * 43, "SIGNATURE")
    assert records.depth == 3
    assert stored[1].seq not in {each.seq for each in await records.unsent(0, 2**62, 20)}
    assert await records.refused() == 1
    assert await records.mark_received(span(stored[0]))
    assert await records.send_again(stored[0].epoch, 1, 10) == 4
    assert len(await records.unsent(0, 2**62, 20)) == records.depth == 4
    await records.close()


async def test_received_records_stay_for_days_and_are_freed_first_when_space_is_needed(tmp_path):
    opened = await open_outbox(tmp_path, quota=2**20)
    records = opened.records
    stored = await fill(opened, 50)
    await records.mark_received(span(stored[0], stored[39]))
    assert len(await opened.database.rows("SELECT 1 FROM record")) == 51
    with pytest.raises(NotStoredError, match="DISK-FULL"):
        await until_refused(records)
    kept = {row[0] for row in await opened.database.rows("SELECT seq FROM record")}
    assert not kept & {each.seq for each in stored[:40]}
    assert {each.seq for each in stored[40:]} <= kept
    assert not await records.has_room()
    # and the outbox can still be emptied, and then goes on
    waiting = await records.unsent(0, 2**62, 10_000)
    assert await records.mark_received(span(stored[40], waiting[-1]))
    assert await records.has_room()
    await records.append(scan)
    await records.close()


async def test_expired_receipts_are_let_go_and_the_chain_goes_on(tmp_path):
    clock = StandingClock()
    opened = await open_outbox(tmp_path, clock)
    stored = await fill(opened, 5)
    await opened.records.mark_received(span(stored[0], stored[-1]))
    now_ms = round(NOW.timestamp() * 1000)
    assert await opened.records.expire(now_ms + 1) == 4  # the newest stays: the next one follows it
    await opened.records.close()
    again = await open_outbox(tmp_path, clock)
    assert again.faults == []
    assert (await again.records.append(scan)).seq == stored[-1].seq + 1
    await again.records.close()


async def test_gates_that_begin_without_a_clock_take_different_epochs(tmp_path):
    clock = StandingClock(datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC), Quality.UNSET)
    epochs = []
    for life, now in enumerate((clock, clock, StandingClock())):
        place = tmp_path / str(life)
        opened = await open_records(place / "db", place / "mark", IDENTITY, now.now, QUOTA, chance=Random(life))
        epochs.append(opened.records.head.epoch)
        await opened.records.close()
    assert len(set(epochs)) == 3
    assert max(epochs) == epochs[2] < 2**53


async def test_another_key_begins_a_new_epoch(tmp_path):
    opened = await open_outbox(tmp_path)
    last = (await fill(opened, 2))[-1]
    await opened.records.close()
    other = Identity(gate=GATE, boot="11" * 8, key=SigningKey.from_seed(b"o" * 32))
    mark = tmp_path / "high-water"
    again = await open_records(database_file(tmp_path), mark, other, StandingClock().now, QUOTA, chance=Random(0))
    assert again.faults == ["KEY-CHANGED"]
    newest = (await again.records.unsent(0, 2**62, 10))[-1]
    event = decoded(newest, other.key)
    assert (event.cause, event.last_seq, event.link.epoch) == ("ENROLMENT", last.seq, last.epoch + 1)
    await again.records.close()


async def test_a_cancelled_store_either_happened_or_did_not(tmp_path):
    opened = await open_outbox(tmp_path)
    for _ in range(20):
        task = asyncio.create_task(opened.records.append(scan))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await opened.records.append(scan)
    seqs = [row[0] for row in await opened.database.rows("SELECT seq FROM record ORDER BY id")]
    assert seqs == list(range(1, len(seqs) + 1))
    assert opened.records.head.seq == seqs[-1]
    await opened.records.close()


async def test_housekeeping_that_is_cancelled_leaves_no_transaction_open(tmp_path):
    opened = await open_outbox(tmp_path)
    for turns in range(12):
        task = asyncio.create_task(opened.records.expire(2**60))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await opened.records.append(scan)
    await opened.records.close()


def test_a_torn_write_of_the_mark_leaves_the_one_before(tmp_path):
    mark = HighWater(tmp_path / "mark")
    for seq in range(1, 6):
        mark.raise_to(Mark(1, seq, "h" * 43))
    mark.close()
    content = bytearray((tmp_path / "mark").read_bytes())
    slot = 0  # five marks: the fifth lies in the first slot
    content[slot * SLOT_BYTES + 12] ^= 1
    (tmp_path / "mark").write_bytes(content)
    again = HighWater(tmp_path / "mark")
    assert again.mark == Mark(1, 4, "h" * 43)
    again.raise_to(Mark(1, 6, "h" * 43))
    again.close()
    last = HighWater(tmp_path / "mark")
    assert last.mark == Mark(1, 6, "h" * 43)
    last.close()


async def test_pictures_keep_their_bytes_and_the_quota_sheds_only_what_the_cloud_has(tmp_path):
    opened = await open_outbox(tmp_path)
    photos = PhotoStore(tmp_path / "photos", opened.database, len(JPEG) * 3, StandingClock().now)
    await photos.load()
    names = [await photos.keep(JPEG[:-1] + bytes([number])) for number in range(3)]
    for number, name in enumerate(names):
        await opened.database.rows(
            "INSERT INTO photo (sha256, size, at_ms, state) VALUES (?, ?, ?, 'WAITING')", name, len(JPEG), number
        )
        await photos.drop(name)
    with pytest.raises(NotStoredError, match="DISK-FULL"):
        await photos.keep(JPEG)
    await photos.settle(names[1], "SENT")
    fourth = await photos.keep(JPEG)
    assert await photos.read(names[1]) is None
    assert await photos.read(names[0]) is not None
    (tmp_path / "photos" / f"{fourth}.jpg").write_bytes(b"changed")
    assert await photos.read(fourth) is None
    assert await photos.read("../outbox/outbox") is None
    await opened.records.close()


async def test_pictures_that_no_event_names_are_laid_aside_at_the_start(tmp_path, monkeypatch):
    opened = await open_outbox(tmp_path)
    photos = PhotoStore(tmp_path / "photos", opened.database, QUOTA, StandingClock().now)
    await photos.load()
    names = [await photos.keep(JPEG + bytes([number])) for number in range(3)]
    for number, name in enumerate(names):
        os.utime(tmp_path / "photos" / f"{name}.jpg", (number, number))
    (tmp_path / "photos" / "x.jpg.new").write_bytes(b"half")
    monkeypatch.setattr("edge.store.photos.UNNAMED_BYTES_MAX", 2 * len(JPEG) + 2)
    again = PhotoStore(tmp_path / "photos", opened.database, QUOTA, StandingClock().now)
    await again.load()
    assert list((tmp_path / "photos").iterdir()) == []
    aside = tmp_path / "photos-unnamed"
    assert {each.stem for each in aside.iterdir()} == set(names[1:])  # bounded: the oldest goes
    await opened.database.rows(
        "INSERT INTO photo (sha256, size, at_ms, state) VALUES (?, ?, 0, 'WAITING')", names[2], len(JPEG) + 1
    )
    await again.load()  # its event was saved after all
    assert await again.read(names[2]) is not None
    assert {each.stem for each in aside.iterdir()} == {names[1]}
    await opened.records.close()


async def test_the_settings_of_the_file_are_those_measured(tmp_path):
    opened = await open_outbox(tmp_path)
    pragmas = {name: (await opened.database.rows(f"PRAGMA {name}"))[0][0] for name in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}
    assert IDENTITY.gate == GATE
    assert sqlite3.sqlite_version_info >= (3, 37)  # STRICT tables
    await opened.records.close()
