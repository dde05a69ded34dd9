"""ES104 and EPS104: an officer receives a container by hand, and no read that comes later undoes it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from cloud.domain.authority import Role
from cloud.domain.outages import Screen, Shows
from cloud.flows import watch
from cloud.registry.outages import arrivals
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading, writing
from cloud.store.registry import manual_arrivals as rows
from tests.desks import NOW_MS, actor
from tests.integration.ingest.test_process_batch import HOUR_MS, MOVEMENT, OUT_MS, Story
from tests.integration.registry.outage_yard import (
    CENTRE,
    MINUTE_MS,
    OFFICER_A,
    OFFICER_B,
    OPERATOR_B,
    SPECIALIST_B,
    asked,
    at,
    audit,
    declare,
    end,
    movement,
    papers,
    picture,
    receive,
    send,
    yard,
)
from tests.race import one_wins, race
from tests.town import DESTINATION

__all__ = ["yard"]


@pytest.mark.req("R-078", "R-079", "R-081", "R-092")
@pytest.mark.parametrize(("screen", "name"), [("ES104", "M1"), ("EPS104", "M2")])
def test_an_officer_of_the_destination_closes_a_movement_with_an_image(yard, screen, name) -> None:
    photo = picture(yard)
    receive(yard, screen=screen, movement=name, photos=[photo], remark="封條晶片無回應")
    closed = movement(yard, name)
    assert (closed.state, closed.arrived_ms, closed.due_ms) == ("ARRIVED_MANUAL", NOW_MS - MINUTE_MS, NOW_MS)
    with reading(yard) as connection:
        row = rows.find(connection, name)
    assert (row.screen, row.site, row.cause, row.photos, row.account) == (
        screen, "B1", "UNREADABLE", [photo], OFFICER_B.account,
    )  # fmt: skip
    assert asked(yard) == {"GATE-A1", "GATE-B1"}
    assert audit(yard) == [(OFFICER_B.account, "ARRIVAL_MANUAL", f"movement:{name}")]


@pytest.mark.req("R-079", "R-081")
def test_each_screen_offers_and_takes_its_own_kind_of_seal_only(yard) -> None:
    def offered(screen, who=OFFICER_B):
        return [row.id for row in at(yard, who, lambda desk: arrivals.selectable(desk, screen, "", 100))]

    assert (offered(Screen.ES104), offered(Screen.EPS104), offered(Screen.ES104, OFFICER_A)) == (["M1"], ["M2"], [])
    for screen, name in (("ES104", "M2"), ("EPS104", "M1")):
        with pytest.raises(Refusal, match="SCREEN-KIND"):
            receive(yard, screen=screen, movement=name, photos=[picture(yard)])
    receive(yard, photos=[picture(yard)])
    assert offered(Screen.ES104) == []


@pytest.mark.req("R-078")
@pytest.mark.parametrize(
    "who", [OFFICER_A, OPERATOR_B, SPECIALIST_B, CENTRE, actor(Role.CLERK, "B1"), actor(Role.SYSTEM)], ids=str
)
def test_it_is_the_destinations_officer_who_does_it(yard, who) -> None:
    with pytest.raises(Refusal, match="FORBIDDEN"):
        receive(yard, who, photos=[picture(yard)])
    assert (movement(yard).state, audit(yard, "DENIED")) == (
        "IN_TRANSIT", [(who.account, "ARRIVAL_MANUAL", "movement:M1")],
    )  # fmt: skip


@pytest.mark.req("R-078", "R-077")
def test_after_an_outage_the_photos_in_the_inbox_are_image_enough(yard) -> None:
    outage = declare(yard, functions=["ARRIVAL"])
    with pytest.raises(Refusal, match="OUTAGE-ONGOING"):
        receive(yard, cause="OUTAGE", outage=outage)
    end(yard, outage)
    with pytest.raises(Refusal, match="ARRIVAL-IMAGE"):
        receive(yard, cause="OUTAGE", outage=outage)
    sent = {Shows.PHOTO: papers(yard, OPERATOR_B)[Shows.PHOTO]}
    send(yard, OPERATOR_B, side="DESTINATION", site="B1", seal_no="K1", papers=sent)
    with pytest.raises(Refusal, match="ARRIVAL-IMAGE"):
        receive(yard)  # an unreadable seal wants the picture of this arrival
    receive(yard, cause="OUTAGE", outage=outage)
    assert movement(yard).state == "ARRIVED_MANUAL"


@pytest.mark.req("R-073", "R-078")
def test_an_outage_that_was_not_declared_or_was_elsewhere_excuses_nothing(yard) -> None:
    elsewhere = declare(yard, sites=["C1"])
    end(yard, elsewhere)
    for outage, code in ((None, "OUTAGE-UNKNOWN"), (99, "OUTAGE-UNKNOWN"), (elsewhere, "OUTAGE-SCOPE")):
        with pytest.raises(Refusal, match=code):
            receive(yard, cause="OUTAGE", outage=outage, photos=[picture(yard)])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"arrived_ms": NOW_MS + 1}, "ARRIVAL-TIME"),
        ({"arrived_ms": NOW_MS - 91 * MINUTE_MS}, "ARRIVAL-TIME"),
        ({"cause": "BOREDOM"}, "INVALID"),
        ({"outage": 1}, "INVALID"),
        ({"photos": ["x" * 43]}, "DOCUMENT-UNKNOWN"),
        ({"movement": "M9"}, "NOT-FOUND"),
    ],
)
def test_what_does_not_fit_is_refused(yard, changes, code) -> None:
    with pytest.raises(Refusal, match=code):
        receive(yard, **{"photos": [picture(yard)]} | changes)
    assert movement(yard).state == "IN_TRANSIT"


@pytest.mark.req("R-078")
@pytest.mark.parametrize("state", ["ARRIVED", "ARRIVED_MANUAL", "CANCELLED", "OPENED"])
def test_what_has_ended_cannot_be_closed_again(yard, state) -> None:
    with writing(yard) as connection:
        connection.execute(schema.movement.update().where(schema.movement.c.id == "M1").values(state=state))
    with pytest.raises(Refusal, match=f"STATE: the movement is {state}"):
        receive(yard, photos=[picture(yard)])


@pytest.mark.req("R-078")
def test_of_two_officers_at_once_one_closes_it(yard) -> None:
    photo = picture(yard)
    one_wins(race(yard, *[lambda: receive(yard, photos=[photo])] * 2), "CONFLICT", "STATE")


@pytest.mark.req("R-078")
def test_what_was_entered_is_never_rewritten(yard) -> None:
    receive(yard, photos=[picture(yard)])
    with pytest.raises(Exception, match="append-only"), writing(yard) as connection:
        connection.execute(delete(schema.manual_arrival))


OFFICER = actor(Role.OFFICER, DESTINATION.code)
ARRIVED_MS = OUT_MS + HOUR_MS


def close(story) -> None:
    photo = picture(story.engine, OFFICER)
    entry = {"movement": MOVEMENT, "arrived_ms": ARRIVED_MS, "photos": [photo]}
    full = {"screen": "ES104", "cause": "UNREADABLE"} | entry
    at(story.engine, OFFICER, lambda desk: arrivals.enter(desk, arrivals.Arrival(**full)), ARRIVED_MS + MINUTE_MS)


def settled(story):
    row = story.movement
    return row.state, row.arrived_ms


@pytest.mark.req("R-078", "R-067")
def test_no_read_that_comes_later_undoes_what_the_officer_entered(engine) -> None:
    story = Story(engine)
    story.send(story.depart(), now_ms=OUT_MS + MINUTE_MS)
    close(story)
    story.send(story.arrive(ARRIVED_MS + HOUR_MS), now_ms=ARRIVED_MS + 2 * HOUR_MS)
    assert settled(story) == ("ARRIVED_MANUAL", ARRIVED_MS)
    assert story.movement.departed_ms == OUT_MS


@pytest.mark.req("R-078")
def test_a_departure_that_lay_unsent_at_its_gate_counts_and_ends_nothing(engine) -> None:
    story = Story(engine)
    close(story)  # for the cloud it had not even left
    story.send(story.depart(), now_ms=ARRIVED_MS + HOUR_MS)
    assert settled(story) == ("ARRIVED_MANUAL", ARRIVED_MS)
    assert story.movement.departed_ms == OUT_MS


@pytest.mark.req("R-078", "R-088")
def test_silence_about_a_movement_closed_by_hand_is_no_overdue_arrival(engine) -> None:
    story = Story(engine)
    story.send(story.depart(), now_ms=OUT_MS + MINUTE_MS)
    close(story)
    watch.check_due(engine, OUT_MS + 48 * HOUR_MS)
    with reading(engine) as connection:
        codes = list(connection.scalars(select(schema.cases.c.code).where(schema.cases.c.status != "SUPERSEDED")))
    assert codes == []
    assert (settled(story), story.movement.due_ms) == (("ARRIVED_MANUAL", ARRIVED_MS), None)
