"""S3 逾時進站: the movement arrived after its deadline (R-085, B2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.finding import Finding, Status

if TYPE_CHECKING:
    from cloud.domain.history import History

CODE = "S3"
VERSION = 2
GRACE_MS = 0
WAIT_MAX_MS = 24 * 3_600_000  # a silent site confirms after this (B0 max_wait)


def check(history: History, now_ms: int) -> tuple[Finding, ...]:
    """Fire where the first arrival lies after the deadline; sure once no earlier read can still come in.

    Boundary: an arrival at the deadline itself is in time.
    """
    if history.arrival is None or history.deadline_ms is None:
        return ()
    due_ms = history.deadline_ms + GRACE_MS
    settled = _settled(history, due_ms, now_ms)
    if history.arrival.upper_ms <= due_ms:
        status, why = Status.AUTO_REFUTED, "IN-TIME"
    elif history.arrival.lower_ms <= due_ms:
        status, why = Status.PROVISIONAL, "CLOCK"
    else:
        status, why = (Status.CONFIRMED, settled) if settled else (Status.PROVISIONAL, "BACKLOG")
    return (
        Finding(
            code=CODE,
            status=status,
            occurred_ms=due_ms,
            version=VERSION,
            inputs={
                "why": why,
                "arrived_from_ms": history.arrival.lower_ms,
                "arrived_to_ms": history.arrival.upper_ms,
                "out_ms": history.out_ms,
                "deadline_ms": history.deadline_ms,
            },
            limits={
                "route_limit": history.limit.id if history.limit else None,
                "route_minutes": history.limit.minutes if history.limit else None,
                "grace_ms": GRACE_MS,
                "wait_max_ms": WAIT_MAX_MS,
            },
        ),
    )


def next_check(history: History, now_ms: int) -> int | None:
    """Return the first instant after `now_ms` at which silence alone changes what `check` says."""
    if history.arrival is None or history.deadline_ms is None:
        return None
    due_ms = history.deadline_ms + GRACE_MS
    waits = history.arrival.lower_ms > due_ms and _settled(history, due_ms, now_ms) is None
    return due_ms + WAIT_MAX_MS if waits else None


def _settled(history: History, due_ms: int, now_ms: int) -> str | None:
    if history.watermark_ms is not None and history.watermark_ms >= due_ms:
        return "WATERMARK"
    return "SILENT" if now_ms >= due_ms + WAIT_MAX_MS else None
