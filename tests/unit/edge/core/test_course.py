"""What is offered at each step: whatever the page shows as possible has a transition, and nothing else has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.domain.course import choices, for_unread, lookup, may_report, offered, possible, trimmed
from edge.domain.outage import outage_for
from edge.domain.session import Session
from edge.domain.view import Check, Step
from schemas.messages import Function, Operation, Outage, SealKind, SealPosition, Written
from schemas.reasons import REASONS
from tests.edge_gate import NOW, SEAL, expected, papers, staff
from tests.town import DESTINATION, ORIGIN, Seal
from tests.unit.edge.core.test_session import RULING


def signed_in(step: Step = Step.SIGNED_IN, **facts: object) -> Session:
    return Session(step=step, staff=staff(), **facts)


@pytest.mark.req("R-049", "R-051")
@pytest.mark.parametrize(
    ("direction", "may", "operations"),
    [
        ("OUT", tuple(Operation), (Operation.READ_CONFIRM_OUT, Operation.SCRAP)),
        ("IN", tuple(Operation), (Operation.READ_CONFIRM_IN, Operation.MAKEUP_ARRIVE, Operation.ABNORMAL_IN)),
        ("IN", (Operation.ARRIVE,), (Operation.ABNORMAL_IN,)),  # who receives may always report
        ("OUT", (Operation.ARRIVE,), ()),
        (None, (Operation.READ_CONFIRM_OUT,), (Operation.READ_CONFIRM_OUT,)),
    ],
)
def test_a_person_is_offered_what_lane_and_right_allow(direction, may, operations):
    session = Session(step=Step.SIGNED_IN, staff=staff(may=may))
    assert offered(session, direction) == operations


def test_nobody_is_offered_anything_while_nobody_is_signed_in():
    assert offered(Session(), None) == ()
    assert possible(Session(), None) == ()


@pytest.mark.req("R-060", "R-067", "R-068", "R-072")
@pytest.mark.parametrize(
    ("movement", "site", "direction", "operation"),
    [
        (expected(), ORIGIN.code, "OUT", Operation.SCRAP),
        (expected(state="IN_TRANSIT"), DESTINATION.code, "IN", Operation.ABNORMAL_IN),
        (expected(state="IN_TRANSIT", kind=SealKind.PA), DESTINATION.code, "IN", Operation.READ_CONFIRM_IN),
        (None, DESTINATION.code, "IN", Operation.READ_CONFIRM_IN),
        (None, ORIGIN.code, None, Operation.READ_CONFIRM_OUT),
    ],
)
def test_what_follows_for_a_seal_that_cannot_be_read(movement, site, direction, operation):
    assert for_unread(movement, site, direction) is operation


@pytest.mark.req("R-060")
@pytest.mark.parametrize(
    ("written", "error"),
    [
        (Written(), "LOOKUP-EMPTY"),
        (Written(plate="KAA-1"), "LOOKUP-EMPTY"),
        (Written(container="NONE0000000"), "LOOKUP-NONE"),
        (Written(container=SEAL.container, seal_no="TW0"), "LOOKUP-NONE"),
        (Written(container=SEAL.container), "LOOKUP-SEVERAL"),
        (Written(container=SEAL.container, seal_no=SEAL.seal_no), None),
    ],
)
def test_what_is_typed_finds_one_movement_or_says_why_not(written, error):
    doors = expected(Seal(number=8), container=SEAL.container)
    cancelled = expected(Seal(number=9), state="CANCELLED", seal_no=SEAL.seal_no)
    found, why = lookup(papers(expected(), doors, cancelled), written)
    assert why == error
    assert (found.movement if found else None) == (None if error else "M7")


def test_what_is_scanned_is_written_as_papers_write_it():
    assert trimmed(Written(container=" seau 000 0007 ", seal_no="", plate=" KAA-1 ")) == Written(
        container="SEAU0000007", plate="KAA-1"
    )


@pytest.mark.req("R-073", "R-074")
@pytest.mark.parametrize(
    ("function", "operation", "covered"),
    [
        (Function.PAIRING, Operation.SEAL_OUT_E, True),
        (Function.DEPARTURE, Operation.SCRAP, True),
        (Function.ARRIVAL, Operation.SEAL_OUT_E, False),
        (Function.ARRIVAL, Operation.ARRIVE, True),
        (Function.DEPARTURE, Operation.INSPECT, False),
    ],
)
def test_a_record_names_the_outage_that_touches_it_and_no_other(function, operation, covered):
    known = papers(outages=(Outage(notice="115-001", since=NOW, functions=(function,)),))
    assert outage_for(known, operation) == ("115-001" if covered else None)
    assert outage_for(papers(), operation) is None


@pytest.mark.req("R-115")
@pytest.mark.parametrize("operation", [Operation.READ_CONFIRM_OUT, Operation.MAKEUP_ARRIVE, Operation.SCRAP])
def test_every_ground_has_its_words(operation):
    codes = choices(signed_in(Step.GROUNDS, chosen=operation, ruling=RULING))
    assert codes
    assert all(REASONS[code].zh for code in codes)


@pytest.mark.req("R-043")
def test_one_position_is_no_choice():
    def at_the_seal(*positions):
        ruling = replace(RULING, expected=expected(positions=positions))
        return signed_in(Step.CHECKS, ruling=ruling, answers=tuple((check, True) for check in list(Check)[:-1]))

    both = (SealPosition.RIGHT_INNER_ROD, SealPosition.RIGHT_OUTER_ROD)
    assert choices(at_the_seal(both[0])) == ("NOT-LOCKED", "TAMPERED")
    assert choices(at_the_seal(*both)) == (*both, "NOT-LOCKED", "TAMPERED")


@pytest.mark.req("R-068")
def test_something_abnormal_is_told_of_an_arrival_only_and_not_after_go():
    arrival = replace(RULING, operation=Operation.ARRIVE)
    assert may_report(signed_in(Step.CHECKS, ruling=arrival))
    assert not may_report(signed_in(Step.CHECKS, ruling=RULING))
    assert not may_report(signed_in(Step.VERDICT, ruling=arrival, verdict="GO"))
    assert may_report(signed_in(Step.VERDICT, ruling=arrival, verdict="STOP"))
