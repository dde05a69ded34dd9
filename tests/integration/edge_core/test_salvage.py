"""A damaged outbox: what can be read is saved, however often the power goes; the break is named once."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace

import pytest

from edge.app.parts import open_stores
from edge.settings import Manifest, Outbox
from edge.store import salvage
from edge.store.database import Database
from edge.store.high_water import Mark
from schemas.messages import EpochEvent, Range
from tests.edge_gate import GATE, IDENTITY, JPEG, QUOTA, StandingClock, open_outbox
from tests.integration.edge_core.scans import database_file, decoded, fill


def harm(file, damage, copy):
    if damage == "garbage page":
        with file.open("r+b") as stream:
            stream.seek(8 * 4096)
            stream.write(b"\xa5" * 4096)
    elif damage == "half the file":
        content = file.read_bytes()
        file.write_bytes(content[: len(content) // 2 // 4096 * 4096 + 100])
    elif damage == "emptied":
        file.write_bytes(b"")
    elif damage == "deleted":
        file.unlink()
    else:
        file.write_bytes(copy)


@pytest.mark.req("R-111")
@pytest.mark.parametrize("damage", ["garbage page", "half the file", "emptied", "deleted", "older copy"])
async def test_damage_begins_a_new_epoch_that_names_the_last_head_known(tmp_path, damage):
    opened = await open_outbox(tmp_path)
    await fill(opened, 30)
    file = database_file(tmp_path)
    await opened.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = file.read_bytes()
    last = (await fill(opened, 30))[-1]
    await opened.records.close()
    harm(file, damage, copy)

    again = await open_outbox(tmp_path)
    assert "STORE-DAMAGED" in again.faults
    head = again.records.head
    event = decoded((await again.records.unsent(0, 2**62, 10_000))[-1])
    assert isinstance(event, EpochEvent)
    assert (event.cause, event.link.seq, event.link.epoch) == ("CORRUPTION", 1, last.epoch + 1)
    assert (event.last_epoch, event.last_seq, event.last_hash) == (last.epoch, last.seq, last.hash)
    assert event.link.prev == last.hash
    assert head.epoch == last.epoch + 1
    aside = list(file.parent.glob("outbox.db.damaged-*"))
    assert bool(aside) == (damage in {"garbage page", "half the file"})
    if damage in {"garbage page", "older copy"}:  # what can be read is not lost
        assert len(await again.records.unsent(0, 2**62, 10_000)) > 20
    await again.records.close()
    third = await open_outbox(tmp_path)  # the damage is dealt with once
    assert (third.faults, third.records.head) == ([], head)
    await third.records.close()


async def test_a_file_that_is_no_database_is_set_aside(tmp_path):
    database_file(tmp_path).parent.mkdir()
    database_file(tmp_path).write_bytes(b"not a database, certainly" * 1000)
    opened = await open_outbox(tmp_path)
    assert "STORE-DAMAGED" in opened.faults
    assert database_file(tmp_path).with_name("outbox.db.damaged-1").read_bytes().startswith(b"not a database")
    await opened.records.close()


async def as_power_left_it(tmp_path, count=60):
    """A damaged file is set aside, a new one begun, and nothing saved yet."""
    opened = await open_outbox(tmp_path)
    stored = await fill(opened, count)
    await opened.records.close()
    file = database_file(tmp_path)
    harm(file, "garbage page", b"")
    file.rename(file.with_name("outbox.db.damaged-1"))
    await (await Database.open(file, QUOTA)).close()
    return stored


@pytest.mark.req("R-111")
async def test_what_a_cut_salvage_left_is_saved_by_the_next_start(tmp_path):
    stored = await as_power_left_it(tmp_path)
    again = await open_outbox(tmp_path)
    saved = await again.records.unsent(0, 2**62, 10_000)
    assert again.faults == ["STORE-DAMAGED"]
    assert {each.hash for each in saved} >= {each.hash for each in stored[-20:]}
    event = decoded(saved[-1])
    assert (event.cause, event.last_seq, event.last_hash) == ("CORRUPTION", stored[-1].seq, stored[-1].hash)
    await again.records.close()
    third = await open_outbox(tmp_path)
    assert (third.faults, third.records.head) == ([], again.records.head)
    await third.records.close()


async def test_a_salvage_without_room_goes_on_at_the_next_start_and_is_explained_once(tmp_path, monkeypatch):
    await as_power_left_it(tmp_path)
    monkeypatch.setattr(salvage, "BATCH_ROWS", 10)
    with monkeypatch.context() as crowded:
        pages = iter([1000, 1000])

        async def pages_free(_self):
            return next(pages, 100)

        crowded.setattr(Database, "pages_free", pages_free)
        opened = await open_outbox(tmp_path)
    begun, few = opened.records.head, opened.records.depth
    assert opened.faults == ["STORE-DAMAGED"]
    await fill(opened, 1)  # and the gate works meanwhile
    await opened.records.close()
    again = await open_outbox(tmp_path)
    assert again.records.depth > few + 10
    assert again.records.head == Mark(begun.epoch, 2, again.records.head.hash)
    newest = again.records.head
    await again.records.mark_received(Range(epoch=begun.epoch, first=1, last=2, head=newest.hash))
    await again.records.expire(2**60)
    await again.records.close()
    third = await open_outbox(tmp_path)
    assert (third.faults, third.records.head) == ([], newest)  # what came over late is newer on disk, not in the chain
    await third.records.close()


@pytest.mark.req("R-111")
@pytest.mark.parametrize("damage", ["emptied", "garbage page"])
async def test_no_picture_is_swept_away_after_damage(tmp_path, damage):
    state = tmp_path / "state"
    settings = SimpleNamespace(
        state_dir=state,
        outbox=Outbox(),
        manifest=Manifest(),
        high_water=tmp_path / "high-water",
        gate=GATE,
        cloud=SimpleNamespace(pinned_keys=()),
    )
    stores = await open_stores(settings, IDENTITY, StandingClock(), Random(0))
    await fill(stores.opened, 30)
    name = await stores.photos.keep(JPEG)
    await stores.opened.records.close()
    harm(database_file(state), damage, b"")
    again = await open_stores(settings, IDENTITY, StandingClock(), Random(0))
    assert "STORE-DAMAGED" in again.opened.faults
    assert await again.photos.read(name) == JPEG
    await again.opened.records.close()
