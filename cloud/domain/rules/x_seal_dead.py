"""X-SEAL-DEAD: a seal was read after it was scrapped or used up; such a seal never returns to use (R-063, B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cloud.domain.finding import EVIDENCE_MAX, Finding, Status
from cloud.domain.intervals import TRUSTED_BOUND_MAX_MS, Interval
from schemas.lifecycle import ARRIVALS, MovementState

if TYPE_CHECKING:
    from cloud.domain.finding import Json
    from cloud.domain.history import History, Step

CODE = "X-SEAL-DEAD"
VERSION = 1
# The lorry stands at its destination with the seal still on: the gate knows it that long, and another tap is no return.
REREAD_MS = 24 * 3_600_000
BY_HAND_MS = 15 * 60_000  # an officer writes down when a seal was opened, and reads it just before
CLOCK_MS = TRUSTED_BOUND_MAX_MS  # whose clock was exact to this was still exact (B0)
_ARRIVED = frozenset({"USED", "ARRIVED_MANUAL"})


class _End(NamedTuple):
    """When a seal's life ended, as far as that is known, where and why."""

    why: str
    at_ms: int
    interval: Interval
    site: str | None


def check(history: History, now_ms: int) -> tuple[Finding, ...]:  # noqa: ARG001 - rules share one signature
    """Fire for every read after the seal's end, whatever the lane showed; a buffered one from before is none.

    The end is the scrap's entry, an opening on the way, or the arrival; the arrival read itself and what follows it
    at the destination within REREAD_MS is the use of the seal, not its return. Sure unless clocks leave the order open.
    Nothing is held by it: the unit before the reader is not the one that the seal once closed.
    """
    ends = _ends(history)
    if not ends:
        return ()
    own = [step for step in history.own if step.read.chip]  # 報廢 and 收櫃異常 of a seal that nobody could read
    late = [(step, said) for step in own if (said := _after(step, ends)) is not None]
    if not late:
        return ()
    sure = [end for _, (end, certain) in late if certain]
    end = sure[0] if sure else late[0][1][0]
    reads: list[Json] = [[*step.read.identity, step.read.site] for step, _ in late[-EVIDENCE_MAX:]]
    return (
        Finding(
            code=CODE,
            status=Status.CONFIRMED if sure else Status.PROVISIONAL,
            occurred_ms=late[0][0].at_ms,
            version=VERSION,
            inputs={
                "why": end.why,
                "dead_ms": end.at_ms,
                "dead_site": end.site,
                "certain": bool(sure),
                "reads": reads,
            },
            limits={"reread_ms": REREAD_MS, "by_hand_ms": BY_HAND_MS, "clock_ms": CLOCK_MS},
            count=len(late),
        ),
    )


def next_check(history: History, now_ms: int) -> int | None:  # noqa: ARG001 - rules share one signature
    """Return None: silence proves nothing here."""
    return None


def _ends(history: History) -> list[_End]:
    ends = [_End(one.why, one.at_ms, Interval(one.at_ms, one.at_ms), one.site) for one in history.deaths]
    if history.state is MovementState.ARRIVED:
        ends += [
            _End("USED", step.at_ms, step.interval, step.read.site)
            for step in history.own
            if step.at_ms == history.arrived_ms and step.read.operation in ARRIVALS
        ][:1]
    return ends


def _after(step: Step, ends: list[_End]) -> tuple[_End, bool] | None:
    """Return the end that a read came after, and whether it surely did."""
    passed = [end for end in ends if step.at_ms > end.at_ms + _allowed_ms(end, step)]
    for end in passed:
        if step.interval.lower_ms > end.interval.upper_ms + _allowed_ms(end, step):
            return end, True
    return (passed[0], False) if passed else None


def _allowed_ms(end: _End, step: Step) -> int:
    if end.why in _ARRIVED and step.read.site == end.site:
        return REREAD_MS
    return BY_HAND_MS if end.why == "OPENED" else CLOCK_MS
