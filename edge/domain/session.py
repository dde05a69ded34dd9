"""What a lane remembers between two signals, and the words for what can happen to it (A5, A6).

What each signal does at each step stands in one table, `edge.domain.transitions`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.domain.view import Check, Step

if TYPE_CHECKING:
    from edge.domain.decision import CardRead, Ruling
    from edge.domain.trusted_manifest import Papers
    from schemas.messages import Abnormal, About, Operation, PaperKind, Photo, Position, SealPosition, Staff, Verdict
    from schemas.messages import Written as WrittenDown

QUESTIONS = tuple(Check)  # in the order they are asked
QUESTIONS_IN_OUTAGE = (Check.SEALED,)  # no pairing is known to compare with


class Signal(StrEnum):
    """What can happen at a lane."""

    BADGE = "BADGE"  # of a person the manifest knows
    LOCATION_TAG = "LOCATION_TAG"
    STRANGER = "STRANGER"  # neither badge nor location tag nor seal
    SEAL_CLEAR = "SEAL_CLEAR"  # nothing speaks against it so far
    SEAL_BLOCKED = "SEAL_BLOCKED"  # STOP or REFER
    SEAL_CHOSEN = "SEAL_CHOSEN"  # read for an operation that was chosen, which asks why
    SEAL_UNPAIRED = "SEAL_UNPAIRED"  # under a declared outage: it is sealed anyway
    SEAL_AGAIN = "SEAL_AGAIN"  # the seal the session is about
    ANOTHER_CARD = "ANOTHER_CARD"  # any other in the middle of a session: finish first
    TORN = "TORN"
    CHOSEN = "CHOSEN"  # another operation than the one that follows from the seal
    ABNORMAL = "ABNORMAL"  # 收櫃異常 of the seal that the session is about
    BACK = "BACK"  # undo where no seal is known yet
    UNREADABLE = "UNREADABLE"  # the seal is there and cannot be read
    NOT_FOUND = "NOT_FOUND"
    FOUND = "FOUND"  # the movement of what was typed, or the word that nothing knows it
    WRITTEN = "WRITTEN"  # what is sealed under an outage
    PICKED = "PICKED"  # one of several that may be chosen
    WHY_ARRIVE = "WHY_ARRIVE"  # grounds of a make-up read: it goes on as an arrival
    WHY_RECORD = "WHY_RECORD"  # grounds of what only leaves a record
    WRONG = "WRONG"  # all that is wrong with the seal was chosen
    YES = "YES"
    LAST_YES = "LAST_YES"
    NO = "NO"
    PICTURE = "PICTURE"
    POOR_PICTURE = "POOR_PICTURE"
    KEPT_ANYWAY = "KEPT_ANYWAY"
    NO_PICTURE = "NO_PICTURE"  # the camera failed
    TO_PROVE = "TO_PROVE"  # confirmed, and the operation needs proof of the person
    PIN_RIGHT = "PIN_RIGHT"
    PIN_WRONG = "PIN_WRONG"
    PIN_LOCKED = "PIN_LOCKED"
    CONFIRM = "CONFIRM"  # pressed, and the decision still stands
    CONFIRM_RECORD = "CONFIRM_RECORD"  # the same, of what only leaves a record
    OBJECTION = "OBJECTION"  # the decision no longer stands: a hold came, the lane left the fence
    PAPER = "PAPER"  # a driver's paper, sealed
    NO_PAPER = "NO_PAPER"
    UNDO = "UNDO"
    CANCEL = "CANCEL"
    SIGN_OUT = "SIGN_OUT"
    ACKNOWLEDGE = "ACKNOWLEDGE"
    TIMEOUT = "TIMEOUT"
    LEAVE = "LEAVE"  # any of the three before a seal is known: there is nothing to record
    READER_LOST = "READER_LOST"
    READER_BACK = "READER_BACK"


class Effect(StrEnum):
    """What a transition does; those that RECORD store a signed event before the light changes."""

    NOTE = "NOTE"  # say why nothing happened
    SIGN_IN = "SIGN_IN"
    CHOOSE = "CHOOSE"
    FORGET_CHOICE = "FORGET_CHOICE"
    BEGIN = "BEGIN"  # with a seal, or with what is known of one that cannot be read
    GO_ON = "GO_ON"
    ANSWER = "ANSWER"
    TAKE_BACK = "TAKE_BACK"  # the last answer, and the pictures taken since
    KEEP_PICTURE = "KEEP_PICTURE"
    RECORD_GO = "RECORD_GO"
    RECORD_BLOCK = "RECORD_BLOCK"
    RECORD_NO = "RECORD_NO"
    RECORD_NOTED = "RECORD_NOTED"  # 讀取確認, 報廢登錄: leaves a record, moves nothing
    RECORD_ABANDONED = "RECORD_ABANDONED"  # the same, of a session that somebody left
    RECORD_HOLD = "RECORD_HOLD"  # 留置
    RECORD_PAPER = "RECORD_PAPER"  # a paper for the hold just recorded
    END = "END"


RECORDING = frozenset(effect for effect in Effect if effect.startswith("RECORD_"))
WORKING = (Step.CHECKS, Step.PHOTO, Step.CONFIRM, Step.PIN)
PREPARING = (Step.LOOKUP, Step.GROUNDS)  # a seal may be known here, or not yet


class Move(NamedTuple):
    """One transition."""

    to: Step
    effect: Effect


@dataclass(frozen=True, kw_only=True)
class Session:
    """Everything a lane remembers between two signals; a power cut forgets it, and nothing was promised yet."""

    step: Step = Step.IDLE
    entered_s: float = 0.0  # monotonic clock at the last step forward
    staff: Staff | None = None
    chosen: Operation | None = None  # None: what follows from the seal
    proved: bool = False  # the PIN was right
    ruling: Ruling | None = None
    position: Position | None = None
    written: WrittenDown | None = None
    lookup_error: str | None = None
    outage: str | None = None  # notice of the outage under which something is sealed that no papers know
    grounds: str | None = None
    abnormal: tuple[Abnormal, ...] = ()
    answers: tuple[tuple[Check, bool], ...] = ()
    seal_position: SealPosition | None = None
    wrong: str | None = None  # what "no" at the seal meant: NOT-LOCKED, TAMPERED
    pictures: tuple[Photo, ...] = ()
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    record: str | None = None
    about: About | None = None  # the ABNORMAL_IN to which papers are added
    papers_done: tuple[PaperKind, ...] = ()
    notice: str | None = None

    @property
    def questions(self) -> tuple[Check, ...]:
        """What this session asks."""
        return QUESTIONS_IN_OUTAGE if self.outage is not None else QUESTIONS

    @property
    def check(self) -> Check | None:
        """The question now asked."""
        asked = len(self.answers)
        return self.questions[asked] if self.step is Step.CHECKS and asked < len(self.questions) else None

    @property
    def poor(self) -> bool:
        """Whether the last picture was found wanting, and nobody has said why it is kept."""
        return bool(self.pictures and self.pictures[-1].found and self.pictures[-1].override is None)


def after(session: Session, move: Move, now_s: float, **facts: Any) -> Session:
    """Return the session after a transition; `facts` are the fields of Session that it learned.

    A note changes nothing but the notice: an odd card prolongs nobody's session.
    """
    if move.effect is Effect.NOTE:
        return replace(session, notice=facts.get("notice"))
    forward = {"step": move.to, "entered_s": now_s, "notice": None, **facts}
    if move.effect in {Effect.SIGN_IN, Effect.END}:
        return Session(**forward)
    if move.effect is Effect.BEGIN or (move.effect is Effect.RECORD_BLOCK and session.step not in WORKING):
        # nothing of an earlier seal stays
        return Session(**{"staff": signed_in(session), "chosen": chosen_by(session), **forward})
    if move.effect is Effect.FORGET_CHOICE:
        return Session(staff=session.staff, **forward)
    if move.effect is Effect.TAKE_BACK:
        return replace(session, answers=session.answers[:-1], pictures=(), **forward)
    return replace(session, **forward)


def answered(session: Session, check: Check, *, ok: bool) -> tuple[tuple[Check, bool], ...]:
    """Return the answers with one more."""
    return (*session.answers, (check, ok))


def signal_of_card(card: CardRead, papers: Papers | None, session: Session) -> Signal | None:
    """Say what a card is to this session; None: a seal on which to decide.

    A card of unknown make counts as a seal only while somebody signed in presents it as one: otherwise
    the travel card of a passer-by would be recorded.
    """
    if papers is not None and card.uid in papers.staff:
        return Signal.BADGE
    if papers is not None and card.uid in papers.location_tags:
        return Signal.LOCATION_TAG
    seal_like = card.chip != "OTHER" or (papers is not None and card.uid in papers.expected)
    if not seal_like and session.step not in (Step.SIGNED_IN, Step.LOOKUP):
        return Signal.STRANGER
    shown = session.ruling.tag.uid if session.ruling and session.ruling.tag else None
    if shown == card.uid and (session.step not in (Step.SIGNED_IN, Step.VERDICT) or session.verdict == "GO"):
        return Signal.SEAL_AGAIN
    return None


def is_working(session: Session) -> bool:
    """Whether the session is about a seal and not yet decided: another card waits until it is finished."""
    return session.step in WORKING or (session.step in PREPARING and session.ruling is not None)


def signed_in(session: Session) -> Staff | None:
    """Return who acts: each completed movement needs its own badge, a refused one may be tried again."""
    return None if session.verdict == "GO" else session.staff


def chosen_by(session: Session) -> Operation | None:
    """Return what was chosen for the seal to come; what was chosen for the one before is over."""
    return session.chosen if session.verdict is None else None
