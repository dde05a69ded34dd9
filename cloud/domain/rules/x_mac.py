"""X-MAC: the message of a seal is not one that a genuine seal writes, or it is missing (B6, C4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.finding import EVIDENCE_MAX, Finding, Status

if TYPE_CHECKING:
    from cloud.domain.finding import Json
    from cloud.domain.history import History

CODE = "X-MAC"
VERSION = 2


def check(history: History, now_ms: int) -> tuple[Finding, ...]:  # noqa: ARG001 - rules share one signature
    """Fire for every read whose SUN message was refused; one case counts them all, and the container is held."""
    forged = [step for step in history.own if step.read.forged]
    if not forged:
        return ()
    reads: list[Json] = [[*step.read.identity, step.read.proof] for step in forged[-EVIDENCE_MAX:]]
    return (
        Finding(
            code=CODE,
            status=Status.CONFIRMED,
            occurred_ms=forged[0].at_ms,
            version=VERSION,
            inputs={"reads": reads},
            count=len(forged),
            holds=True,
        ),
    )


def next_check(history: History, now_ms: int) -> int | None:  # noqa: ARG001 - rules share one signature
    """Return None: silence proves nothing here."""
    return None
