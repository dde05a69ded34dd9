"""S7 逾時未進站: the deadline and its grace have passed and nobody saw the movement arrive (R-088, R-089, B4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.finding import Finding, Status
from schemas.lifecycle import MovementState

if TYPE_CHECKING:
    from cloud.domain.finding import Json
    from cloud.domain.history import History

CODE = "S7"
VERSION = 2
GRACE_MS = 30 * 60_000
WAIT_MAX_MS = 2 * 3_600_000  # a silent destination confirms after this (B0 max_wait)
SUPPLY_AFTER_MS = 12 * 3_600_000  # then the origin supplies its papers and the trucking company is called


def check(history: History, now_ms: int) -> tuple[Finding, ...]:
    """Fire on silence after deadline + grace; a read that comes in late refutes it or hands it to S3.

    Boundaries: at deadline + grace itself it is not yet overdue; at +12:00:00 the supply tasks are due.
    """
    if history.deadline_ms is None:
        return ()
    due_ms = history.deadline_ms + GRACE_MS
    ended = _ended(history, due_ms)
    if ended is not None:
        return (_finding(history, due_ms, *ended),)
    if now_ms <= due_ms:
        return ()
    if history.watermark_ms is not None and history.watermark_ms >= due_ms:
        status, why = Status.CONFIRMED, "WATERMARK"
    elif now_ms >= due_ms + WAIT_MAX_MS:
        status, why = Status.CONFIRMED, "SILENT"
    else:
        status, why = Status.PROVISIONAL, "BACKLOG"
    return (_finding(history, due_ms, status, why, supply_due=now_ms >= due_ms + SUPPLY_AFTER_MS),)


def next_check(history: History, now_ms: int) -> int | None:
    """Return the first instant after `now_ms` at which silence alone changes what `check` says."""
    if history.deadline_ms is None:
        return None
    due_ms = history.deadline_ms + GRACE_MS
    if _ended(history, due_ms) is not None:
        return None
    known = history.watermark_ms is not None and history.watermark_ms >= due_ms
    turns_ms = (due_ms + 1, *(() if known else (due_ms + WAIT_MAX_MS,)), due_ms + SUPPLY_AFTER_MS)
    return next((turn_ms for turn_ms in turns_ms if turn_ms > now_ms), None)


def _ended(history: History, due_ms: int) -> tuple[Status, str] | None:
    """Return what ends the silence, whether it has been noticed yet or not."""
    if history.arrival is not None:
        in_time = history.arrival.upper_ms <= due_ms
        return (Status.AUTO_REFUTED, "ARRIVED") if in_time else (Status.SUPERSEDED, "S3")
    if history.state is MovementState.CANCELLED:
        return Status.AUTO_REFUTED, "CANCELLED"
    ended = {MovementState.ARRIVED_MANUAL, MovementState.OPENED}
    return (Status.SUPERSEDED, history.state.value) if history.state in ended else None


def _finding(history: History, due_ms: int, status: Status, why: str, *, supply_due: bool = False) -> Finding:
    arrival = history.arrival
    inputs: dict[str, Json] = {
        "why": why,
        "out_ms": history.out_ms,
        "deadline_ms": history.deadline_ms,
        "arrived_from_ms": arrival.lower_ms if arrival else None,
        "arrived_to_ms": arrival.upper_ms if arrival else None,
        "supply_due": supply_due,
    }
    limits: dict[str, Json] = {
        "route_limit": history.limit.id if history.limit else None,
        "route_minutes": history.limit.minutes if history.limit else None,
        "grace_ms": GRACE_MS,
        "wait_max_ms": WAIT_MAX_MS,
        "supply_after_ms": SUPPLY_AFTER_MS,
    }
    return Finding(code=CODE, status=status, occurred_ms=due_ms, version=VERSION, inputs=inputs, limits=limits)
