"""Running a lane under test: cards held, buttons pressed, and waiting until the lane has dealt with them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from edge.domain.session import QUESTIONS
from edge.domain.view import Act, Check, Step
from edge.ports import ReaderStatus
from tests.edge_gate import card, tap
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.edge_gate import Booth


@contextlib.asynccontextmanager
async def running(booth: Booth) -> AsyncIterator[Booth]:
    """Run the lane; an exception of the lane is the test's."""
    task = asyncio.create_task(booth.lane.run())
    await asyncio.sleep(0)
    try:
        yield booth
    finally:
        ended = task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert not ended


async def until(booth: Booth, step: Step) -> None:
    await eventually(lambda: booth.lane.view().step is step, what=f"the lane is at {step}")


async def nudge(booth: Booth) -> None:
    """Let the lane look at its time-outs now."""
    rung = booth.lane.changed.rung
    booth.hand.hold(ReaderStatus(up=True, detail="nudge"))
    booth.lane.papers_changed()
    await eventually(lambda: booth.lane.changed.rung > rung, what="the lane looked")


async def sign_in(booth: Booth) -> None:
    booth.hand.hold(card())
    await until(booth, Step.SIGNED_IN)


async def to_checks(booth: Booth, **seal: Any) -> None:
    await sign_in(booth)
    booth.hand.hold(tap(**seal))
    await until(booth, Step.CHECKS)


async def answer(booth: Booth, *, but: str | None = None) -> None:
    """Say yes to every question in turn, no to `but`."""
    for check in QUESTIONS:
        wrong = "TAMPERED" if check == but and check is Check.SEALED else None
        await booth.lane.act(Act(act="answer", check=check, ok=check != but, choice=wrong))
        if check == but:
            return


async def to_confirm(booth: Booth, **seal: Any) -> None:
    await to_checks(booth, **seal)
    await answer(booth)
    assert booth.lane.view().step is Step.CONFIRM
