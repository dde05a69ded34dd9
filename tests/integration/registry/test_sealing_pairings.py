"""配櫃(封) by orders and at the desk, on both databases: who may, what it needs, and who is first."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from cloud.domain.authority import Role
from cloud.registry import orders
from cloud.registry.desk import Denied
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import pairings
from cloud.registry.sealing.declared import SealBlock
from cloud.store import dispatches, movements, schema
from cloud.store.engine import reading, writing
from cloud.store.registry import audit
from cloud.store.registry import fees as fee_rows
from cloud.store.registry import pairings as rows
from tests.desks import SYSTEM, actor, desk_of
from tests.integration.registry.sealing_room import (
    CONTAINER,
    DECLARATION,
    DESTINATION,
    LATER_MS,
    OFFICER,
    OPERATOR,
    ORIGIN,
    PAYER,
    SPECIALIST,
    enter_sites,
    entry,
    order,
    pair,
    put,
    seal,
)
from tests.race import one_wins, race

NUMBER = "AA15110459525700001"
TO_MOVEMENT = f"{NUMBER}-1"


@pytest.fixture
def yard(engine):
    enter_sites(engine)
    return engine


def found(engine, movement):
    with reading(engine) as connection:
        return rows.find(connection, movement)


def fees(engine, movement):
    with reading(engine) as connection:
        return [(row.entry, row.outcome, row.reason, row.amount) for row in fee_rows.of_movement(connection, movement)]


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}")


def denied(engine, subject):
    with reading(engine) as connection:
        lines = audit.page(connection, 0, 50, subject=subject, account=None)
        return [row.act for row in lines if row.outcome == "DENIED"]


@pytest.mark.req("R-005", "R-036", "R-033")
@pytest.mark.parametrize("channel", ["SYSTEM", "APP"])
@pytest.mark.parametrize("who", [OFFICER, SPECIALIST], ids=["officer", "specialist"])
def test_both_channels_and_both_kinds_of_people_make_the_same_record_of_an_e_seal(yard, who, channel) -> None:
    number = seal(yard)
    row = found(yard, pair(yard, number, who, channel=channel))
    told = (row.kind, row.seal_no, row.container, row.origin, row.destination, row.document, row.state)
    assert told == ("E", number, CONTAINER, ORIGIN, DESTINATION, DECLARATION, "PAIRED")
    assert (row.movement_state, row.pairing_source, row.account) == ("PAIRED", channel, who.account)
    assert row.position == "RIGHT_INNER_ROD"


@pytest.mark.req("R-005", "R-006")
@pytest.mark.parametrize("role", [Role.OFFICER, Role.SPECIALIST])
def test_nobody_pairs_at_a_site_that_is_not_his(yard, role) -> None:
    number = seal(yard)
    with pytest.raises(Denied):
        pair(yard, number, actor(role, DESTINATION))
    assert denied(yard, f"seal:{number}") == ["PAIR_E"]


@pytest.mark.req("R-037", "R-002")
def test_a_paper_seal_is_paired_by_an_officer_only(yard) -> None:
    number = seal(yard, "PA")
    with pytest.raises(Denied):
        pair(yard, number, SPECIALIST)
    with pytest.raises(Denied):
        pair(yard, number, OPERATOR)
    assert denied(yard, f"seal:{number}") == ["PAIR_PA", "PAIR_PA"]
    assert found(yard, pair(yard, number, OFFICER)).kind == "PA"


@pytest.mark.req("R-039", "R-036")
@pytest.mark.parametrize("who", [SYSTEM, OPERATOR], ids=["system", "operator"])
def test_an_order_with_an_e_seal_pairs_it_from_the_order(yard, who) -> None:
    number = seal(yard)
    assert put(yard, order(number), who)
    row = found(yard, TO_MOVEMENT)
    assert (row.pairing_source, row.document, row.position, row.plate) == ("TO", DECLARATION, None, "KLA-0001")
    assert not put(yard, order(number), who)


@pytest.mark.req("R-040")
def test_an_order_with_a_paper_seal_pairs_nothing_but_joins_what_an_officer_paired(yard) -> None:
    number = seal(yard, "PA")
    put(yard, order(number))
    with reading(yard) as connection:
        assert movements.of_order(connection, NUMBER) == []
    movement = pair(yard, number, OFFICER)
    put(yard, order(number, plate="KLA-0002"))
    row = found(yard, movement)
    assert (row.transport_order, row.plate, row.pairing_source) == (NUMBER, "KLA-0002", "SYSTEM")


@pytest.mark.req("R-036", "R-039")
def test_an_order_that_comes_after_the_desk_joins_its_pairing_and_leaves_it_when_cancelled(yard) -> None:
    number = seal(yard)
    movement = pair(yard, number, SPECIALIST)
    put(yard, order(number))
    assert (found(yard, movement).transport_order, found(yard, movement).plate) == (NUMBER, "KLA-0001")
    with desk_of(yard, SYSTEM) as desk:
        orders.cancel(desk, NUMBER)
    row = found(yard, movement)
    assert (row.transport_order, row.plate, row.state, row.movement_state) == (None, "", "PAIRED", "PAIRED")


@pytest.mark.req("R-036")
def test_a_pairing_names_an_order_of_the_same_load_only(yard) -> None:
    put(yard, order(None))
    assert found(yard, pair(yard, seal(yard), order=NUMBER)).plate == "KLA-0001"
    with refused("ORDER-LOAD"):
        pair(yard, seal(yard), order=NUMBER, container="SEAU0000001")
    with refused("ORDER-LOAD"):
        pair(yard, seal(yard), order="NONE")


@pytest.mark.req("R-033")
def test_neither_order_nor_desk_pairs_without_a_declaration_or_permit(yard) -> None:
    number = seal(yard)
    with refused("USE-RECORD"):
        put(yard, order(number, cargo=[]))
    with refused("USE-RECORD"):
        pair(yard, number, document=None)
    with refused("INVALID"):
        pair(yard, number, document="no such\nnumber")
    with reading(yard) as connection:
        assert connection.scalars(select(schema.transport_order.c.number)).all() == []
        assert connection.scalars(select(schema.fee.c.id)).all() == []


@pytest.mark.req("R-042", "R-038")
def test_one_e_seal_serves_several_doors_for_one_fee(yard) -> None:
    others = [SealBlock(type="2", number="CABLE-1"), SealBlock(type="7", number="OWN-1")]
    movement = pair(yard, seal(yard), doors=3, other_seals=others)
    row = found(yard, movement)
    assert (row.doors, [other["number"] for other in row.other_seals]) == (3, ["CABLE-1", "OWN-1"])
    assert fees(yard, movement) == [("DECISION", "CHARGED", "TARIFF", 250)]
    with refused("UNIT-PAIRED"):
        pair(yard, seal(yard))
    with refused("INVALID: other_seals"):
        pair(yard, seal(yard), container="SEAU0000001", doors=2, other_seals=others)
    with refused("INVALID: other_seals"):
        pair(yard, seal(yard), container="SEAU0000001", doors=2, other_seals=[SealBlock(type="5", number="KE1")])
    with refused("INVALID: other_seals"):
        pair(yard, seal(yard, "PA"), container="SEAU0000001", doors=3, other_seals=others)


@pytest.mark.req("R-047")
def test_a_wrong_check_digit_warns_and_a_bonded_unit_is_not_checked(yard) -> None:
    numbers = [seal(yard) for _ in range(3)]
    with desk_of(yard, OFFICER) as desk:
        assert pairings.pair(desk, entry(numbers[2])).warnings == ()
        doubtful = pairings.pair(desk, entry(numbers[0], container="CSQU3054384")).warnings
        assert "check digit 4" in doubtful[0]
        unit = pairings.pair(desk, entry(numbers[1], container="B123", unit=pairings.Unit.BONDED))
        assert unit.warnings == ()


@pytest.mark.req("R-001", "R-036")
def test_of_two_officers_who_pair_the_same_seal_one_wins(yard) -> None:
    number = seal(yard)
    works = [lambda unit=unit: pair(yard, number, container=unit) for unit in ("CSQU3054383", "SEAU0000001")]
    one_wins(race(yard, *works), "SEAL-PAIRED", "SEAL-STATE", "CONFLICT")
    with reading(yard) as connection:
        assert len(connection.scalars(select(schema.movement.c.id)).all()) == 1
        assert len(connection.scalars(select(schema.fee.c.id)).all()) == 1


@pytest.mark.req("R-001", "R-039")
def test_of_an_order_and_an_officer_at_once_one_pairs_the_seal(yard) -> None:
    number = seal(yard)
    mine = order(number, container="SEAU0000001")
    one_wins(race(yard, lambda: put(yard, mine), lambda: pair(yard, number)), "SEAL-PAIRED", "SEAL-STATE", "CONFLICT")


@pytest.mark.req("R-036", "R-048")
def test_a_cancelled_pairing_frees_its_seal_and_gives_the_charge_back(yard) -> None:
    number = seal(yard)
    movement = pair(yard, number)
    with pytest.raises(Denied), desk_of(yard, actor(Role.OFFICER, DESTINATION)) as desk:
        pairings.cancel(desk, movement)
    with desk_of(yard, OFFICER, LATER_MS) as desk:
        pairings.cancel(desk, movement)
    assert fees(yard, movement)[1] == ("REVERSAL", "CHARGED", "CANCELLED", -250)
    with refused("STATE"), desk_of(yard, OFFICER) as desk:
        pairings.cancel(desk, movement)
    again = pair(yard, number)
    assert (movement, again) == (f"P-{number}-1", f"P-{number}-2")


@pytest.mark.req("R-036")
def test_a_departed_pairing_and_one_made_by_an_order_are_not_cancelled_at_the_desk(yard) -> None:
    movement = pair(yard, seal(yard), container="SEAU0000001")
    with writing(yard) as connection:
        left = update(schema.movement).where(schema.movement.c.id == movement)
        connection.execute(left.values(state="IN_TRANSIT"))
    put(yard, order(seal(yard)))
    for name, code in ((movement, "ORDER-DEPARTED"), (TO_MOVEMENT, "ORDER-PAIRED"), ("NONE", "NOT-FOUND")):
        with refused(code), desk_of(yard, OFFICER) as desk:
            pairings.cancel(desk, name)
    assert found(yard, movement).state == "PAIRED"


@pytest.mark.req("R-039")
def test_another_operators_order_is_not_changed(yard) -> None:
    put(yard, order(None))
    stranger = actor(Role.OPERATOR, DESTINATION)
    with pytest.raises(Denied):
        put(yard, order(None, origin=DESTINATION), stranger)
    with pytest.raises(Denied), desk_of(yard, stranger) as desk:
        orders.cancel(desk, NUMBER)


@pytest.mark.req("R-036")
def test_what_is_paired_at_the_desk_reaches_both_ends(yard) -> None:
    with writing(yard) as connection:
        connection.execute(
            schema.gate.insert(),
            [{"id": f"G-{site}", "site": site, "lanes": ["1"], "enrolled_ms": 0} for site in (ORIGIN, DESTINATION)],
        )
    pair(yard, seal(yard))
    with reading(yard) as connection:
        assert {gate for gate, _ in dispatches.due(connection, LATER_MS, 10)} == {f"G-{ORIGIN}", f"G-{DESTINATION}"}
        assert len(movements.expected_at(connection, ORIGIN, LATER_MS)) == 1


@pytest.mark.req("R-038")
def test_who_pairs_at_the_desk_says_who_pays_unless_it_is_free(yard) -> None:
    with refused("PAYER"):
        pair(yard, seal(yard), payer=None)
    with refused("INVALID"):
        pair(yard, seal(yard), payer="12")
    with refused("EXEMPTION"):
        pair(yard, seal(yard), SPECIALIST, exemption=pairings.Reason.XRAY)
    with refused("EXEMPTION"):
        pair(yard, seal(yard), exemption=pairings.Reason.REPLACED)
    movement = pair(yard, seal(yard), payer=None, exemption=pairings.Reason.XRAY)
    assert fees(yard, movement) == [("DECISION", "EXEMPT", "XRAY", 0)]
    assert NUMBER[6:14] == PAYER
