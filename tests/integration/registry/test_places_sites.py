"""Sites between dates and their fences: what was decided by a fence stays decided."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from cloud.domain.authority import Role
from cloud.registry import orders, places
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading, writing
from schemas import geofence, messages
from tests.desks import NOW_MS, SYSTEM, actor, desk_of
from tests.integration.ingest.test_process_batch import HOUR_MS, OUT_MS, Story
from tests.race import race
from tests.town import ORIGIN

CENTRE = actor(Role.CENTRE)
RING = [[121.66, 25.07], [121.67, 25.07], [121.67, 25.08], [121.66, 25.08], [121.66, 25.07]]
FAR = [[121.76, 25.07], [121.77, 25.07], [121.77, 25.08], [121.76, 25.08], [121.76, 25.07]]


def put(engine, who=CENTRE, **changes):
    entry = {"code": "A1", "name_zh": "站", "name_en": "yard", "ring": RING}
    with desk_of(engine, who) as desk:
        return places.put_site(desk, places.SiteEntry(**entry | changes))


def rows(engine, table):
    with reading(engine) as connection:
        return connection.execute(select(table).order_by(*table.primary_key)).all()


@pytest.mark.req("R-052", "R-112")
def test_a_new_polygon_is_a_new_version_and_no_version_is_ever_rewritten(engine) -> None:
    said = (put(engine), put(engine), put(engine, ring=FAR), put(engine, name_en="Yard", ring=FAR))
    assert said == (True, False, False, False)
    assert [(row.version, row.ring) for row in rows(engine, schema.fence)] == [(1, RING), (2, FAR)]
    for change in (update(schema.fence).values(version=9), delete(schema.fence)):
        with pytest.raises(DBAPIError), writing(engine) as connection:
            connection.execute(change)
    assert put(engine, ring=RING) is False
    assert [row.version for row in rows(engine, schema.fence)] == [1, 2, 3]


@pytest.mark.req("R-052", "R-112", "R-117")
def test_a_fence_that_moves_away_changes_no_decision_that_is_past(engine) -> None:
    story = Story(engine)
    story.send(story.depart(), now_ms=OUT_MS + HOUR_MS)
    before, records = story.movement, story.rows(schema.record)
    assert before.state == "IN_TRANSIT"
    with desk_of(engine, SYSTEM, OUT_MS + 2 * HOUR_MS) as desk:
        names = {"code": ORIGIN.code, "name_zh": ORIGIN.name_zh, "name_en": ORIGIN.name_en}
        places.put_site(desk, places.SiteEntry(**names, ring=FAR, fictional=True))
    # the same story is told again, and folded anew with what came before
    story.send(story.arrive(OUT_MS + 3 * HOUR_MS), now_ms=OUT_MS + 3 * HOUR_MS)
    assert story.movement.departed_ms == before.departed_ms
    assert story.movement.state == "ARRIVED"
    assert story.rows(schema.record)[: len(records)] == records


@pytest.mark.req("R-112")
def test_both_versions_of_a_fence_still_judge_as_they_did(engine) -> None:
    put(engine)
    put(engine, ring=FAR)
    fences = [
        geofence.prepare(messages.Fence(version=f"A1/{row.version}", ring=tuple(map(tuple, row.ring))))
        for row in rows(engine, schema.fence)
    ]
    judged = [geofence.judge(fence, 25.075, 121.665, 10.0) for fence in fences]
    assert judged == [geofence.Containment.INSIDE, geofence.Containment.OUTSIDE]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ring": RING[:-1]}, "FENCE"),
        ({"ring": [[181, 25], *RING[1:]]}, "INVALID"),
        ({"code": "a1"}, "INVALID"),
        ({"valid_from_ms": 5, "valid_to_ms": 5}, "VALIDITY"),
    ],
)
def test_what_makes_no_site_is_refused(engine, changes, code) -> None:
    with pytest.raises(Refusal) as refused:
        put(engine, **changes)
    assert (refused.value.code, rows(engine, schema.site)) == (code, [])


@pytest.mark.req("R-015")
def test_nothing_begins_at_a_yard_that_is_closed(engine) -> None:
    put(engine, valid_from_ms=NOW_MS, valid_to_ms=NOW_MS + 10)
    with reading(engine) as connection:
        places.require(connection, "A1")
        for at_ms in (NOW_MS, NOW_MS + 9):
            places.require(connection, "A1", at_ms=at_ms)
        for at_ms in (NOW_MS - 1, NOW_MS + 10):
            with pytest.raises(Refusal, match="SITE-CLOSED"):
                places.require(connection, "A1", at_ms=at_ms)
        with pytest.raises(Refusal, match="SITE-UNKNOWN"):
            places.require(connection, "A1", "B1", at_ms=NOW_MS)


@pytest.mark.req("R-015")
def test_no_order_leads_to_a_yard_that_has_closed_and_one_told_before_may_be_told_again(engine) -> None:
    order = {"origin": "A1", "destination": "B1", "container": "CSQU3054383", "plate": "KLA-0001", "departs_ms": None}

    def told(number, now_ms):
        with desk_of(engine, SYSTEM, now_ms) as desk:
            return orders.put_order(desk, orders.OrderEntry(number=number, seals=(), classes={}, **order))

    put(engine)
    put(engine, code="B1", valid_to_ms=NOW_MS + 10)
    assert told("T1", NOW_MS) is True
    assert told("T1", NOW_MS + 10) is False
    with pytest.raises(Refusal, match="SITE-CLOSED: B1"):
        told("T2", NOW_MS + 10)


def test_the_gates_are_told_of_a_fence_and_not_of_dates(engine) -> None:
    put(engine)
    with writing(engine) as connection:
        connection.execute(schema.gate.insert().values(id="GATE", site="A1", lanes=["1"], enrolled_ms=0))
    put(engine, valid_to_ms=NOW_MS + 10)
    assert rows(engine, schema.dispatch) == []
    put(engine, ring=FAR)
    assert [row.gate for row in rows(engine, schema.dispatch)] == ["GATE"]


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CENTRE, Role.SYSTEM}])
def test_only_the_centre_and_systems_enter_sites(engine, role) -> None:
    with pytest.raises(Refusal, match="FORBIDDEN"):
        put(engine, actor(role, "A1"))
    assert [(row.outcome, row.subject) for row in rows(engine, schema.audit)] == [("DENIED", "site:A1")]


def test_two_polygons_at_once_become_two_versions_or_one_is_told(engine) -> None:
    put(engine)
    wider = [[121.65, 25.07], *RING[1:-1], [121.65, 25.07]]
    outcomes = race(engine, lambda: put(engine, ring=FAR), lambda: put(engine, ring=wider))
    versions = [row.version for row in rows(engine, schema.fence)]
    assert all(one is False or isinstance(one, IntegrityError) for one in outcomes)
    assert versions == list(range(1, 2 + outcomes.count(False)))
    assert rows(engine, schema.site)[0].fence_version == versions[-1]
