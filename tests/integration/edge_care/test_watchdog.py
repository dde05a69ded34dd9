"""systemd hears the heart only while lanes, outbox and disk live: one part that hangs is as bad as all."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import threading

import pytest

from edge import health as module
from edge.domain.faults import Faults
from edge.health import HUNG_S, PROBE_FILE, Health, Keeping
from edge.outbox import Outbox
from edge.settings import Outbox as Limits
from tests.edge_gate import GATE, IDENTITY, Booth, WireLink, card
from tests.integration.edge_core.booth import nudge, running
from tests.waiting import eventually


class Heart:
    """What systemd would hear."""

    def __init__(self):
        self.beats = 0

    def say(self, state):
        self.beats += state == "WATCHDOG=1"


@pytest.fixture
async def booth(tmp_path):
    booth = await Booth(folder=tmp_path).open()
    booth.outbox = Outbox(
        gate=GATE, records=booth.opened.records, link=WireLink(), clock=booth.clock, faults=Faults(), limits=Limits()
    )
    booth.health = Health(
        identity=IDENTITY,
        clock=booth.clock,
        gps_offset_s=lambda: None,
        locator=booth.receiver,
        fix_age_max_s=5.0,
        link=booth.outbox.link,
        faults=booth.faults,
        records=booth.opened.records,
        photos=booth.photos,
        papers=booth.papers,
        lanes=[booth.lane.health],
        state_dir=tmp_path,
        keeping=Keeping(records_days=14.0, photos_h=72.0),
        every_s=10.0,
        parts={"lane 1": lambda: booth.lane.turn_s, "outbox": lambda: booth.outbox.turn_s},
        watchdog=Heart(),
    )
    yield booth
    await booth.close()


@contextlib.asynccontextmanager
async def alive(*parts):
    tasks = [asyncio.create_task(part.run()) for part in parts]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def beats(booth):
    """Whether the heart still beats: many looks later there are more beats than now."""
    before, looks = booth.health.watchdog.beats, 0
    looked = booth.health.look

    def look():
        nonlocal looks
        looks += 1
        looked()

    booth.health.look = look
    await eventually(lambda: looks >= 3, what="the pulse goes on")
    booth.health.look = looked
    return booth.health.watchdog.beats > before


async def catch_up(booth, seconds):
    """Time passes, and everybody who can takes a turn."""
    booth.clock.forward(seconds)
    booth.outbox.wake()
    await nudge(booth)
    await eventually(lambda: booth.outbox.turn_s == booth.clock.mono_s)


@pytest.mark.req("R-111")
async def test_while_every_part_takes_its_turn_the_heart_beats_however_long(booth):
    async with running(booth), alive(booth.outbox, booth.health):
        for _ in range(3):
            assert await beats(booth)
            await catch_up(booth, HUNG_S - 1)
        assert (booth.folder / PROBE_FILE).exists(), "the disk was really written to"


@pytest.mark.req("R-111")
async def test_a_lane_that_hangs_stops_the_heart(booth):
    for_ever = asyncio.Event()

    async def hang(_tap):
        await for_ever.wait()

    booth.lane._procedure.tap = hang
    async with running(booth), alive(booth.outbox, booth.health):
        booth.hand.hold(card())
        await eventually(lambda: not booth.lane._inbox, what="the lane took the card")
        booth.clock.forward(HUNG_S + 1)
        booth.outbox.wake()
        await eventually(lambda: booth.outbox.turn_s == booth.clock.mono_s)
        assert not await beats(booth)
        for_ever.set()
        await nudge(booth)
        assert await beats(booth), "it came back by itself"


async def test_an_outbox_that_hangs_stops_the_heart(booth):
    for_ever = asyncio.Event()

    async def hang(_messages):
        await for_ever.wait()

    booth.outbox._round = hang
    async with running(booth), alive(booth.outbox, booth.health):
        assert await beats(booth)
        booth.clock.forward(HUNG_S + 1)
        await nudge(booth)
        assert not await beats(booth)


@pytest.mark.req("R-111")
async def test_a_disk_that_hangs_stops_the_heart(booth, monkeypatch):
    plugged, asked = threading.Event(), threading.Event()

    def hang(*_):
        asked.set()
        plugged.wait()

    monkeypatch.setattr(module, "write_atomically", hang)
    async with running(booth), alive(booth.outbox, booth.health):
        await eventually(asked.is_set)
        assert await beats(booth)
        await catch_up(booth, HUNG_S + 1)
        assert not await beats(booth)
        plugged.set()
        await eventually(lambda: booth.health._probing_since_s is None)
        assert await beats(booth)


async def test_a_database_that_hangs_stops_the_heart(booth):
    asked = asyncio.Event()

    async def hang():
        asked.set()
        await asyncio.Event().wait()

    booth.opened.records.has_room = hang
    async with running(booth), alive(booth.outbox, booth.health):
        await asked.wait()
        assert booth.health.watchdog.beats == 0


@pytest.mark.parametrize(("number", "told"), [(errno.EROFS, True), (errno.EIO, True), (errno.ENOSPC, False)])
async def test_a_disk_that_refuses_is_told_and_its_agent_stays_to_say_so(booth, monkeypatch, number, told):
    def refuse(*_):
        raise OSError(number, "as the test says")

    monkeypatch.setattr(module, "write_atomically", refuse)
    async with running(booth), alive(booth.outbox, booth.health):
        await eventually(lambda: booth.health.watchdog.beats > 2)
        assert ("DISK-FAILED" in booth.faults.all()) is told
        assert await beats(booth)
        monkeypatch.undo()
        await eventually(lambda: "DISK-FAILED" not in booth.faults.all())
