"""From a session to the signed event: what was seen, answered and decided, and by whom.

R-054 to R-060, R-065 to R-072, R-074, R-091, R-117.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge.domain.decision import REASONS_MAX
from edge.domain.session import Effect
from edge.domain.view import Check
from schemas.lifecycle import ARRIVALS, DEPARTURES
from schemas.messages import Actor, Answers, Decision, Operation, ScanEvent, Verdict

if TYPE_CHECKING:
    from edge.domain.decision import Ruling
    from edge.domain.session import Session
    from schemas.messages import EventTime, Link, Position, SealedPaper, Staff

_READ_CONFIRM = {
    **dict.fromkeys((*DEPARTURES, Operation.SCRAP, Operation.READ_CONFIRM_OUT), Operation.READ_CONFIRM_OUT),
    **dict.fromkeys((*ARRIVALS, Operation.ABNORMAL_IN, Operation.READ_CONFIRM_IN), Operation.READ_CONFIRM_IN),
}
_SAID_NO = {
    "container": "CONTAINER-DIFFERS",
    "seal": "SEAL-DIFFERS",
    "plate": "PLATE-DIFFERS",
    "load": "LOAD-DIFFERS",
}
_NOTED = {Operation.SCRAP: "SCRAPPED"}
UNPROVED = "PIN-UNKNOWN"  # the gate has nothing to compare a PIN with: an officer decides


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is to be recorded and shown."""

    ruling: Ruling
    position: Position
    staff: Staff | None
    session: Session  # with the answers and the pictures that belong to it
    outage: str | None = None  # notice of the declared outage under which it was done
    paper: SealedPaper | None = None


def conclude(effect: Effect, session: Session, whys: tuple[str, ...]) -> Ruling:
    """Turn the session's ruling into what its end makes of it.

    GO and block stand as decided; a "no" stops; what is only noted, and a session that somebody left, moves nothing
    (R-059); what is wrong with a seal at arrival holds the goods (R-068).
    """
    ruling = session.ruling
    assert ruling is not None, "a session ends by its ruling"  # noqa: S101 - our own table
    operation, decided = ruling.operation, ruling.decision
    verdict, reasons = decided.verdict, decided.reasons
    match effect:
        case Effect.RECORD_GO:
            operation, verdict, reasons = _completed(session, ruling, whys)
        case Effect.RECORD_NO:
            verdict, reasons = Verdict.STOP, _said_no(session)
        case Effect.RECORD_ABANDONED:
            operation = _READ_CONFIRM.get(session.chosen or operation, Operation.INSPECT)
            verdict, reasons = Verdict.REFER, whys
        case Effect.RECORD_NOTED:
            operation = session.chosen or operation
            against = () if verdict is Verdict.GO else reasons
            verdict = Verdict.STOP if verdict is Verdict.STOP else Verdict.REFER
            reasons = (_NOTED.get(operation, "READ-CONFIRMED"), *whys, *against)
        case Effect.RECORD_HOLD:
            operation, verdict = Operation.ABNORMAL_IN, Verdict.STOP
            reasons = ("HELD", *(f"HOLD-{one}" for one in session.abnormal))
        case Effect.RECORD_PAPER:
            operation = Operation.PAPERS
        case _:
            return ruling
    decision = Decision(verdict=verdict, reasons=reasons[:REASONS_MAX], proof=decided.proof, manifest=decided.manifest)
    return replace(ruling, operation=operation, decision=decision)


def _completed(session: Session, ruling: Ruling, whys: tuple[str, ...]) -> tuple[Operation, Verdict, tuple[str, ...]]:
    """Return what a confirmed step is: what was chosen, and nothing green for a person who could not be proved."""
    operation = session.chosen or ruling.operation
    if UNPROVED in whys:
        return operation, Verdict.REFER, (UNPROVED,)
    return operation, ruling.decision.verdict, ruling.decision.reasons


def scan_event(link: Link, time: EventTime, lane: str, finding: Finding) -> ScanEvent:
    """Compose the event."""
    ruling, session, expected = finding.ruling, finding.session, finding.ruling.expected
    adds = ruling.operation is Operation.PAPERS
    return ScanEvent(
        v=1,
        link=link,
        time=time,
        lane=lane,
        operation=ruling.operation,
        position=finding.position,
        tag=ruling.tag,
        decision=ruling.decision,
        actor=_actor(finding.staff, proved=session.proved),
        answers=None if adds else _answers(session),
        photos=() if adds else session.pictures,
        movement=expected.movement if expected else None,
        container=expected.container if expected else None,
        seal_position=None if adds else session.seal_position,
        abnormal=session.abnormal if ruling.operation is Operation.ABNORMAL_IN else (),
        grounds=None if adds else session.grounds,
        written=None if adds else session.written,
        papers=(finding.paper,) if finding.paper else (),
        about=session.about if adds else None,
        outage=finding.outage,
    )


def _answers(session: Session) -> Answers | None:
    said: dict[str, bool] = {str(check): ok for check, ok in session.answers if check is not Check.SEALED}
    sealed = dict(session.answers).get(Check.SEALED)
    if sealed is True:
        said |= {"locked": True, "intact": True}
    elif sealed is False:
        said["locked" if session.wrong == "NOT-LOCKED" else "intact"] = False
    return Answers(**said) if said else None


def _said_no(session: Session) -> tuple[str, ...]:
    return tuple(
        (session.wrong or "TAMPERED") if check is Check.SEALED else _SAID_NO[check]
        for check, ok in session.answers
        if not ok
    )


def _actor(staff: Staff | None, *, proved: bool) -> Actor | None:
    if staff is None:
        return None
    return Actor(badge_uid=staff.badge_uid, staff=staff.staff, method="BADGE_PIN" if proved else "BADGE")
