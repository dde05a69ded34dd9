"""Cases without a picture of our own: on day 20 a warning, on day 25 the order to extend, kept by then until day 90."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from cloud.domain.authority import Role
from cloud.domain.footage import DAY_MS, SIDES, Stage, stage
from cloud.registry import footage
from cloud.registry.desk import at_reading_desk
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import writing
from tests.desks import NOW_MS, actor, desk_of
from tests.integration.registry.test_custody_holds import OFFICER, OPERATOR, yard
from tests.race import one_wins, race

__all__ = ["yard"]

ORIGIN_OFFICER, CENTRE = actor(Role.OFFICER, "A1"), actor(Role.CENTRE)


def case(engine, code="S3", movement="M1", **changed):
    row = {"code": code, "subject": movement, "movement_id": movement, "status": "CONFIRMED", "occurred_ms": NOW_MS}
    row |= {"detected_ms": NOW_MS, "rule_version": 1, "inputs": {}, "limits": {}}
    with writing(engine) as connection:
        return connection.execute(insert(schema.cases).values(row | changed).returning(schema.cases.c.id)).scalar_one()


def pictured(engine, site, movement="M1", number=1):
    with writing(engine) as connection:
        read = {"gate": f"G{site}", "site": site, "epoch": 1, "seq": number, "hash": "h" * 43, "kind": "SCAN"}
        read |= {"event_ms": 1, "record_ms": 1, "movement_id": movement, "jws": b"x"}
        record = connection.execute(insert(schema.record).values(read).returning(schema.record.c.id)).scalar_one()
        named = {"sha256": f"p{number}", "gate": f"G{site}"}
        connection.execute(insert(schema.record_photo).values(named | {"record_id": record}))
        connection.execute(insert(schema.photo).values(named | {"size": 1, "received_ms": 1, "path": "x"}))


def listed(engine, day, who=CENTRE):
    with at_reading_desk(engine, who, NOW_MS + day * DAY_MS) as desk:
        return [(one.id, one.stage) for one in footage.listed(desk, 0, 10)]


def order(engine, number, day=25, who=OFFICER):
    with desk_of(engine, who, NOW_MS + day * DAY_MS) as desk:
        footage.order(desk, footage.FootageOrder(case=number, number="基普緝字第9號"))


@pytest.mark.parametrize(
    ("age_ms", "ordered", "expected"),
    [
        (20 * DAY_MS - 1, False, None),
        (20 * DAY_MS, False, Stage.WARN),
        (25 * DAY_MS - 1, False, Stage.WARN),
        (25 * DAY_MS, False, Stage.DRAFT),
        (30 * DAY_MS - 1, False, Stage.DRAFT),
        (30 * DAY_MS, False, Stage.OVER),
        (0, True, Stage.ORDERED),
        (90 * DAY_MS - 1, True, Stage.ORDERED),
        (90 * DAY_MS, True, None),
    ],
)
def test_the_days_of_footage(age_ms, ordered, expected) -> None:
    assert stage(NOW_MS, NOW_MS + age_ms, ordered=ordered) == expected


@pytest.mark.req("R-099")
def test_a_case_without_a_picture_warns_and_drafts_the_order(yard) -> None:
    number = case(yard)
    assert [listed(yard, day) for day in (19, 20, 25, 30)] == [
        [],
        [(number, Stage.WARN)],
        [(number, Stage.DRAFT)],
        [(number, Stage.OVER)],
    ]
    with at_reading_desk(yard, OFFICER, NOW_MS + 25 * DAY_MS) as desk:
        (one,) = footage.listed(desk, 0, 10)
    assert "民國114年11月25日監視系統影像至民國115年2月23日" in one.draft
    assert "CSQU3054383" in one.draft


@pytest.mark.req("R-099")
@pytest.mark.parametrize("code", sorted(SIDES))
def test_the_picture_of_the_side_that_the_anomaly_asks_for_ends_it(yard, code) -> None:
    number = case(yard, code)
    side, other = ("A1", "B1") if SIDES[code] == "ORIGIN" else ("B1", "A1")
    pictured(yard, other, number=1)
    assert listed(yard, 25) == [(number, Stage.DRAFT)]
    assert listed(yard, 25, actor(Role.OFFICER, other)) == []
    assert listed(yard, 25, actor(Role.OFFICER, side)) == [(number, Stage.DRAFT)]
    pictured(yard, side, number=2)
    assert listed(yard, 25) == []


def test_what_is_closed_refuted_or_seen_by_hand_needs_none(yard) -> None:
    case(yard, "S3", closed_ms=NOW_MS)
    case(yard, "S7", status="AUTO_REFUTED")
    number = case(yard, "S8")
    assert listed(yard, 25) == [(number, Stage.DRAFT)]
    entry = {"movement": "M1", "screen": "ES104", "site": "B1", "cause": "UNREADABLE", "arrived_ms": 1}
    entry |= {"photos": ["x"], "remark": "", "account": "officer", "at_ms": 1}
    with writing(yard) as connection:
        connection.execute(insert(schema.manual_arrival).values(entry))
    assert listed(yard, 25) == []


def test_an_order_keeps_the_footage_and_is_given_once_by_an_officer_there(yard) -> None:
    number = case(yard)
    for who in (OPERATOR, ORIGIN_OFFICER):
        with pytest.raises(Refusal, match="FORBIDDEN"):
            order(yard, number, who=who)
    one_wins(race(yard, lambda: order(yard, number), lambda: order(yard, number, who=CENTRE)), "CONFLICT")
    assert [listed(yard, day) for day in (25, 89, 90)] == [[(number, Stage.ORDERED)]] * 2 + [[]]
    late = case(yard, "S8")
    with pytest.raises(Refusal, match="FOOTAGE-OVER"):
        order(yard, late, day=30)
    with writing(yard) as connection:
        connection.execute(update(schema.cases).values(closed_ms=NOW_MS))
    with pytest.raises(Refusal, match="NOT-FOUND"):
        order(yard, late)
