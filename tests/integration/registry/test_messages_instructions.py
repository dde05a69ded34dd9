"""What each message of customs does to sealing instructions, alone and together with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloud.domain.instructions import Effect
from cloud.registry.instructions import codes
from tests.desks import desk_of
from tests.integration.registry.messages_room import (
    CENTRE,
    CONTAINER,
    DESTINATION,
    ORIGIN,
    all_instructions,
    golden,
    one,
    take,
    worklist,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine


@pytest.mark.req("R-024")
def test_ex_with_containers_leaves_each_undetermined_on_the_worklist(engine: Engine) -> None:
    take(engine, "N5108-EX.xml")
    assert {row.container: row.state for row in all_instructions(engine)} == {
        CONTAINER: "UNDETERMINED",
        "TASU1170000": "UNDETERMINED",
    }
    assert worklist(engine) == [("EX", CONTAINER), ("EX", "TASU1170000")]


@pytest.mark.req("R-024")
def test_ex_without_containers_is_a_task_of_the_whole_message(engine: Engine) -> None:
    take(engine, "N5108-EX-without-containers.xml")
    assert all_instructions(engine) == []
    assert worklist(engine) == [("EX", "")]


@pytest.mark.req("R-024")
@pytest.mark.parametrize("response", [b"AP", b"RE", b"AK"])
def test_accepted_rejected_and_required_replies_make_no_instruction(engine: Engine, response: bytes) -> None:
    take(engine, golden("N5108-AP.xml").replace(b">AP<", b">" + response + b"<"))
    assert all_instructions(engine) == []
    assert worklist(engine) == []


@pytest.mark.req("R-024")
@pytest.mark.parametrize("response", [b">ZZ<", b"><"])
def test_an_unknown_or_missing_reply_is_an_officers(engine: Engine, response: bytes) -> None:
    take(engine, golden("N5108-AP.xml").replace(b">AP<", response))
    assert worklist(engine) == [("UNKNOWN_RESPONSE", "")]


@pytest.mark.req("R-024", "R-025")
def test_another_message_that_says_b_confirms_what_ex_left_open(engine: Engine) -> None:
    take(engine, "N5108-EX.xml")
    take(engine, "N5170-B.xml")
    row = one(engine)
    assert (row.state, row.basis) == ("REQUIRED", "N5108")
    assert ("EX", CONTAINER) not in worklist(engine)
    assert ("EX", "TASU1170000") in worklist(engine)


@pytest.mark.req("R-025")
def test_b_requires_a_seal_and_any_other_code_goes_to_an_officer(engine: Engine) -> None:
    taken = take(engine, "N5170-B.xml")
    assert {row.container: row.state for row in all_instructions(engine)} == {
        CONTAINER: "REQUIRED",
        "EGHU3156427": "UNDETERMINED",
        "SYNU0008136": "REQUIRED",
    }
    # A beside B stays a question, whatever B says
    assert worklist(engine) == [("UNKNOWN_CODE", "EGHU3156427"), ("UNKNOWN_CODE", "SYNU0008136")]
    assert taken.warnings == ["container SYNU0008136 has check digit 6, ISO 6346 says 9"]


@pytest.mark.req("R-025")
def test_a_consignment_without_its_code_is_undetermined_not_silent(engine: Engine) -> None:
    step = b"<GovernmentProcedure><CurrentCode>B</CurrentCode></GovernmentProcedure>"
    code = b"<GovernmentAgencyGoodsItem>" + step + b"</GovernmentAgencyGoodsItem>"
    take(engine, golden("N5170-B.xml").replace(code, b"", 1))
    assert one(engine).state == "UNDETERMINED"
    assert ("CODE_MISSING", CONTAINER) in worklist(engine)


@pytest.mark.req("R-025", "R-029")
@pytest.mark.parametrize(
    "order", [("N5170-B.xml", "N5204-without-code.xml"), ("N5204-without-code.xml", "N5170-B.xml")]
)
def test_route_and_declaration_come_by_joining_in_either_order(engine: Engine, order: tuple[str, str]) -> None:
    for name in order:
        take(engine, name)
    row = one(engine)
    assert (row.state, row.declarations, row.origin) == ("REQUIRED", ["AA  15ABC00003"], ORIGIN)


@pytest.mark.req("R-026")
def test_a_list_requires_seals_and_keeps_the_original_ones(engine: Engine) -> None:
    take(engine, "N5166-add.xml")
    row = one(engine)
    assert (row.state, row.origin, row.destination) == ("REQUIRED", "KELW190W", ORIGIN)
    assert (row.seals, row.size_type) == (["OWN-12345", "CUS-67890"], "45R1")
    assert len(all_instructions(engine)) == 1


@pytest.mark.req("R-026")
def test_a_replaced_list_without_b_puts_the_container_before_an_officer(engine: Engine) -> None:
    take(engine, "N5166-add.xml")
    changed = take(engine, "N5166-replace-without-B.xml").changed
    assert len(changed.doubted) == 1
    assert one(engine).state == "UNDETERMINED"
    assert worklist(engine) == [("NOT_REPEATED", CONTAINER)]


@pytest.mark.req("R-026")
def test_a_replaced_list_that_repeats_b_changes_nothing(engine: Engine) -> None:
    take(engine, "N5166-add.xml")
    take(engine, golden("N5166-add.xml").replace(b"<FunctionCode>9", b"<FunctionCode>5"))
    assert one(engine).state == "REQUIRED"
    assert worklist(engine) == []


@pytest.mark.req("R-026")
def test_a_deleted_list_withdraws_the_containers_it_names(engine: Engine) -> None:
    take(engine, "N5166-add.xml")
    take(engine, "N5166-delete.xml")
    assert one(engine).state == "WITHDRAWN"
    assert worklist(engine) == []


@pytest.mark.req("R-027")
def test_a_permit_brings_route_and_number_at_once(engine: Engine) -> None:
    take(engine, "N5302-add.xml")
    row = one(engine)
    assert (row.state, row.permits) == ("REQUIRED", ["AA  15ABC00001"])
    # the consignment's own LoadingLocation is a foreign port
    assert (row.origin, row.destination) == (ORIGIN, DESTINATION)


@pytest.mark.req("R-027")
def test_a_deleted_permit_withdraws_what_rests_on_it_alone(engine: Engine) -> None:
    take(engine, "N5302-add.xml")
    take(engine, "N5302-delete.xml")
    assert one(engine).state == "WITHDRAWN"


@pytest.mark.req("R-027", "R-025")
def test_what_another_message_asks_as_well_outlives_a_deleted_permit(engine: Engine) -> None:
    also = golden("N5170-B.xml").replace(b"BOOKING-0001", b"BOOKING-0009")
    take(engine, also)
    take(engine, "N5302-add.xml")
    take(engine, "N5302-delete.xml")
    row = one(engine)
    assert (row.state, row.permits, row.origin) == ("REQUIRED", [], "")


@pytest.mark.req("R-027")
def test_a_deletion_before_its_permit_is_seen_and_prevents_nothing(engine: Engine) -> None:
    take(engine, "N5302-delete.xml")
    assert worklist(engine) == [("DELETE_WITHOUT_ADD", "")]
    take(engine, "N5302-add.xml")
    assert one(engine).state == "REQUIRED"


@pytest.mark.req("R-026", "R-027")
def test_berth_to_yard_and_yard_to_yard_are_two_sealings(engine: Engine) -> None:
    take(engine, "N5166-add.xml")
    take(engine, "N5302-add.xml")
    assert [(row.origin, row.destination) for row in all_instructions(engine)] == [
        ("KELW190W", ORIGIN),
        (ORIGIN, DESTINATION),
    ]


@pytest.mark.req("R-028")
def test_an_import_release_with_b_asks_under_its_declaration(engine: Engine) -> None:
    take(engine, "N5116-B.xml")
    row = one(engine)
    assert (row.state, row.declarations) == ("REQUIRED", ["AABC15ABC00002"])
    assert (row.origin, row.destination) == (ORIGIN, DESTINATION)
    take(engine, "N5116-delete.xml")
    assert one(engine).state == "WITHDRAWN"


@pytest.mark.req("R-028")
def test_two_codes_in_one_field_are_not_split(engine: Engine) -> None:
    take(engine, "N5116-two-codes-in-one-field.xml")
    assert one(engine).state == "UNDETERMINED"
    assert worklist(engine) == [("UNKNOWN_CODE", CONTAINER)]


@pytest.mark.req("R-028")
@pytest.mark.parametrize(
    ("effect", "states"),
    [(None, []), (Effect.NONE, []), (Effect.OFFICER, ["UNDETERMINED"]), (Effect.SEAL, ["REQUIRED"])],
)
def test_release_conditions_count_only_as_they_are_loaded(
    engine: Engine, effect: Effect | None, states: list[str]
) -> None:
    if effect is not None:
        with desk_of(engine, CENTRE) as desk:
            codes.load(desk, codes.CodeEntry(list="025", code="4", effect=effect, meaning="驗放案件"))
    take(engine, "N5116-condition-only.xml")
    assert [row.state for row in all_instructions(engine)] == states


@pytest.mark.req("R-029")
def test_an_export_release_without_b_ends_nothing_that_another_message_began(engine: Engine) -> None:
    take(engine, "N5108-EX.xml")
    take(engine, "N5204-without-code.xml")
    row = one(engine)
    assert (row.state, row.declarations) == ("UNDETERMINED", ["AA  15ABC00003"])


@pytest.mark.req("R-029")
def test_an_export_release_with_b_asks_under_its_declaration(engine: Engine) -> None:
    take(engine, "N5204-B.xml")
    row = one(engine)
    assert (row.state, row.declarations, row.origin, row.destination) == ("REQUIRED", ["AA  15ABC00003"], ORIGIN, "")


@pytest.mark.req("R-029")
def test_a_changed_declaration_is_linked_to_what_was_asked_under_the_old_one(engine: Engine) -> None:
    take(engine, "N5204-B.xml")
    take(engine, "N5204-declaration-changed.xml")
    assert one(engine).declarations == ["AA  15ABC00009"]


@pytest.mark.req("R-025")
def test_a_code_that_is_loaded_later_does_what_was_loaded(engine: Engine) -> None:
    with desk_of(engine, CENTRE) as desk:
        codes.load(desk, codes.CodeEntry(list="062", code="A", effect=Effect.NONE, meaning="儀器查驗"))
    take(engine, "N5170-B.xml")
    assert [row.container for row in all_instructions(engine)] == [CONTAINER, "SYNU0008136"]
    assert worklist(engine) == []


@pytest.mark.req("R-024")
def test_kinds_without_containers_are_an_officers_and_the_list_of_kinds_is_data(engine: Engine) -> None:
    take(engine, "N5107.xml")
    assert worklist(engine) == [("NOTICE", "")]
    with desk_of(engine, CENTRE) as desk:
        codes.load(desk, codes.CodeEntry(list="MSG", code="N5999", effect=Effect.OFFICER, meaning="另種通知"))
    take(engine, golden("N5107.xml").replace(b"N5107", b"N5999"))
    assert worklist(engine) == [("NOTICE", ""), ("NOTICE", "")]


@pytest.mark.req("R-025", "R-026", "R-027")
def test_the_same_message_twice_changes_nothing(engine: Engine) -> None:
    for name in ("N5170-B.xml", "N5166-add.xml", "N5302-add.xml", "N5108-EX.xml"):
        first = take(engine, name)
        before = (all_instructions(engine), worklist(engine))
        again = take(engine, golden(name).replace(b"\n", b"\r\n"))  # the same words in other bytes
        assert (first.new, again.new, again.id) == (True, False, first.id)
        assert (all_instructions(engine), worklist(engine)) == before


@pytest.mark.req("R-027")
def test_a_withdrawn_message_that_comes_again_is_an_officers(engine: Engine) -> None:
    take(engine, "N5302-add.xml")
    take(engine, "N5302-delete.xml")
    for _ in range(2):
        assert not take(engine, "N5302-add.xml").new
    assert one(engine).state == "WITHDRAWN"
    assert worklist(engine) == [("REPEATED", "")]


@pytest.mark.req("R-025")
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"N5170:R-01-00", b"N5170:R-02-00", "UNKNOWN_VERSION"),
        (b"<Carrier>", b"<tw_CurrentCode>B</tw_CurrentCode><Carrier>", "CODE_ELSEWHERE"),
        (b"CSQU3054383", b"CSQU3054383-??-", "NO_CONTAINER"),
        (b"<ID>CSQU3054383</ID>", b"", "NO_CONTAINER"),
    ],
)
def test_what_the_importer_cannot_place_is_never_silence(engine: Engine, old: bytes, new: bytes, reason: str) -> None:
    take(engine, golden("N5170-B.xml").replace(old, new))
    assert (reason, "") in worklist(engine)


@pytest.mark.req("R-027")
def test_an_unknown_function_makes_nothing_more_than_undetermined(engine: Engine) -> None:
    take(engine, golden("N5302-add.xml").replace(b"<FunctionCode>9", b"<FunctionCode>5"))
    assert one(engine).state == "UNDETERMINED"
    assert worklist(engine) == [("UNKNOWN_FUNCTION", CONTAINER), ("UNKNOWN_FUNCTION", "")]


@pytest.mark.req("R-025")
def test_another_container_of_the_same_booking_is_not_joined(engine: Engine) -> None:
    take(engine, "N5170-B.xml")
    take(engine, golden("N5204-B.xml").replace(b"CSQU", b"MSKU"))
    assert one(engine).declarations == []


@pytest.mark.req("R-025")
def test_an_import_and_an_export_on_the_same_call_are_not_joined(engine: Engine) -> None:
    take(engine, "N5170-B.xml")  # export by 15A123
    inward = golden("N5116-B.xml").replace(b"15B777", b"15A123")
    take(engine, inward)
    assert [(row.basis, row.declarations) for row in all_instructions(engine) if row.container == CONTAINER] == [
        ("N5116", ["AABC15ABC00002"]),
        ("N5170", []),
    ]
