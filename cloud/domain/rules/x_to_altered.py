"""X-TO-ALTERED: the transport order was cancelled and the container departed all the same (B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.finding import Finding, Status
from schemas.lifecycle import MovementState

if TYPE_CHECKING:
    from cloud.domain.history import History

CODE = "X-TO-ALTERED"
VERSION = 1


def check(history: History, now_ms: int) -> tuple[Finding, ...]:  # noqa: ARG001 - rules share one signature
    """Fire where a departure counts on a cancelled movement: its gate was offline, and a truck is on the road.

    The container is held, so that both ends see it; no deadline watches a cancelled movement any more.
    """
    if history.state is not MovementState.CANCELLED or history.departed_ms is None:
        return ()
    return (
        Finding(
            code=CODE,
            status=Status.CONFIRMED,
            occurred_ms=history.departed_ms,
            version=VERSION,
            inputs={"why": "CANCELLED", "out_ms": history.departed_ms},
            holds=True,
        ),
    )


def next_check(history: History, now_ms: int) -> int | None:  # noqa: ARG001 - rules share one signature
    """Return None: silence proves nothing here."""
    return None
