"""The power fails at each named point between tap and light: what was green is stored once, what was not is no harm."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from edge.domain.view import Act
from edge.lane import CrashPoint
from schemas.messages import EpochEvent, Verdict
from tests.edge_gate import Booth, tap
from tests.integration.edge_core.booth import sign_in, to_confirm

BEFORE_THE_PICTURE = (CrashPoint.TAP_READ, CrashPoint.DECIDED)
COMMITTED = (CrashPoint.EVENT_COMMITTED, CrashPoint.MARK_RAISED, CrashPoint.LIGHT_SHOWN)


class PowerCut(BaseException):
    """The power went."""


class Fuse:
    """Cuts the power when the flow passes `at`."""

    def __init__(self, at):
        self.at = at
        self.armed = False

    def __call__(self, point):
        if self.armed and point is self.at:
            raise PowerCut


async def until_the_power_goes(booth, fuse):
    """Let a departure run into the cut."""
    task = asyncio.create_task(booth.lane.run())
    await asyncio.sleep(0)
    fuse.armed = fuse.at in BEFORE_THE_PICTURE and fuse.at is not CrashPoint.TAP_READ
    with contextlib.suppress(PowerCut, Exception):
        if fuse.at in BEFORE_THE_PICTURE:
            fuse.armed = False
            await sign_in(booth)
            fuse.armed = True
            booth.hand.hold(tap())
        else:
            fuse.armed = True
            await to_confirm(booth)
            await booth.lane.act(Act(act="confirm"))
    with pytest.raises(PowerCut):
        async with asyncio.timeout(5):
            await task
    await booth.opened.database.close()  # the file as the operating system has it; nothing of the agent runs on


@pytest.mark.req("R-111")
@pytest.mark.parametrize("point", list(CrashPoint))
async def test_the_power_fails(tmp_path, point):
    fuse = Fuse(point)
    booth = await Booth(folder=tmp_path, reached=fuse).open()
    await until_the_power_goes(booth, fuse)

    again = await Booth(folder=tmp_path).open()
    first, *events = await again.records()
    assert isinstance(first, EpochEvent)
    assert len(events) == (1 if point in COMMITTED else 0)
    if Verdict.GO in booth.lamp.shown:
        assert [event.decision.verdict for event in events] == [Verdict.GO]
    kept = [path.stem for path in (tmp_path / "photos").iterdir()]
    assert kept == [photo.sha256 for event in events for photo in event.photos]
    assert again.opened.faults == []
    async with running_once(again):  # and the chain goes on
        records = await again.records()
        assert [record.link.seq for record in records] == list(range(1, len(records) + 1))
        assert len({record.link.epoch for record in records}) == 1
    await again.close()


@contextlib.asynccontextmanager
async def running_once(booth):
    task = asyncio.create_task(booth.lane.run())
    await asyncio.sleep(0)
    await to_confirm(booth, counter=9) if await _departed(booth) == 0 else None
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _departed(booth):
    return len(await booth.opened.database.rows("SELECT 1 FROM passage"))
