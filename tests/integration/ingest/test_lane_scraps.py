"""Seals that a lane scraps at departure, because they cannot be read: on both databases."""

import pytest
from sqlalchemy import update

from cloud.domain.authority import Role
from cloud.registry import stock
from cloud.registry.desk import at_reading_desk
from cloud.registry.instructions import reading
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import pairings
from cloud.registry.stock import scraps, seals
from cloud.store import movements, schema
from cloud.store.engine import reading as reading_from
from cloud.store.engine import writing
from schemas import messages
from schemas.messages import Operation, Verdict
from tests import town
from tests.desks import actor, desk_of, system_at
from tests.integration.ingest.test_process_batch import HOUR_MS, MOVEMENT, OUT_MS, SEAL, Story
from tests.townsfolk import MINUTE_MS, START_MS

SPARE, ELSEWHERE = town.Seal(number=2), town.Seal(number=3)
REFER = messages.Decision(
    verdict=Verdict.REFER, reasons=("SCRAPPED",), proof=messages.SealProof.NOT_VERIFIED, manifest=1
)
HERE, THERE = actor(Role.OFFICER, town.ORIGIN.code), actor(Role.OFFICER, town.DESTINATION.code)
LATER_MS = OUT_MS + 5 * HOUR_MS


@pytest.fixture
def story(engine):
    """A seal that waits at its origin, one in that yard's stock, and one in another's."""
    story = Story(engine)
    with writing(engine) as connection:
        for seal, site in ((SPARE, town.ORIGIN), (ELSEWHERE, town.DESTINATION)):
            entry = stock.SealEntry(seal_no=seal.seal_no, uid=seal.uid_hex, kind="E")
            stock.put_seal(system_at(connection, START_MS), entry)
            of_site = update(schema.seal).where(schema.seal.c.seal_no == seal.seal_no)
            connection.execute(of_site.values(site=site.code))
    return story


def scrap(story, seal=SEAL, at_ms=OUT_MS, *, gate=None, **changed):
    """A record of a seal whose chip does not answer at departure."""
    gate = gate or story.origin
    fields = {"tag": None, "decision": REFER, "grounds": "SEAL-FORM"}
    return gate, gate.scan(seal, Operation.SCRAP, at_ms, 0, **fields | changed)


def by_number(seal):
    return {"movement": None, "container": None, "written": messages.Written(seal_no=seal.seal_no)}


def state(story, seal):
    with reading_from(story.engine) as connection:
        return connection.execute(schema.seal.select().where(schema.seal.c.seal_no == seal.seal_no)).one().state


def steps(story, seal):
    with at_reading_desk(story.engine, actor(Role.CENTRE), OUT_MS) as desk:
        return [row for row in seals.steps(desk, seal.seal_no) if row.step == "SCRAP"]


def tasks(story, who=HERE):
    with at_reading_desk(story.engine, who, OUT_MS) as desk:
        return [(task.reason, task.detail) for task in reading.worklist(desk, 0, 100, closed=False)]


@pytest.mark.req("R-060")
def test_the_register_says_why_who_when_and_by_which_record_and_the_pairing_waits_for_another_seal(story):
    sent = scrap(story)
    story.send(sent, now_ms=LATER_MS)
    story.send(sent, now_ms=LATER_MS)
    assert (state(story, SEAL), story.movement.state) == ("SCRAPPED", "PAIRED")
    (step,) = steps(story, SEAL)
    assert step.detail == {"reason": "封條內容不符", "record": "ORIGIN-01/1/1", "staff": town.OFFICER.staff}
    assert (step.account, step.site) == ("gate:ORIGIN-01", town.ORIGIN.code)
    assert (step.at_ms, step.event_ms) == (LATER_MS, OUT_MS)
    with reading_from(story.engine) as connection:  # a dead seal departs no more: no gate expects it
        assert movements.expected_at(connection, town.ORIGIN.code, LATER_MS) == []
    with desk_of(story.engine, HERE, LATER_MS) as desk:
        again = pairings.replace_seal(desk, MOVEMENT, SPARE.seal_no)
    with reading_from(story.engine) as connection:
        assert movements.find(connection, again.movement).seal_no == SPARE.seal_no


@pytest.mark.req("R-060")
@pytest.mark.parametrize(
    ("grounds", "reason"), [("GROUNDS-OF-A-NEWER-GATE", "GROUNDS-OF-A-NEWER-GATE"), (None, "車道無法讀取")]
)
def test_grounds_that_are_not_known_here_stand_as_they_came(story, grounds, reason):
    story.send(scrap(story, grounds=grounds))
    assert [step.detail["reason"] for step in steps(story, SEAL)] == [reason]


@pytest.mark.req("R-063")
def test_it_never_comes_back(story):
    story.send(scrap(story))
    with pytest.raises(Refusal, match="STATE"), desk_of(story.engine, HERE, LATER_MS) as desk:
        scraps.scrap(desk, SEAL.seal_no, "再次")
    story.send(story.depart(OUT_MS + HOUR_MS), now_ms=LATER_MS)
    assert story.status("X-SEAL-DEAD") == "CONFIRMED"


@pytest.mark.req("R-063", "R-111")
def test_the_seal_is_dead_from_when_it_was_scrapped_at_the_lane_and_not_from_when_that_was_heard_of(story):
    tap = {"movement": None, "container": None, "decision": REFER}
    later = story.destination.scan(SEAL, Operation.INSPECT, OUT_MS + HOUR_MS, 1, **tap)
    story.send((story.destination, later), now_ms=OUT_MS + HOUR_MS)
    assert story.status("X-SEAL-DEAD") is None
    story.send(scrap(story), now_ms=LATER_MS)
    assert story.status("X-SEAL-DEAD") == "CONFIRMED"
    assert story.cases["X-SEAL-DEAD", MOVEMENT].inputs["dead_ms"] == OUT_MS


@pytest.mark.req("R-060")
def test_a_seal_of_the_yards_own_stock_is_scrapped_by_its_number(story):
    story.send(scrap(story, SPARE, **by_number(SPARE)))
    assert state(story, SPARE) == "SCRAPPED"
    assert tasks(story) == []


@pytest.mark.req("R-060")
def test_one_that_a_person_has_scrapped_already_stays_as_it_is(story):
    with desk_of(story.engine, HERE, OUT_MS) as desk:
        scraps.scrap(desk, SEAL.seal_no, "無法讀取")
    story.send(scrap(story, at_ms=OUT_MS + MINUTE_MS))
    assert [step.detail["reason"] for step in steps(story, SEAL)] == ["無法讀取"]
    assert tasks(story) == []


@pytest.mark.req("R-060")
@pytest.mark.parametrize(
    ("said", "why"),
    [
        (by_number(town.Seal(number=99)), f"NOT-FOUND {town.Seal(number=99).seal_no}"),
        ({"movement": None, "container": None}, "NOT-FOUND seal: —"),
        (
            {"written": messages.Written(seal_no=SPARE.seal_no)},
            f"NOT-FOUND seal: {SEAL.seal_no}, {SPARE.seal_no}",
        ),  # movement and number name two
        (by_number(ELSEWHERE), f"FORBIDDEN {ELSEWHERE.seal_no} is not of {town.ORIGIN.code}"),
    ],
)
def test_what_is_not_clear_is_scrapped_by_nobody_and_waits_for_an_officer(story, said, why):
    story.send(scrap(story, **said))
    assert {state(story, seal) for seal in (SEAL, SPARE, ELSEWHERE)} == {"ISSUED"}
    assert tasks(story) == [("LANE_SCRAP", f"ORIGIN-01/1/1 {why}")]
    assert tasks(story, THERE) == []


@pytest.mark.req("R-060")
def test_a_seal_that_has_departed_is_not_scrapped_at_departure(story):
    story.send(story.depart())
    story.send(scrap(story, at_ms=OUT_MS + MINUTE_MS), now_ms=LATER_MS)
    assert state(story, SEAL) == "ISSUED"
    assert [reason for reason, _ in tasks(story)] == ["LANE_SCRAP"]


@pytest.mark.req("R-060")
def test_a_record_from_the_destination_scraps_no_seal_that_waits_at_its_origin(story):
    story.send(scrap(story, gate=story.destination))
    assert state(story, SEAL) == "ISSUED"
    assert [reason for reason, _ in tasks(story, THERE)] == ["LANE_SCRAP"]
