"""A seal that cannot be read: scrapped first, then another one in its place, linked and free (R-060, R-063)."""

from __future__ import annotations

import pytest

from cloud.domain.authority import Role
from cloud.registry.desk import Denied
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import pairings
from cloud.store import movements, seals
from cloud.store.engine import reading
from cloud.store.registry import fees as fee_rows
from cloud.store.registry import pairings as rows
from tests.desks import actor, desk_of
from tests.integration.registry.sealing_room import (
    DESTINATION,
    LATER_MS,
    OFFICER,
    ORIGIN,
    SPECIALIST,
    enter_sites,
    order,
    pair,
    put,
    scrap,
    seal,
)
from tests.race import one_wins, race

NUMBER = "AA15110459525700001"


@pytest.fixture
def yard(engine):
    enter_sites(engine)
    return engine


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}")


def replaced(engine, movement, new, who=OFFICER):
    with desk_of(engine, who, LATER_MS) as desk:
        return pairings.replace_seal(desk, movement, new).movement


def found(engine, movement):
    with reading(engine) as connection:
        return rows.find(connection, movement), fee_rows.of_movement(connection, movement)


@pytest.mark.req("R-060", "R-038")
@pytest.mark.parametrize(("kind", "who"), [("E", SPECIALIST), ("E", OFFICER), ("PA", OFFICER)])
def test_another_seal_takes_the_place_of_a_scrapped_one_and_costs_nothing(yard, kind, who) -> None:
    old, new = seal(yard, kind), seal(yard, kind)
    movement = pair(yard, old, who, doors=2)
    with refused("NOT-SCRAPPED"):
        replaced(yard, movement, new, who)
    scrap(yard, old, who)
    again = replaced(yard, movement, new, who)
    row, paid = found(yard, again)
    assert (row.replaces, row.seal_no, row.doors, row.state) == (movement, new, 2, "PAIRED")
    assert [(fee.outcome, fee.reason) for fee in paid] == [("EXEMPT", "REPLACED")]
    row, paid = found(yard, movement)
    assert (row.state, row.movement_state, len(paid)) == ("REPLACED", "CANCELLED", 1)
    with reading(yard) as connection:
        assert seals.find(connection, old).replaced_by == new
        assert {row.id for row in movements.expected_at(connection, ORIGIN, LATER_MS)} == {again}


@pytest.mark.req("R-060", "R-039")
def test_an_order_sent_again_with_another_seal_replaces_the_scrapped_one(yard) -> None:
    old, new = seal(yard), seal(yard)
    put(yard, order(old))
    scrap(yard, old)
    assert not put(yard, order(old))  # the same again changes nothing, whatever became of the seal
    put(yard, order(None), at_ms=LATER_MS)
    put(yard, order(new), at_ms=LATER_MS)
    row, paid = found(yard, f"{NUMBER}-2")
    assert (row.replaces, row.seal_no, [fee.reason for fee in paid]) == (f"{NUMBER}-1", new, ["REPLACED"])
    with reading(yard) as connection:
        assert seals.find(connection, old).replaced_by == new


@pytest.mark.req("R-060")
def test_a_pairing_of_an_order_is_replaced_at_the_desk_and_stays_the_orders(yard) -> None:
    old, new, third = seal(yard), seal(yard), seal(yard)
    put(yard, order(old))
    scrap(yard, old)
    again = replaced(yard, f"{NUMBER}-1", new)
    row, _ = found(yard, again)
    assert (row.transport_order, row.plate) == (NUMBER, "KLA-0001")
    put(yard, order(new), at_ms=LATER_MS)
    row, _ = found(yard, again)
    assert (row.transport_order, row.state) == (NUMBER, "PAIRED")
    with refused("STATE"):
        replaced(yard, f"{NUMBER}-1", third)


@pytest.mark.req("R-060", "R-002")
def test_only_who_may_pair_replaces_and_with_the_same_kind(yard) -> None:
    old = seal(yard)
    movement = pair(yard, old)
    scrap(yard, old)
    spare, paper = seal(yard), seal(yard, "PA")
    for who in (actor(Role.OFFICER, DESTINATION), actor(Role.OPERATOR, ORIGIN)):
        with pytest.raises(Denied):
            replaced(yard, movement, spare, who)
    with refused("SEAL-BLOCK"):
        replaced(yard, movement, paper)


@pytest.mark.req("R-063")
def test_a_scrapped_seal_is_never_paired_again(yard) -> None:
    dead = seal(yard)
    scrap(yard, dead, actor(Role.CENTRE))
    with refused("SEAL-DEAD"):
        pair(yard, dead)
    with refused("SEAL-DEAD"):
        put(yard, order(dead))


@pytest.mark.req("R-060")
def test_of_two_who_replace_the_same_seal_one_wins(yard) -> None:
    old, spares = seal(yard), [seal(yard), seal(yard)]
    movement = pair(yard, old)
    scrap(yard, old)
    one_wins(race(yard, *[lambda new=new: replaced(yard, movement, new) for new in spares]), "STATE", "CONFLICT")
