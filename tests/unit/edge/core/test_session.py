"""The session table: whole, closed, and with nothing green that is not stored."""

from __future__ import annotations

import pytest

from edge.domain.course import leaving
from edge.domain.decision import Ruling
from edge.domain.session import PREPARING, RECORDING, WORKING, Effect, Move, Session, Signal, after
from edge.domain.transitions import TRANSITIONS
from edge.domain.view import Step
from schemas.messages import Decision, Operation, SealProof, Verdict

RULING = Ruling(
    decision=Decision(verdict=Verdict.GO, reasons=("DEPARTED",), proof=SealProof.NOT_VERIFIED, manifest=1),
    operation=Operation.SEAL_OUT_E,
    tag=None,
    expected=None,
)


def test_every_step_can_be_reached_and_left():
    reached, before = {Step.IDLE}, set()
    while reached != before:
        before = set(reached)
        reached |= {move.to for (step, _), move in TRANSITIONS.items() if step in before}
    assert reached == set(Step)
    for step in Step:
        assert any(move.to is not step for (at, _), move in TRANSITIONS.items() if at is step), step


def test_a_verdict_is_entered_by_a_record_only():
    for (step, signal), move in TRANSITIONS.items():
        if move.to is Step.VERDICT and step is not Step.VERDICT:
            assert move.effect in RECORDING, (step, signal)


@pytest.mark.req("R-056")
@pytest.mark.req("R-057")
def test_a_go_comes_from_the_confirmation_only_and_that_from_a_picture_only():
    assert [key for key, move in TRANSITIONS.items() if move.effect is Effect.RECORD_GO] == [
        (Step.CONFIRM, Signal.CONFIRM)
    ]
    entrances = {(step, signal) for (step, signal), move in TRANSITIONS.items() if move.to is Step.CONFIRM}
    assert {signal for step, signal in entrances if step is Step.PHOTO} == {Signal.PICTURE, Signal.KEPT_ANYWAY}
    # the other two ways lead to what only leaves a record, and back from the proof of the person
    assert {step for step, _ in entrances} == {Step.PHOTO, Step.CONFIRM, Step.GROUNDS, Step.PIN}


def test_time_out_cancel_and_sign_out_end_every_step():
    for step in set(Step) - {Step.IDLE}:
        for signal in (Signal.TIMEOUT, Signal.CANCEL, Signal.SIGN_OUT):
            for session in (Session(step=step), Session(step=step, ruling=RULING)):
                if step in (*WORKING, Step.GROUNDS) and session.ruling is None:
                    continue  # there is none
                assert TRANSITIONS[step, leaving(session, signal)].to in {Step.IDLE, Step.VERDICT}


@pytest.mark.req("R-059")
def test_a_session_that_read_a_seal_never_ends_without_a_record():
    for (step, signal), move in TRANSITIONS.items():
        if step in WORKING and move.to not in (*WORKING, *PREPARING):
            assert move.effect in RECORDING, (step, signal)
        if step in PREPARING and move.to not in (*WORKING, *PREPARING) and signal not in {Signal.LEAVE, Signal.BACK}:
            assert move.effect in RECORDING, (step, signal)


def test_a_broken_read_and_a_lost_reader_change_nothing_at_any_step():
    for step in Step:
        for signal in (Signal.TORN, Signal.READER_LOST, Signal.READER_BACK):
            assert TRANSITIONS[step, signal] == Move(step, Effect.NOTE)


def test_another_card_in_the_middle_of_a_session_changes_nothing():
    for step in (*WORKING, *PREPARING, Step.PAPERS):
        assert TRANSITIONS[step, Signal.ANOTHER_CARD] == Move(step, Effect.NOTE)
    for step in (*WORKING, Step.PAPERS):
        for signal in (Signal.BADGE, Signal.SEAL_CLEAR, Signal.SEAL_BLOCKED, Signal.LOCATION_TAG, Signal.STRANGER):
            assert (step, signal) not in TRANSITIONS


def test_a_note_prolongs_no_step():
    session = Session(step=Step.CHECKS, entered_s=5.0)
    noted = after(session, Move(Step.CHECKS, Effect.NOTE), 99.0, notice="TORN")
    assert (noted.entered_s, noted.notice) == (5.0, "TORN")


def test_a_new_session_remembers_nothing_of_the_one_before():
    old = Session(step=Step.VERDICT, answers=(), record="1/2", reasons=("DEPARTED",), notice="TORN")
    assert after(old, TRANSITIONS[Step.VERDICT, Signal.ACKNOWLEDGE], 7.0) == Session(entered_s=7.0)
