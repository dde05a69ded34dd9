"""What officers do with instructions: decide, write, complete, take back; and that of two exactly one wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloud.domain.authority import Role
from cloud.domain.instructions import Effect
from cloud.registry import documents, instructions
from cloud.registry.instructions import codes, deciding, reading
from cloud.registry.instructions.deciding import Decision, FactsEntry, WrittenEntry
from cloud.registry.refusals import Refusal
from cloud.store.engine import reading as looking
from cloud.store.registry import audit
from tests.desks import actor, desk_of
from tests.integration.registry import sealing_room
from tests.integration.registry.messages_room import (
    CENTRE,
    CONTAINER,
    DESTINATION,
    OFFICER,
    ORIGIN,
    all_instructions,
    golden,
    one,
    take,
    task,
    worklist,
)
from tests.race import race

if TYPE_CHECKING:
    from sqlalchemy import Engine

ELSEWHERE = actor(Role.OFFICER, "003Z9999")
SPECIALIST = actor(Role.SPECIALIST, ORIGIN)
SCAN = b"%PDF-1.4 scan"


def decide(engine: Engine, task_id: int, decision: Decision, who: object = OFFICER) -> None:
    with desk_of(engine, who) as desk:
        deciding.decide(desk, task_id, decision, "看過")


def refused(code: str, work: object, *arguments: object) -> None:
    with pytest.raises(Refusal) as error:
        work(*arguments)
    assert error.value.code == code, error.value


@pytest.mark.req("R-024")
@pytest.mark.parametrize(("decision", "state"), [(Decision.REQUIRE, "REQUIRED"), (Decision.DISMISS, "DISMISSED")])
def test_an_officer_decides_what_a_message_left_open(engine: Engine, decision: Decision, state: str) -> None:
    take(engine, "N5116-two-codes-in-one-field.xml")
    decide(engine, task(engine, "UNKNOWN_CODE"), decision)
    assert one(engine).state == state
    assert worklist(engine) == []


@pytest.mark.req("R-024")
def test_an_undetermined_instruction_cannot_be_merely_noted(engine: Engine) -> None:
    take(engine, "N5116-two-codes-in-one-field.xml")
    refused("TASK-DECISION", decide, engine, task(engine, "UNKNOWN_CODE"), Decision.NOTED)
    assert worklist(engine) == [("UNKNOWN_CODE", CONTAINER)]


@pytest.mark.req("R-025")
def test_a_required_seal_cannot_be_dismissed_by_the_way(engine: Engine) -> None:
    take(engine, "N5170-B.xml")
    both = golden("N5116-B.xml").replace(b">B<", b">B</tw_CurrentCode><tw_CurrentCode>Q<")
    take(engine, both.replace(b"CSQU3054383", b"MSKU6011672"))
    with desk_of(engine, OFFICER) as desk:
        rows = reading.worklist(desk, 0, 100, closed=False)
        (unknown,) = [row.id for row in rows if row.container == "MSKU6011672"]
    refused("STATE", decide, engine, unknown, Decision.DISMISS)
    decide(engine, unknown, Decision.NOTED)
    assert one(engine, "MSKU6011672").state == "REQUIRED"


@pytest.mark.req("R-024")
def test_a_later_b_outweighs_an_officers_reading(engine: Engine) -> None:
    take(engine, "N5108-EX.xml")
    with desk_of(engine, OFFICER) as desk:
        first = reading.worklist(desk, 0, 100, closed=False)[0]
    decide(engine, first.id, Decision.DISMISS)
    take(engine, "N5170-B.xml")
    assert one(engine).state == "REQUIRED"


@pytest.mark.req("R-027")
def test_what_an_officer_ordered_no_message_takes_back(engine: Engine) -> None:
    take(engine, golden("N5302-add.xml").replace(b">B<", b">Q<"))
    decide(engine, task(engine, "UNKNOWN_CODE"), Decision.REQUIRE)
    take(engine, "N5302-delete.xml")
    assert one(engine).state == "REQUIRED"
    assert worklist(engine) == [("WITHDRAWN_BUT_ORDERED", CONTAINER)]


def test_officers_decide_at_their_own_sites_and_others_not_at_all(engine: Engine) -> None:
    take(engine, golden("N5302-add.xml").replace(b">B<", b">Q<"))
    open_task = task(engine, "UNKNOWN_CODE")
    refused("FORBIDDEN", decide, engine, open_task, Decision.DISMISS, ELSEWHERE)
    refused("FORBIDDEN", decide, engine, open_task, Decision.DISMISS, SPECIALIST)
    with looking(engine) as connection:
        denied = audit.page(connection, 0, 10, subject=f"task:{open_task}", account=None)
    assert [row.outcome for row in denied] == ["DENIED", "DENIED"]
    with desk_of(engine, ELSEWHERE) as desk:
        assert reading.worklist(desk, 0, 10, closed=False) == []
        assert reading.page(desk, "", 10, state=None, container=None) == []


@pytest.mark.req("R-024")
def test_of_two_officers_exactly_one_decides(engine: Engine) -> None:
    take(engine, "N5116-two-codes-in-one-field.xml")
    open_task = task(engine, "UNKNOWN_CODE")
    other = actor(Role.OFFICER, DESTINATION)
    outcomes = race(
        engine,
        lambda: decide(engine, open_task, Decision.REQUIRE),
        lambda: decide(engine, open_task, Decision.DISMISS, other),
    )
    lost = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert [outcome.code for outcome in lost] == ["TASK-CLOSED"]
    assert one(engine).state in {"REQUIRED", "DISMISSED"}


@pytest.mark.req("R-025", "R-029")
def test_two_messages_of_one_container_at_the_same_moment_find_each_other(engine: Engine) -> None:
    race(engine, lambda: take(engine, "N5170-B.xml"), lambda: take(engine, "N5204-B.xml"))
    row = one(engine)
    assert (row.state, row.declarations) == ("REQUIRED", ["AA  15ABC00003"])


@pytest.mark.req("R-025")
def test_the_same_message_at_the_same_moment_acts_once(engine: Engine) -> None:
    outcomes = race(engine, lambda: take(engine, "N5170-B.xml"), lambda: take(engine, "N5170-B.xml"))
    assert sorted(outcome.new for outcome in outcomes) == [False, True]
    assert len(all_instructions(engine)) == 3


@pytest.mark.req("R-025")
def test_an_officer_enters_what_no_message_told_and_it_wins(engine: Engine) -> None:
    take(engine, "N5170-B.xml")
    with desk_of(engine, OFFICER) as desk:
        deciding.complete(
            desk, one(engine).id, FactsEntry(origin=ORIGIN, destination=DESTINATION, declaration="AA  15X")
        )
    row = one(engine)
    assert (row.origin, row.destination, row.declarations) == (ORIGIN, DESTINATION, ["AA  15X"])


@pytest.mark.req("R-026")
def test_places_that_messages_contradict_are_left_open_until_an_officer_enters_one(engine: Engine) -> None:
    take(engine, "N5170-B.xml")
    take(engine, "N5204-without-code.xml")
    take(engine, golden("N5204-declaration-changed.xml").replace(b"003A1001", b"003C3003"))
    row = one(engine)
    assert (row.origin, row.conflicts) == ("", ["origin: 003A1001, 003C3003"])
    with desk_of(engine, OFFICER) as desk:
        deciding.complete(desk, row.id, FactsEntry(origin=ORIGIN))
    assert (one(engine).origin, one(engine).conflicts) == (ORIGIN, [])


@pytest.mark.req("R-025")
def test_an_instruction_is_withdrawn_with_a_reason_and_only_while_open(engine: Engine) -> None:
    take(engine, "N5302-add.xml")
    with desk_of(engine, OFFICER) as desk:
        deciding.withdraw(desk, one(engine).id, "誤送")
    assert one(engine).state == "WITHDRAWN"
    with pytest.raises(Refusal, match="STATE"), desk_of(engine, OFFICER) as desk:
        deciding.withdraw(desk, one(engine).id, "誤送")


@pytest.mark.req("R-024", "R-025", "R-035")
def test_a_pairing_answers_one_instruction_and_its_end_asks_again(engine: Engine) -> None:
    take(engine, "N5302-add.xml")
    with desk_of(engine, OFFICER) as desk:
        assert instructions.fulfil(desk, container=CONTAINER, by="pairing:1", origin="003Z9999") == []
        assert instructions.fulfil(desk, container=CONTAINER, by="pairing:1", origin=ORIGIN) == [one(engine).id]
    assert one(engine).state == "FULFILLED"
    take(engine, golden("N5170-B.xml").replace(b"BOOKING-0001", b"BOOKING-0009"))
    assert ("AFTER_SEALING", CONTAINER) in worklist(engine)
    with desk_of(engine, OFFICER) as desk:
        instructions.reopen(desk, "pairing:1")
    assert (one(engine).state, one(engine).fulfilled_by) == ("REQUIRED", None)


@pytest.mark.req("R-027")
def test_a_permit_withdrawn_after_the_sealing_is_an_officers(engine: Engine) -> None:
    take(engine, "N5302-add.xml")
    with desk_of(engine, OFFICER) as desk:
        instructions.fulfil(desk, container=CONTAINER, by="pairing:1")
    take(engine, "N5302-delete.xml")
    assert one(engine).state == "FULFILLED"
    assert worklist(engine) == [("WITHDRAWN_AFTER_SEALING", CONTAINER)]


@pytest.mark.req("R-026", "R-027")
def test_a_sealing_that_might_answer_two_legs_answers_none(engine: Engine) -> None:
    take(engine, "N5166-add.xml")
    take(engine, "N5302-add.xml")
    with desk_of(engine, OFFICER) as desk:
        assert instructions.fulfil(desk, container=CONTAINER, by="pairing:1") == []
        assert len(instructions.fulfil(desk, container=CONTAINER, by="pairing:1", origin=ORIGIN)) == 1
    assert worklist(engine) == [("AMBIGUOUS", CONTAINER)]
    assert [row.state for row in all_instructions(engine)] == ["REQUIRED", "FULFILLED"]


@pytest.mark.req("R-024")
def test_only_the_centre_loads_codes_and_nobody_changes_what_b_means(engine: Engine) -> None:
    def load(who: object, code: str, effect: Effect) -> None:
        with desk_of(engine, who) as desk:
            codes.load(desk, codes.CodeEntry(list="062", code=code, effect=effect, meaning="x"))

    refused("FORBIDDEN", load, OFFICER, "A", Effect.NONE)
    refused("CODE-FIXED", load, CENTRE, "B", Effect.NONE)
    load(CENTRE, "A", Effect.NONE)
    refused("CONFLICT", load, CENTRE, "A", Effect.SEAL)  # at the same moment


def written(engine: Engine, scan: str, who: object = OFFICER, document_no: str = "基普字第1號") -> str:
    with desk_of(engine, who) as desk:
        return deciding.write(
            desk,
            WrittenEntry(
                container=CONTAINER, document_no=document_no, scan=scan, origin=ORIGIN, destination=DESTINATION
            ),
        )


def scan(engine: Engine) -> str:
    with desk_of(engine, OFFICER) as desk:
        return documents.put(desk, SCAN, "application/pdf", "WRITTEN_ORDER")


@pytest.mark.req("R-030")
def test_an_officer_orders_a_seal_by_a_written_document(engine: Engine) -> None:
    paper = scan(engine)
    identity = written(engine, paper)
    row = one(engine)
    assert (row.id, row.state, row.basis) == (identity, "REQUIRED", "WRITTEN")
    assert (row.document_no, row.scan, row.origin, row.destination) == ("基普字第1號", paper, ORIGIN, DESTINATION)


@pytest.mark.req("R-030")
def test_a_written_instruction_needs_its_scan_and_an_officer_of_the_place(engine: Engine) -> None:
    refused("DOCUMENT-UNKNOWN", written, engine, "x" * 43)
    paper = scan(engine)
    refused("FORBIDDEN", written, engine, paper, SPECIALIST)
    refused("FORBIDDEN", written, engine, paper, ELSEWHERE)
    refused("INVALID", written, engine, paper, OFFICER, "")
    assert all_instructions(engine) == []


@pytest.mark.req("R-030")
def test_the_same_document_orders_a_container_once(engine: Engine) -> None:
    paper = scan(engine)
    outcomes = race(engine, lambda: written(engine, paper), lambda: written(engine, paper))
    lost = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
    assert lost == ["INSTRUCTION-TAKEN"]
    assert len(all_instructions(engine)) == 1


@pytest.mark.req("R-030")
def test_a_message_about_the_same_load_joins_the_written_instruction(engine: Engine) -> None:
    paper = scan(engine)
    with desk_of(engine, OFFICER) as desk:
        entry = WrittenEntry(container=CONTAINER, document_no="1", scan=paper, declaration="AABC15ABC00002")
        deciding.write(desk, entry)
    take(engine, "N5116-B.xml")
    take(engine, "N5116-delete.xml")
    assert one(engine).state == "REQUIRED"
    assert worklist(engine) == [("WITHDRAWN_BUT_ORDERED", CONTAINER)]


@pytest.mark.req("R-025")
def test_one_more_seal_after_the_sealing_is_an_officers_word(engine: Engine) -> None:
    take(engine, "N5302-add.xml")
    with desk_of(engine, OFFICER) as desk:
        instructions.fulfil(desk, container=CONTAINER, by="pairing:1")
    take(engine, golden("N5170-B.xml").replace(b"BOOKING-0001", b"BOOKING-0009"))
    with desk_of(engine, OFFICER) as desk:
        (again,) = [row.id for row in reading.worklist(desk, 0, 100, closed=False) if row.reason == "AFTER_SEALING"]
    decide(engine, again, Decision.REQUIRE)
    assert one(engine).state == "REQUIRED"


@pytest.mark.req("R-026", "R-027")
def test_where_nothing_tells_which_leg_was_sealed_an_officer_does(engine: Engine) -> None:
    sealing_room.enter_sites(engine)
    take(engine, "N5166-add.xml")
    take(engine, "N5302-add.xml")
    movement = sealing_room.pair(engine, sealing_room.seal(engine), container=CONTAINER, document="AA  15Z")
    second = all_instructions(engine)[1]
    assert (second.state, worklist(engine)) == ("REQUIRED", [("AMBIGUOUS", CONTAINER)])

    def answer(instruction_id: str, movement_id: str) -> None:
        with desk_of(engine, OFFICER) as desk:
            deciding.answer(desk, instruction_id, movement_id)

    refused("NOT-FOUND", answer, second.id, "none")
    answer(second.id, movement)
    refused("STATE", answer, second.id, movement)
    assert all_instructions(engine)[1].fulfilled_by == f"pairing:{movement}"


@pytest.mark.req("R-025", "R-029")
def test_a_sealing_and_a_message_at_the_same_moment_lose_nothing_of_each_other(engine: Engine) -> None:
    take(engine, "N5170-B.xml")

    def seal() -> None:
        with desk_of(engine, OFFICER) as desk:
            instructions.fulfil(desk, container=CONTAINER, by="pairing:1")

    outcomes = race(engine, seal, lambda: take(engine, "N5204-without-code.xml"))
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    row = one(engine)
    assert (row.state, row.declarations) == ("FULFILLED", ["AA  15ABC00003"])
