"""What a person may choose at each step, what each choice leads to, and which presses are possible: pure.

R-049, R-051, R-054…R-056, R-059, R-060, R-067, R-068, R-072, R-074, R-091.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.domain.session import WORKING, Signal
from edge.domain.transitions import TRANSITIONS
from edge.domain.view import Check, Step
from schemas.lifecycle import ARRIVALS, DEPARTURES
from schemas.messages import Abnormal, Operation, SealKind, Verdict, Written

if TYPE_CHECKING:
    from edge.domain.session import Session
    from edge.domain.trusted_manifest import Papers
    from schemas.messages import Expected

# (operation, direction in which a lane offers it, what a person must be allowed to do for it: any of these)
_OFFERS: tuple[tuple[Operation, str, frozenset[Operation]], ...] = (
    (Operation.READ_CONFIRM_OUT, "OUT", frozenset({Operation.READ_CONFIRM_OUT})),
    (Operation.SCRAP, "OUT", frozenset({Operation.SCRAP}) | DEPARTURES),
    (Operation.READ_CONFIRM_IN, "IN", frozenset({Operation.READ_CONFIRM_IN})),
    (Operation.MAKEUP_ARRIVE, "IN", frozenset({Operation.MAKEUP_ARRIVE})),
    (Operation.ABNORMAL_IN, "IN", frozenset({Operation.ABNORMAL_IN}) | ARRIVALS),  # who receives may always report
)
_WHY_NOT = ("GROUNDS-DEVICE", "GROUNDS-MISSED", "GROUNDS-PLACE", "GROUNDS-OTHER")
_GROUNDS = {
    Operation.READ_CONFIRM_OUT: _WHY_NOT,
    Operation.READ_CONFIRM_IN: _WHY_NOT,
    Operation.MAKEUP_ARRIVE: _WHY_NOT,
    Operation.SCRAP: ("GROUNDS-UNREADABLE", "GROUNDS-BROKEN", "GROUNDS-OTHER"),
}
_WRONG = {  # a paper seal that cannot be read goes the way of 讀取確認
    SealKind.E: (Abnormal.UNREADABLE, Abnormal.UNSEALED, Abnormal.ALTERED, Abnormal.OTHER),
    SealKind.PA: (Abnormal.OPENED, Abnormal.ALTERED, Abnormal.OTHER),
}
SAID_NO = ("NOT-LOCKED", "TAMPERED")
OVERRIDES = ("OVERRIDE-WEATHER", "OVERRIDE-LIGHT", "OVERRIDE-CAMERA", "OVERRIDE-OTHER")
PICTURES_MAX = 4


def offered(session: Session, direction: str | None) -> tuple[Operation, ...]:
    """Return the operations, besides what follows from the seal, that this person may choose now."""
    staff = session.staff
    if staff is None:
        return ()
    if session.step is Step.SIGNED_IN:
        return tuple(
            operation for operation, way, needs in _OFFERS if direction in {None, way} and needs & set(staff.may)
        )
    return (Operation.ABNORMAL_IN,) if may_report(session) else ()


def may_report(session: Session) -> bool:
    """Whether something abnormal may be told of the seal that the session is about: at its arrival, until GO."""
    if (session.step, Signal.ABNORMAL) not in TRANSITIONS or session.ruling is None or session.staff is None:
        return False
    on_arrival = session.ruling.operation in ARRIVALS or session.chosen is Operation.READ_CONFIRM_IN
    return on_arrival and session.verdict != Verdict.GO and session.chosen is not Operation.ABNORMAL_IN


def for_unread(expected: Expected | None, site: str, direction: str | None) -> Operation:
    """Return what follows for a seal that cannot be read where nothing was chosen (R-060, R-067, R-068, R-072)."""
    if expected is None:
        return Operation.READ_CONFIRM_IN if direction == "IN" else Operation.READ_CONFIRM_OUT
    if site == expected.origin:
        return Operation.SCRAP
    return Operation.ABNORMAL_IN if expected.kind is SealKind.E else Operation.READ_CONFIRM_IN


def lookup(papers: Papers | None, written: Written) -> tuple[Expected | None, str | None]:
    """Return the movement that fits what was typed, or the code why not: LOOKUP-EMPTY, LOOKUP-NONE, LOOKUP-SEVERAL."""
    if not (written.container or written.seal_no):
        return None, "LOOKUP-EMPTY"
    fitting = [
        expected
        for expected in (papers.manifest.expected if papers else ())
        if expected.state != "CANCELLED"
        and written.container in {None, expected.container}
        and written.seal_no in {None, expected.seal_no}
    ]
    if len(fitting) == 1:
        return fitting[0], None
    return None, "LOOKUP-SEVERAL" if fitting else "LOOKUP-NONE"


def choices(session: Session) -> tuple[str, ...]:
    """Return the codes that the page offers now."""
    expected = session.ruling.expected if session.ruling else None
    if session.step is Step.GROUNDS and session.chosen is not None:
        kind = expected.kind if expected else SealKind.E
        return _WRONG[kind] if session.chosen is Operation.ABNORMAL_IN else _GROUNDS[session.chosen]
    if session.check is Check.SEALED:
        positions = expected.positions if expected and len(expected.positions) > 1 else ()
        return (*positions, *SAID_NO)
    return OVERRIDES if session.step is Step.PHOTO and session.poor else ()


def grounds_signal(chosen: Operation) -> Signal:
    """Return what the grounds of an operation lead to."""
    if chosen is Operation.ABNORMAL_IN:
        return Signal.PICKED
    return Signal.WHY_ARRIVE if chosen is Operation.MAKEUP_ARRIVE else Signal.WHY_RECORD


def undo_signal(session: Session) -> Signal | None:
    """Return what "undo" is now; None where there is nothing to take back."""
    if session.step is Step.SIGNED_IN:
        return Signal.BACK if session.chosen is not None else None
    if session.step is Step.LOOKUP:
        return Signal.BACK if session.ruling is None else None
    if session.step in {Step.CHECKS, Step.CONFIRM}:
        return Signal.UNDO if session.answers else None
    return Signal.UNDO if session.step in WORKING else None


def leaving(session: Session, signal: Signal) -> Signal:
    """Return CANCEL, SIGN_OUT or TIMEOUT, or LEAVE where no seal is known yet and nothing is to be recorded."""
    nothing = session.step is Step.SIGNED_IN or (session.step is Step.LOOKUP and session.ruling is None)
    return Signal.LEAVE if nothing else signal


def possible(session: Session, direction: str | None) -> tuple[str, ...]:
    """Return the presses that are possible now, by their names in `Act`."""
    step = session.step

    def leads(*signals: Signal) -> bool:
        return any((step, signal) in TRANSITIONS for signal in signals)

    found = {
        "answer": session.check is not None,
        "operation": bool(offered(session, direction)),
        "unreadable": leads(Signal.UNREADABLE),
        "lookup": step is Step.LOOKUP,
        "choose": step is Step.GROUNDS,
        "next": step is Step.GROUNDS and bool(session.abnormal),
        "photo": leads(Signal.PICTURE) and len(session.pictures) - session.poor < PICTURES_MAX,
        "keep": step is Step.PHOTO and session.poor,
        "confirm": step is Step.CONFIRM,
        "pin": step is Step.PIN,
        "paper": step is Step.PAPERS and session.about is not None,
        "undo": undo_signal(session) is not None,
        "cancel": leads(leaving(session, Signal.CANCEL)),
        "sign_out": leads(leaving(session, Signal.SIGN_OUT)),
        "acknowledge": leads(Signal.ACKNOWLEDGE),
    }
    return tuple(name for name, is_so in found.items() if is_so)


def trimmed(written: Written) -> Written:
    """Return what was typed, or scanned with its blanks and small letters, as papers write it."""

    def bare(text: str | None) -> str | None:
        return "".join((text or "").upper().split()) or None

    return Written(
        container=bare(written.container),
        seal_no=bare(written.seal_no),
        plate=(written.plate or "").strip() or None,
        transport_order=bare(written.transport_order),
    )
