"""X-SIG: bytes under a gate's name that its key did not sign (R-113, B6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.finding import EVIDENCE_MAX, Finding, Status

if TYPE_CHECKING:
    from cloud.domain.incidents import Incidents

CODE = "X-SIG"
VERSION = 1
# Refused before a signature was proven; what fails later (schema, version) was signed by the gate itself.
UNPROVEN = frozenset(
    {"TOO-LONG", "NOT-JWS", "HEADER", "TYPE", "KEY-UNKNOWN", "KEY-RETIRED", "ALG", "SIGNATURE", "GATE"}
)


def check(incidents: Incidents, now_ms: int) -> tuple[Finding, ...]:
    """Fire for every record or message of a gate that was refused before its signature was proven."""
    refusals = [refusal for refusal in incidents.refusals if refusal.reason in UNPROVEN]
    if not refusals:
        return ()
    return (
        Finding(
            code=CODE,
            status=Status.CONFIRMED,
            occurred_ms=now_ms,
            version=VERSION,
            inputs={"refused": [{"hash": one.hash, "reason": one.reason} for one in refusals[-EVIDENCE_MAX:]]},
            count=len(refusals),
        ),
    )
