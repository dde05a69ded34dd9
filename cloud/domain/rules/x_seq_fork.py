"""X-SEQ-FORK: two records claim one place in a gate's chain, or a record does not follow the one before it (B0, B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.finding import EVIDENCE_MAX, Finding, Status

if TYPE_CHECKING:
    from cloud.domain.incidents import Incidents

CODE = "X-SEQ-FORK"
VERSION = 1


def check(incidents: Incidents, now_ms: int) -> tuple[Finding, ...]:
    """Fire where the same identity came with other bytes, and where a link of the chain is broken."""
    forks = [refusal.hash for refusal in incidents.refusals if refusal.reason == "FORK"]
    if not forks and not incidents.breaks:
        return ()
    return (
        Finding(
            code=CODE,
            status=Status.CONFIRMED,
            occurred_ms=now_ms,
            version=VERSION,
            inputs={
                "forks": list(forks[-EVIDENCE_MAX:]),
                "breaks": [
                    {"epoch": one.epoch, "seq": one.seq, "prev": one.prev, "head": one.head}
                    for one in incidents.breaks[-EVIDENCE_MAX:]
                ],
            },
            count=len(forks) + len(incidents.breaks),
        ),
    )
