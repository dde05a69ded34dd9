"""Transport orders as they arrive (R12 as JSON and CSV, N5165 as XML), and what their seals answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloud.registry import orders
from cloud.registry.refusals import Refusal
from cloud.store import movements
from cloud.store import orders as rows
from cloud.store.engine import reading
from cloud.store.registry import messages
from tests.desks import SYSTEM, VAULT, desk_of
from tests.integration.registry import sealing_room
from tests.integration.registry.messages_room import CONTAINER, ORIGIN, golden, one, take, worklist

if TYPE_CHECKING:
    from sqlalchemy import Engine

NUMBER = "AA15110459525700001"
XML_NUMBER = "AA15110459525700002"
SEAL_BLOCK = b'{"type": "5", "number": "KE26A0000001"}'


@pytest.fixture(autouse=True)
def _yard(engine: Engine) -> None:
    sealing_room.enter_sites(engine)
    with desk_of(engine, SYSTEM) as desk:
        seal = sealing_room.stock.SealEntry(seal_no="KE26A0000001", uid="04AA00000001FF", kind="E")
        sealing_room.stock.put_seal(desk, seal)


def order(engine: Engine, number: str = NUMBER) -> tuple[object, list[object]]:
    with reading(engine) as connection:
        return rows.find(connection, number), list(movements.of_order(connection, number))


@pytest.mark.req("R-039")
@pytest.mark.parametrize("name", ["R12.json", "R12.csv"])
def test_an_order_of_r12_is_taken_and_its_e_seal_paired(engine: Engine, name: str) -> None:
    taken = take(engine, name)
    assert (taken.kind, taken.changed.orders, taken.warnings) == ("R12", [NUMBER], [])
    row, (movement,) = order(engine)
    assert (row.origin, row.container, row.plate, row.departs_ms) == (ORIGIN, CONTAINER, "KLA-0001", 1_795_420_800_000)
    assert (movement.seal_no, movement.state) == ("KE26A0000001", "PAIRED")
    assert row.seals == [{"type": "5", "number": "KE26A0000001"}, {"type": "7", "number": "OWN-12345"}]


@pytest.mark.req("R-039")
def test_json_and_csv_say_the_same(engine: Engine) -> None:
    take(engine, "R12.json")
    before = order(engine)
    take(engine, "R12.csv")
    assert order(engine) == before


@pytest.mark.req("R-039")
def test_an_order_as_n5165_pairs_by_the_prefix_and_speaks_its_own_operation_codes(engine: Engine) -> None:
    take(engine, "N5204-B.xml")  # names the declaration that N5165 lacks
    take(engine, "N5165.xml")
    row, (movement,) = order(engine, XML_NUMBER)
    assert movement.seal_no == "KE26A0000001"
    assert row.classes["operation"] == "4"  # export in R12; 2 in N5165
    assert one(engine).state == "FULFILLED"


def test_driver_and_licence_stay_in_the_sealed_message(engine: Engine) -> None:
    taken = take(engine, "R12.json")
    row, _ = order(engine)
    assert "A123456789" not in str(row)
    assert "測試司機" not in str(row)
    with reading(engine) as connection:
        kept = messages.find(connection, taken.id)
    assert kept is not None
    assert b"A123456789" not in bytes(kept.content)
    assert VAULT.open(kept.content, "message.content") == golden("R12.json")


@pytest.mark.req("R-025", "R-039")
def test_an_e_seal_in_the_order_answers_what_was_asked_and_a_cancelled_order_asks_again(engine: Engine) -> None:
    take(engine, "N5204-B.xml")
    take(engine, "R12.json")
    assert (one(engine).state, one(engine).fulfilled_by) == ("FULFILLED", f"pairing:{NUMBER}-1")
    with desk_of(engine, SYSTEM) as desk:
        orders.cancel(desk, NUMBER)
    assert one(engine).state == "REQUIRED"


@pytest.mark.req("R-025")
def test_a_vehicle_unit_seal_answers_as_well(engine: Engine) -> None:
    take(engine, "N5170-B.xml")
    take(engine, golden("R12.json").replace(SEAL_BLOCK, b'{"type": "8", "number": "OBU-1"}'))
    assert (one(engine).state, one(engine).fulfilled_by) == ("FULFILLED", f"order:{NUMBER}")
    with desk_of(engine, SYSTEM) as desk:
        orders.cancel(desk, NUMBER)
    assert one(engine).state == "REQUIRED"


@pytest.mark.req("R-025")
def test_an_order_that_lists_no_seal_where_one_was_asked_for_is_an_officers(engine: Engine) -> None:
    take(engine, "N5170-B.xml")
    take(engine, golden("R12.json").replace(SEAL_BLOCK, b'{"type": "3", "number": "LEAD-1"}'))
    assert one(engine).state == "REQUIRED"
    assert ("SEAL_MISSING", CONTAINER) in worklist(engine)


@pytest.mark.req("R-025")
def test_an_order_for_another_declaration_answers_nothing(engine: Engine) -> None:
    take(engine, "N5116-B.xml")
    take(engine, golden("R12.json").replace(b"BOOKING-0001", b"BILL-9999"))
    assert one(engine).state == "REQUIRED"
    assert worklist(engine) == [("AMBIGUOUS", CONTAINER)]


@pytest.mark.req("R-039")
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"KE26A0000001", b"KE26A9999999", "SEAL-UNISSUED"),
        (b"003B2002", b"003Z9999", "SITE-UNKNOWN"),
        (b'"2026-11-23 T16:00:00"', b'"tomorrow"', "MESSAGE-FIELD"),
        (b'"container": "CSQU3054383",', b"", "MESSAGE-FIELD"),
    ],
)
def test_an_order_that_cannot_be_is_refused_and_nothing_of_its_file_stays(
    engine: Engine, old: bytes, new: bytes, code: str
) -> None:
    good = golden("R12.json").replace(NUMBER.encode(), b"AA15110459525700009").replace(SEAL_BLOCK + b",", b"")
    bad = golden("R12.json").replace(old, new)
    with pytest.raises(Refusal) as refused:
        take(engine, b"[" + good + b"," + bad + b"]")
    assert refused.value.code == code
    assert order(engine, "AA15110459525700009") == (None, [])
    with reading(engine) as connection:
        assert messages.page(connection, 0, 10, None) == []


def test_what_number_message_and_departure_say_of_each_other_only_warns(engine: Engine) -> None:
    other = golden("R12.json").replace(b"04595257202611230001", b"23322709202611230001")
    odd = other.replace(b"2026-11-23 T", b"2026-12-01T")
    assert take(engine, odd.replace(b"CSQU3054383", b"CSQU3054384")).warnings == [
        f"order {NUMBER}: message id of another operator",
        f"order {NUMBER}: departs in another month than its number says",
        "container CSQU3054384 has check digit 4, ISO 6346 says 3",
    ]


@pytest.mark.req("R-047")
def test_a_bonded_unit_stands_for_a_container(engine: Engine) -> None:
    no_container = golden("R12.json").replace(b'"container": "CSQU3054383",', b"")
    bonded = no_container.replace(b'"vehicle_class": "1"', b'"vehicle_class": "2", "unit": "B012"')
    taken = take(engine, bonded.replace(b'"container_type": "22G1",', b""))
    assert taken.warnings == []
    assert order(engine)[0].container == "B012"
