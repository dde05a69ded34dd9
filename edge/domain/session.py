"""The lane's session as one table: what each signal does at each step (A5, A6); docs draw their diagram from it.

Time-outs, cancelling, a second tap, another badge, a lost reader or camera are transitions like any other.
A pair that is not in the table does nothing: a press is refused, a card is told to wait.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.domain.view import Check, Step

if TYPE_CHECKING:
    from edge.domain.decision import CardRead, Ruling
    from edge.domain.trusted_manifest import Papers
    from schemas.messages import Photo, Position, Staff, Verdict

QUESTIONS = tuple(Check)  # in the order they are asked


class Signal(StrEnum):
    """What can happen at a lane."""

    BADGE = "BADGE"  # of a person the manifest knows
    LOCATION_TAG = "LOCATION_TAG"
    STRANGER = "STRANGER"  # neither badge nor location tag nor seal
    SEAL_CLEAR = "SEAL_CLEAR"  # nothing speaks against it so far
    SEAL_BLOCKED = "SEAL_BLOCKED"  # STOP or REFER
    SEAL_AGAIN = "SEAL_AGAIN"  # the seal the session is about
    TORN = "TORN"
    YES = "YES"
    LAST_YES = "LAST_YES"
    NO = "NO"
    PICTURE = "PICTURE"
    NO_PICTURE = "NO_PICTURE"  # the camera failed
    CONFIRM = "CONFIRM"  # pressed, and the decision still stands
    OBJECTION = "OBJECTION"  # the decision no longer stands: a hold came, the lane left the fence
    UNDO = "UNDO"
    CANCEL = "CANCEL"
    SIGN_OUT = "SIGN_OUT"
    ACKNOWLEDGE = "ACKNOWLEDGE"
    TIMEOUT = "TIMEOUT"
    READER_LOST = "READER_LOST"
    READER_BACK = "READER_BACK"


class Effect(StrEnum):
    """What a transition does; those that RECORD store a signed event before the light changes."""

    NOTE = "NOTE"  # say why nothing happened
    SIGN_IN = "SIGN_IN"
    BEGIN = "BEGIN"
    ANSWER = "ANSWER"
    TAKE_BACK = "TAKE_BACK"  # the last answer
    KEEP_PICTURE = "KEEP_PICTURE"
    DROP_PICTURE = "DROP_PICTURE"
    RECORD_GO = "RECORD_GO"
    RECORD_BLOCK = "RECORD_BLOCK"
    RECORD_NO = "RECORD_NO"
    RECORD_ABANDONED = "RECORD_ABANDONED"  # 讀取確認: leaves a record, moves nothing
    END = "END"


RECORDING = frozenset({Effect.RECORD_GO, Effect.RECORD_BLOCK, Effect.RECORD_NO, Effect.RECORD_ABANDONED})


class Move(NamedTuple):
    """One transition."""

    to: Step
    effect: Effect


_NOTED = (Signal.TORN, Signal.READER_LOST, Signal.READER_BACK)
WORKING = (Step.CHECKS, Step.PHOTO, Step.CONFIRM)

TRANSITIONS: dict[tuple[Step, Signal], Move] = {
    **{(step, signal): Move(step, Effect.NOTE) for step in Step for signal in _NOTED},
    (Step.IDLE, Signal.BADGE): Move(Step.SIGNED_IN, Effect.SIGN_IN),
    (Step.IDLE, Signal.LOCATION_TAG): Move(Step.IDLE, Effect.NOTE),
    (Step.IDLE, Signal.STRANGER): Move(Step.IDLE, Effect.NOTE),
    (Step.IDLE, Signal.SEAL_BLOCKED): Move(Step.VERDICT, Effect.RECORD_BLOCK),  # wrong order: badge first
    (Step.SIGNED_IN, Signal.BADGE): Move(Step.SIGNED_IN, Effect.SIGN_IN),  # the same again, or another person
    (Step.SIGNED_IN, Signal.LOCATION_TAG): Move(Step.SIGNED_IN, Effect.NOTE),
    (Step.SIGNED_IN, Signal.SEAL_CLEAR): Move(Step.CHECKS, Effect.BEGIN),
    (Step.SIGNED_IN, Signal.SEAL_BLOCKED): Move(Step.VERDICT, Effect.RECORD_BLOCK),
    (Step.SIGNED_IN, Signal.CANCEL): Move(Step.IDLE, Effect.END),
    (Step.SIGNED_IN, Signal.SIGN_OUT): Move(Step.IDLE, Effect.END),
    (Step.SIGNED_IN, Signal.TIMEOUT): Move(Step.IDLE, Effect.END),
    (Step.CHECKS, Signal.YES): Move(Step.CHECKS, Effect.ANSWER),
    (Step.CHECKS, Signal.LAST_YES): Move(Step.PHOTO, Effect.ANSWER),
    (Step.CHECKS, Signal.NO): Move(Step.VERDICT, Effect.RECORD_NO),  # any "no" blocks, and is recorded at once
    (Step.CHECKS, Signal.UNDO): Move(Step.CHECKS, Effect.TAKE_BACK),
    (Step.PHOTO, Signal.PICTURE): Move(Step.CONFIRM, Effect.KEEP_PICTURE),
    (Step.PHOTO, Signal.NO_PICTURE): Move(Step.PHOTO, Effect.NOTE),  # no confirmation without a picture
    (Step.PHOTO, Signal.UNDO): Move(Step.CHECKS, Effect.TAKE_BACK),
    (Step.CONFIRM, Signal.PICTURE): Move(Step.CONFIRM, Effect.KEEP_PICTURE),  # taken again
    (Step.CONFIRM, Signal.NO_PICTURE): Move(Step.CONFIRM, Effect.NOTE),  # the first one stays
    (Step.CONFIRM, Signal.UNDO): Move(Step.PHOTO, Effect.DROP_PICTURE),
    (Step.CONFIRM, Signal.CONFIRM): Move(Step.VERDICT, Effect.RECORD_GO),
    **{(step, Signal.OBJECTION): Move(Step.VERDICT, Effect.RECORD_BLOCK) for step in WORKING},
    **{
        (step, signal): Move(Step.VERDICT, Effect.RECORD_ABANDONED)
        for step in WORKING
        for signal in (Signal.CANCEL, Signal.SIGN_OUT, Signal.TIMEOUT)
    },
    **{
        (step, signal): Move(step, Effect.NOTE)  # finish first
        for step in WORKING
        for signal in (Signal.BADGE, Signal.LOCATION_TAG, Signal.STRANGER, Signal.SEAL_CLEAR, Signal.SEAL_BLOCKED)
    },
    (Step.VERDICT, Signal.BADGE): Move(Step.SIGNED_IN, Effect.SIGN_IN),
    (Step.VERDICT, Signal.LOCATION_TAG): Move(Step.VERDICT, Effect.NOTE),
    (Step.VERDICT, Signal.STRANGER): Move(Step.VERDICT, Effect.NOTE),
    (Step.VERDICT, Signal.SEAL_CLEAR): Move(Step.CHECKS, Effect.BEGIN),  # after a REFER that a location tag resolved
    (Step.VERDICT, Signal.SEAL_BLOCKED): Move(Step.VERDICT, Effect.RECORD_BLOCK),
    (Step.VERDICT, Signal.ACKNOWLEDGE): Move(Step.IDLE, Effect.END),
    (Step.VERDICT, Signal.CANCEL): Move(Step.IDLE, Effect.END),
    (Step.VERDICT, Signal.SIGN_OUT): Move(Step.IDLE, Effect.END),
    (Step.VERDICT, Signal.TIMEOUT): Move(Step.IDLE, Effect.END),
}


@dataclass(frozen=True, kw_only=True)
class Session:
    """Everything a lane remembers between two signals; a power cut forgets it, and nothing was promised yet."""

    step: Step = Step.IDLE
    entered_s: float = 0.0  # monotonic clock at the last step forward
    staff: Staff | None = None
    ruling: Ruling | None = None
    position: Position | None = None
    answers: tuple[tuple[Check, bool], ...] = ()
    picture: Photo | None = None
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    record: str | None = None
    notice: str | None = None

    @property
    def check(self) -> Check | None:
        """The question now asked."""
        asked = len(self.answers)
        return QUESTIONS[asked] if self.step is Step.CHECKS and asked < len(QUESTIONS) else None


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
        return Session(staff=signed_in(session), **forward)  # nothing of an earlier seal stays
    if move.effect is Effect.TAKE_BACK:
        return replace(session, answers=session.answers[:-1], picture=None, **forward)
    if move.effect is Effect.DROP_PICTURE:
        return replace(session, picture=None, **forward)
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
    if not seal_like and session.step is not Step.SIGNED_IN:
        return Signal.STRANGER
    shown = session.ruling.tag.uid if session.ruling else None
    if shown == card.uid and (session.step in WORKING or (session.step is Step.VERDICT and session.verdict == "GO")):
        return Signal.SEAL_AGAIN
    return None


def signed_in(session: Session) -> Staff | None:
    """Return who acts: each completed movement needs its own badge, a refused one may be tried again."""
    return None if session.verdict == "GO" else session.staff
