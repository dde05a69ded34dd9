"""What a sealing costs and who is free of it: openings, the tariff as data, the months of statements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from cloud.domain.authority import Role
from cloud.domain.fees import STATUTE, Rate, Reason, Sealer, in_force, month_of
from cloud.registry import orders
from cloud.registry.desk import Denied
from cloud.registry.fees import statements, tariffs
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import openings, pairings
from cloud.store import movements, schema
from cloud.store.engine import reading, writing
from cloud.store.registry import fees as fee_rows
from cloud.store.registry import pairings as rows
from schemas.messages import SealKind
from tests.desks import NOW_MS, SYSTEM, actor, desk_of
from tests.integration.registry.sealing_room import (
    CENTRE,
    CONTAINER,
    DESTINATION,
    LATER_MS,
    MINUTE_MS,
    OFFICER,
    OPERATOR,
    ORIGIN,
    PAYER,
    SPECIALIST,
    enter_sites,
    order,
    pair,
    put,
    seal,
)
from tests.race import one_wins, race

TO_MOVEMENT = "AA15110459525700001-1"
DAY_MS = 24 * 60 * MINUTE_MS


@pytest.fixture
def yard(engine):
    enter_sites(engine)
    return engine


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}")


def fees(engine, movement):
    with reading(engine) as connection:
        return [(row.outcome, row.reason, row.amount) for row in fee_rows.of_movement(connection, movement)]


def opened(engine, movement, who=OFFICER, **changed):
    wanted = {"movement": movement, "site": ORIGIN, "agency": "CUSTOMS", "reason": "查驗", "opened_ms": NOW_MS}
    with desk_of(engine, who, LATER_MS) as desk:
        return openings.record(desk, openings.OpeningEntry(**wanted | changed))


def rate(engine, amount, from_ms, who=CENTRE):
    wanted = tariffs.RateEntry(
        kind=SealKind.E, sealer=Sealer.CUSTOMS, amount=amount, valid_from_ms=from_ms, source="規費規則修正"
    )
    with desk_of(engine, who) as desk:
        return tariffs.enter(desk, wanted)


@pytest.mark.req("R-038")
def test_every_pairing_has_one_decision_by_who_put_the_seal_on(yard) -> None:
    assert fees(yard, pair(yard, seal(yard), OFFICER, container="SEAU0000001")) == [("CHARGED", "TARIFF", 250)]
    assert fees(yard, pair(yard, seal(yard), SPECIALIST, container="SEAU0000002")) == [("CHARGED", "TARIFF", 200)]
    assert fees(yard, pair(yard, seal(yard, "PA"), OFFICER)) == [("CHARGED", "TARIFF", 250)]
    put(yard, order(seal(yard), container="SEAU0000004"))
    assert fees(yard, TO_MOVEMENT) == [("CHARGED", "TARIFF", 200)]
    with reading(yard) as connection:
        assert fee_rows.of_movement(connection, TO_MOVEMENT)[0].payer == PAYER


@pytest.mark.req("R-042", "R-038")
def test_a_second_paper_seal_of_the_same_unit_and_goods_is_not_charged_again(yard) -> None:
    pair(yard, seal(yard, "PA"), doors=2)
    assert fees(yard, pair(yard, seal(yard, "PA"), doors=2)) == [("EXEMPT", "SAME_UNIT", 0)]


@pytest.mark.req("R-048")
def test_a_new_rate_counts_from_its_day_and_changes_no_earlier_fee(yard) -> None:
    before = pair(yard, seal(yard), container="SEAU0000001")
    number = rate(yard, 300, NOW_MS + DAY_MS)
    same_day = pair(yard, seal(yard), container="SEAU0000002", at_ms=NOW_MS + DAY_MS - 1)
    after = pair(yard, seal(yard), container="SEAU0000003", at_ms=NOW_MS + DAY_MS)
    assert [fees(yard, one)[0][2] for one in (before, same_day, after)] == [250, 250, 300]
    with reading(yard) as connection:
        assert fee_rows.of_movement(connection, before)[0].tariff is None
        assert fee_rows.of_movement(connection, after)[0].tariff == number


@pytest.mark.req("R-048")
def test_rates_are_entered_by_the_centre_before_they_begin_and_once(yard) -> None:
    with pytest.raises(Denied):
        rate(yard, 1, NOW_MS + 1, OFFICER)
    with refused("TARIFF-PAST"):
        rate(yard, 1, NOW_MS - 1)
    with refused("INVALID"):
        rate(yard, -1, NOW_MS + 1)
    rate(yard, 300, NOW_MS + 1)
    with refused("TARIFF-TAKEN"):
        rate(yard, 310, NOW_MS + 1)
    with desk_of(yard, CENTRE) as desk:
        listed = tariffs.listed(desk)
    assert [line.amount for line in listed] == [*(line.amount for line in STATUTE), 300]


@pytest.mark.req("R-012", "R-041")
@pytest.mark.parametrize("agency", [{}, {"agency": "OTHER", "agency_name": "海巡署"}], ids=["customs", "other"])
@pytest.mark.parametrize("kind", ["E", "PA"])
def test_sealing_again_after_an_opening_is_free_with_any_seal(yard, agency, kind) -> None:
    movement = pair(yard, seal(yard))
    number = opened(yard, movement, **agency)
    again = pair(yard, seal(yard, kind), payer=None, opening=number, at_ms=LATER_MS)
    assert fees(yard, again) == [("EXEMPT", "RESEALED", 0)]
    with reading(yard) as connection:
        first = rows.find(connection, movement)
        assert (first.state, first.movement_state) == ("OPENED", "OPENED")
        assert {row.id for row in movements.expected_at(connection, ORIGIN, LATER_MS)} == {again}
    with refused("OPENING-RESEALED"):
        pair(yard, seal(yard, kind), container=CONTAINER, opening=number)
    with refused("OPENING-UNKNOWN"):
        pair(yard, seal(yard, kind), container="SEAU0000001", opening=number)


@pytest.mark.req("R-041", "R-039")
def test_an_order_that_seals_again_what_was_opened_is_free_by_itself_and_other_goods_are_not(yard) -> None:
    put(yard, order(seal(yard)))
    opened(yard, TO_MOVEMENT)
    put(yard, order(seal(yard)), at_ms=LATER_MS)
    assert fees(yard, "AA15110459525700001-2") == [("EXEMPT", "RESEALED", 0)]
    other = order(seal(yard), number="AA15110459525700002", cargo=[orders.CargoLine(document="AA151123000002")])
    put(yard, other, at_ms=LATER_MS)
    assert fees(yard, "AA15110459525700002-1") == [("CHARGED", "TARIFF", 200)]


@pytest.mark.req("R-012")
def test_an_opening_names_agency_time_and_reason_and_is_entered_once_by_an_officer(yard) -> None:
    movement = pair(yard, seal(yard))
    for who in (SPECIALIST, OPERATOR, CENTRE, actor(Role.OFFICER, DESTINATION)):
        with pytest.raises(Denied):
            opened(yard, movement, who)
    with refused("INVALID: agency_name"):
        opened(yard, movement, agency="OTHER")
    for wrong_ms in (NOW_MS - 1, LATER_MS + 1):
        with refused("INVALID: opened"):
            opened(yard, movement, opened_ms=wrong_ms)
    with refused("NOT-FOUND"):
        opened(yard, "NONE")
    one_wins(race(yard, *[lambda: opened(yard, movement)] * 2), "STATE", "CONFLICT")


@pytest.mark.req("R-012")
def test_an_opening_after_arrival_leaves_the_arrival_as_it_was(yard) -> None:
    movement = pair(yard, seal(yard))
    with writing(yard) as connection:
        arrived = update(schema.movement).where(schema.movement.c.id == movement)
        connection.execute(arrived.values(state="ARRIVED", departed_ms=NOW_MS, arrived_ms=NOW_MS))
    opened(yard, movement, actor(Role.OFFICER, DESTINATION), site=DESTINATION)
    with reading(yard) as connection:
        row = rows.find(connection, movement)
    assert (row.state, row.movement_state) == ("OPENED", "ARRIVED")


@pytest.mark.req("R-041")
def test_of_two_who_seal_again_one_is_free_and_the_other_refused(yard) -> None:
    number = opened(yard, pair(yard, seal(yard, "PA")))
    seals = [seal(yard, "PA"), seal(yard, "PA")]
    works = [lambda one=one: pair(yard, one, opening=number, payer=None, at_ms=LATER_MS) for one in seals]
    one_wins(race(yard, *works), "OPENING-RESEALED")


@pytest.mark.req("R-038")
def test_a_statement_has_the_months_fees_of_a_payer_at_ones_own_sites(yard) -> None:
    mine = pair(yard, seal(yard), container="SEAU0000001")
    pair(yard, seal(yard), container="SEAU0000002", payer="12345675")
    pair(yard, seal(yard), container="SEAU0000003", at_ms=NOW_MS + 40 * DAY_MS)
    with desk_of(yard, OPERATOR) as desk:
        listed = statements.listed(desk, 0, 10, month=month_of(NOW_MS), payer=PAYER)
    assert [row.movement for row in listed] == [mine]
    with desk_of(yard, actor(Role.OPERATOR, DESTINATION)) as desk:
        assert statements.listed(desk, 0, 10, month=None, payer=None) == []
    with pytest.raises(Denied), desk_of(yard, SPECIALIST) as desk:
        statements.listed(desk, 0, 10, month=None, payer=None)


@pytest.mark.req("R-038")
def test_the_statement_as_a_file_adds_up_and_gives_back_in_the_month_of_the_cancellation(yard) -> None:
    movement = pair(yard, seal(yard), container="SEAU0000001")
    pair(yard, seal(yard), SPECIALIST, container="SEAU0000002")
    with desk_of(yard, OFFICER, NOW_MS + 40 * DAY_MS) as desk:
        pairings.cancel(desk, movement)
        first = statements.sheet(desk, month_of(NOW_MS), PAYER, str)
        later = statements.sheet(desk, month_of(NOW_MS + 40 * DAY_MS), PAYER, str)
        assert statements.sheet(desk, "2020-01", None, str).rows[-1][-1] == 0
    assert [row[-1] for row in first.rows] == [250, 200, 450]
    assert [row[-3:] for row in later.rows] == [["徵收", "配封取消退還", -250], ["", "", -250]]
    assert all(len(row) == len(first.header) for row in first.rows)


@pytest.mark.req("R-038")
def test_a_changed_order_that_takes_another_seal_is_charged_once_in_the_end(yard) -> None:
    put(yard, order(seal(yard)))
    put(yard, order(seal(yard)), at_ms=LATER_MS)
    with desk_of(yard, SYSTEM, LATER_MS) as desk:
        orders.cancel(desk, "AA15110459525700001")
    amounts = [fee[2] for name in ("1", "2") for fee in fees(yard, f"AA15110459525700001-{name}")]
    assert amounts == [200, -200, 200, -200]


def test_months_are_those_of_taipei() -> None:
    assert month_of(1_764_518_399_999) == "2025-11"  # 2025-11-30T23:59:59.999+08:00 is …T15:59:59.999Z
    assert month_of(1_764_518_400_000) == "2025-12"


@pytest.mark.req("R-048")
@given(begins=st.lists(st.integers(1, 100), unique=True, max_size=6), at_ms=st.integers(0, 120))
def test_the_rate_in_force_is_the_latest_that_had_begun(begins, at_ms) -> None:
    rates = [
        Rate(kind=SealKind.E, sealer=Sealer.CUSTOMS, amount=begin, valid_from_ms=begin, source="", id=number)
        for number, begin in enumerate(begins)
    ]
    expected = max((begin for begin in begins if begin <= at_ms), default=250)
    assert in_force(rates, SealKind.E, Sealer.CUSTOMS, at_ms).amount == expected
    assert in_force(rates, SealKind.PA, Sealer.CUSTOMS, at_ms).amount == 250


def test_every_reason_of_an_exemption_may_be_stored() -> None:
    assert max(len(reason) for reason in Reason) <= schema.fee.c.reason.type.length
    assert set(Reason) > pairings.FREE
