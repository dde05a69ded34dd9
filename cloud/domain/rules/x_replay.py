"""X-REPLAY: a seal's counter was used before or went back, in the order of the events (B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.finding import EVIDENCE_MAX, Finding, Status
from cloud.domain.history import ONE_SCAN_MS

if TYPE_CHECKING:
    from cloud.domain.finding import Json
    from cloud.domain.history import History, Replay, Step

CODE = "X-REPLAY"
VERSION = 2


def check(history: History, now_ms: int) -> tuple[Finding, ...]:  # noqa: ARG001 - rules share one signature
    """Fire for every read whose counter is not above those before it; gaps are normal.

    Sure, and then the container is held, unless the clocks of two gates leave open which read came first.
    """
    replays = [(step, step.replay) for step in history.own if step.replay is not None]
    if not replays:
        return ()
    certain = any(replay.certain for _, replay in replays)
    return (
        Finding(
            code=CODE,
            status=Status.CONFIRMED if certain else Status.PROVISIONAL,
            occurred_ms=replays[0][0].at_ms,
            version=VERSION,
            inputs={"reads": [_evidence(step, replay) for step, replay in replays[-EVIDENCE_MAX:]]},
            limits={"one_scan_ms": ONE_SCAN_MS},
            count=len(replays),
            holds=certain,
        ),
    )


def next_check(history: History, now_ms: int) -> int | None:  # noqa: ARG001 - rules share one signature
    """Return None: silence proves nothing here."""
    return None


def _evidence(step: Step, replay: Replay) -> Json:
    return {
        "read": list(step.read.identity),
        "counter": step.read.counter,
        "earlier": list(replay.earlier.identity),
        "earlier_counter": replay.earlier.counter,
        "certain": replay.certain,
    }
