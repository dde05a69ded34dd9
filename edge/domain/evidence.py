"""From a session to the signed event: what was seen, answered and decided, and by whom.

R-054 to R-059, R-065, R-117.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge.domain.session import Effect
from schemas.lifecycle import ARRIVALS, DEPARTURES
from schemas.messages import Actor, Answers, Decision, Operation, ScanEvent, Verdict

if TYPE_CHECKING:
    from edge.domain.decision import Ruling
    from edge.domain.session import Session
    from schemas.messages import EventTime, Link, Position, Staff

_READ_CONFIRM = {
    **dict.fromkeys(DEPARTURES, Operation.READ_CONFIRM_OUT),
    **dict.fromkeys(ARRIVALS, Operation.READ_CONFIRM_IN),
}
_SAID_NO = {
    "container": "CONTAINER-DIFFERS",
    "seal": "SEAL-DIFFERS",
    "plate": "PLATE-DIFFERS",
    "load": "LOAD-DIFFERS",
    "locked": "NOT-LOCKED",
    "intact": "TAMPERED",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is to be recorded and shown."""

    ruling: Ruling
    position: Position
    staff: Staff | None
    session: Session  # with the answers and the picture that belong to it


def conclude(effect: Effect, session: Session, whys: tuple[str, ...]) -> Ruling:
    """Turn the session's ruling into what its end makes of it.

    GO and block stand as decided; a "no" stops; an abandoned session leaves a read-confirm that moves nothing (R-059).
    """
    ruling = session.ruling
    assert ruling is not None, "a session ends by its ruling"  # noqa: S101 - our own table
    if effect is Effect.RECORD_NO:
        reasons = tuple(_SAID_NO[check] for check, ok in session.answers if not ok)
        return replace(ruling, decision=_decision(ruling, Verdict.STOP, reasons))
    if effect is Effect.RECORD_ABANDONED:
        operation = _READ_CONFIRM.get(ruling.operation, Operation.INSPECT)
        return replace(ruling, operation=operation, decision=_decision(ruling, Verdict.REFER, whys))
    return ruling


def scan_event(link: Link, time: EventTime, lane: str, finding: Finding) -> ScanEvent:
    """Compose the event."""
    ruling, session, expected = finding.ruling, finding.session, finding.ruling.expected
    return ScanEvent(
        v=1,
        link=link,
        time=time,
        lane=lane,
        operation=ruling.operation,
        position=finding.position,
        tag=ruling.tag,
        decision=ruling.decision,
        actor=_actor(finding.staff),
        answers=Answers(**{str(check): ok for check, ok in session.answers}) if session.answers else None,
        photos=(session.picture,) if session.picture else (),
        movement=expected.movement if expected else None,
        container=expected.container if expected else None,
    )


def _decision(ruling: Ruling, verdict: Verdict, reasons: tuple[str, ...]) -> Decision:
    decided = ruling.decision
    return Decision(verdict=verdict, reasons=reasons, proof=decided.proof, manifest=decided.manifest)


def _actor(staff: Staff | None) -> Actor | None:
    return Actor(badge_uid=staff.badge_uid, staff=staff.staff, method="BADGE") if staff else None
