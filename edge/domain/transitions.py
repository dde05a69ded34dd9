"""The lane's session as one table: what each signal does at each step (A5, A6); docs draw their diagram from it.

Time-outs, cancelling, a second tap, another badge, a lost reader or camera are transitions like any other.
A pair that is not in the table does nothing: a press is refused, a card is told to wait.
"""

from __future__ import annotations

from edge.domain.session import PREPARING, WORKING, Effect, Move, Signal
from edge.domain.view import Step

_NOTED = (Signal.TORN, Signal.READER_LOST, Signal.READER_BACK)
_ENDS = (Signal.CANCEL, Signal.SIGN_OUT, Signal.TIMEOUT)

# From an empty lane to a seal that is known, or to what is known of one that cannot be read.
_TO_THE_SEAL: dict[tuple[Step, Signal], Move] = {
    (Step.IDLE, Signal.BADGE): Move(Step.SIGNED_IN, Effect.SIGN_IN),
    (Step.IDLE, Signal.LOCATION_TAG): Move(Step.IDLE, Effect.NOTE),
    (Step.IDLE, Signal.STRANGER): Move(Step.IDLE, Effect.NOTE),
    (Step.IDLE, Signal.SEAL_BLOCKED): Move(Step.VERDICT, Effect.RECORD_BLOCK),  # wrong order: badge first
    (Step.SIGNED_IN, Signal.BADGE): Move(Step.SIGNED_IN, Effect.SIGN_IN),  # the same again, or another person
    (Step.SIGNED_IN, Signal.LOCATION_TAG): Move(Step.SIGNED_IN, Effect.NOTE),
    (Step.SIGNED_IN, Signal.CHOSEN): Move(Step.SIGNED_IN, Effect.CHOOSE),
    (Step.SIGNED_IN, Signal.BACK): Move(Step.SIGNED_IN, Effect.FORGET_CHOICE),
    (Step.SIGNED_IN, Signal.UNREADABLE): Move(Step.LOOKUP, Effect.GO_ON),
    (Step.SIGNED_IN, Signal.LEAVE): Move(Step.IDLE, Effect.END),
    (Step.LOOKUP, Signal.BADGE): Move(Step.LOOKUP, Effect.NOTE),
    (Step.LOOKUP, Signal.LOCATION_TAG): Move(Step.LOOKUP, Effect.NOTE),
    (Step.LOOKUP, Signal.BACK): Move(Step.SIGNED_IN, Effect.FORGET_CHOICE),
    (Step.LOOKUP, Signal.NOT_FOUND): Move(Step.LOOKUP, Effect.GO_ON),
    (Step.LOOKUP, Signal.FOUND): Move(Step.GROUNDS, Effect.GO_ON),
    (Step.LOOKUP, Signal.WRITTEN): Move(Step.CHECKS, Effect.GO_ON),
    (Step.LOOKUP, Signal.OBJECTION): Move(Step.VERDICT, Effect.RECORD_BLOCK),
    (Step.LOOKUP, Signal.LEAVE): Move(Step.IDLE, Effect.END),
    **{
        (step, signal): move
        for step in (Step.SIGNED_IN, Step.LOOKUP)  # in the end it can be read after all
        for signal, move in {
            Signal.SEAL_CLEAR: Move(Step.CHECKS, Effect.BEGIN),
            Signal.SEAL_BLOCKED: Move(Step.VERDICT, Effect.RECORD_BLOCK),
            Signal.SEAL_CHOSEN: Move(Step.GROUNDS, Effect.BEGIN),
            Signal.SEAL_UNPAIRED: Move(Step.LOOKUP, Effect.BEGIN),
        }.items()
    },
    (Step.GROUNDS, Signal.PICKED): Move(Step.GROUNDS, Effect.GO_ON),
    (Step.GROUNDS, Signal.WHY_ARRIVE): Move(Step.CHECKS, Effect.GO_ON),
    (Step.GROUNDS, Signal.WHY_RECORD): Move(Step.CONFIRM, Effect.GO_ON),
    (Step.GROUNDS, Signal.WRONG): Move(Step.PAPERS, Effect.RECORD_HOLD),  # at once: papers follow
    **{(step, signal): Move(Step.VERDICT, Effect.RECORD_ABANDONED) for step in PREPARING for signal in _ENDS},
}

# From the questions to the confirmation.
_TO_THE_LIGHT: dict[tuple[Step, Signal], Move] = {
    (Step.CHECKS, Signal.YES): Move(Step.CHECKS, Effect.ANSWER),
    (Step.CHECKS, Signal.LAST_YES): Move(Step.PHOTO, Effect.ANSWER),  # the picture is taken by itself
    (Step.CHECKS, Signal.NO): Move(Step.VERDICT, Effect.RECORD_NO),  # any "no" blocks, and is recorded at once
    (Step.CHECKS, Signal.UNDO): Move(Step.CHECKS, Effect.TAKE_BACK),
    (Step.PHOTO, Signal.PICTURE): Move(Step.CONFIRM, Effect.KEEP_PICTURE),
    (Step.PHOTO, Signal.POOR_PICTURE): Move(Step.PHOTO, Effect.KEEP_PICTURE),  # again, or kept with a reason
    (Step.PHOTO, Signal.KEPT_ANYWAY): Move(Step.CONFIRM, Effect.KEEP_PICTURE),
    (Step.PHOTO, Signal.NO_PICTURE): Move(Step.PHOTO, Effect.NOTE),  # no confirmation without a picture
    (Step.PHOTO, Signal.UNDO): Move(Step.CHECKS, Effect.TAKE_BACK),
    (Step.CONFIRM, Signal.PICTURE): Move(Step.CONFIRM, Effect.KEEP_PICTURE),  # one more
    (Step.CONFIRM, Signal.POOR_PICTURE): Move(Step.CONFIRM, Effect.NOTE),
    (Step.CONFIRM, Signal.NO_PICTURE): Move(Step.CONFIRM, Effect.NOTE),  # those before stay
    (Step.CONFIRM, Signal.UNDO): Move(Step.CHECKS, Effect.TAKE_BACK),
    (Step.CONFIRM, Signal.CONFIRM): Move(Step.VERDICT, Effect.RECORD_GO),
    (Step.CONFIRM, Signal.CONFIRM_RECORD): Move(Step.VERDICT, Effect.RECORD_NOTED),
    (Step.CONFIRM, Signal.TO_PROVE): Move(Step.PIN, Effect.GO_ON),
    (Step.PIN, Signal.PIN_RIGHT): Move(Step.CONFIRM, Effect.GO_ON),
    (Step.PIN, Signal.PIN_WRONG): Move(Step.PIN, Effect.NOTE),
    (Step.PIN, Signal.PIN_LOCKED): Move(Step.VERDICT, Effect.RECORD_ABANDONED),
    (Step.PIN, Signal.UNDO): Move(Step.CONFIRM, Effect.GO_ON),
    **{(step, Signal.OBJECTION): Move(Step.VERDICT, Effect.RECORD_BLOCK) for step in WORKING},
    **{(step, Signal.ABNORMAL): Move(Step.GROUNDS, Effect.CHOOSE) for step in WORKING},
    **{(step, signal): Move(Step.VERDICT, Effect.RECORD_ABANDONED) for step in WORKING for signal in _ENDS},
}

# With the light on.
_AFTER_THE_LIGHT: dict[tuple[Step, Signal], Move] = {
    (Step.VERDICT, Signal.BADGE): Move(Step.SIGNED_IN, Effect.SIGN_IN),
    (Step.VERDICT, Signal.LOCATION_TAG): Move(Step.VERDICT, Effect.NOTE),
    (Step.VERDICT, Signal.STRANGER): Move(Step.VERDICT, Effect.NOTE),
    (Step.VERDICT, Signal.SEAL_CLEAR): Move(Step.CHECKS, Effect.BEGIN),  # after a REFER that a location tag resolved
    (Step.VERDICT, Signal.SEAL_BLOCKED): Move(Step.VERDICT, Effect.RECORD_BLOCK),
    (Step.VERDICT, Signal.SEAL_UNPAIRED): Move(Step.LOOKUP, Effect.BEGIN),
    (Step.VERDICT, Signal.ABNORMAL): Move(Step.GROUNDS, Effect.CHOOSE),
    **{(Step.VERDICT, signal): Move(Step.IDLE, Effect.END) for signal in (*_ENDS, Signal.ACKNOWLEDGE)},
    (Step.PAPERS, Signal.PAPER): Move(Step.PAPERS, Effect.RECORD_PAPER),
    (Step.PAPERS, Signal.NO_PAPER): Move(Step.PAPERS, Effect.NOTE),
    **{(Step.PAPERS, signal): Move(Step.IDLE, Effect.END) for signal in (*_ENDS, Signal.ACKNOWLEDGE)},  # the rest later
}

TRANSITIONS: dict[tuple[Step, Signal], Move] = {
    **{(step, signal): Move(step, Effect.NOTE) for step in Step for signal in _NOTED},
    **{(step, Signal.ANOTHER_CARD): Move(step, Effect.NOTE) for step in (*PREPARING, *WORKING, Step.PAPERS)},
    **_TO_THE_SEAL,
    **_TO_THE_LIGHT,
    **_AFTER_THE_LIGHT,
}
