"""Reads of seals that are dead (R-063), through ingest and watch: on both databases."""

import pytest
from sqlalchemy import update

from cloud.domain.authority import Role
from cloud.registry import orders, stock
from cloud.registry.sealing import openings
from cloud.registry.stock import scraps
from cloud.store import board, schema
from cloud.store.engine import reading, writing
from cloud.web import wording
from schemas.messages import Decision, Operation, SealProof, Verdict
from tests import town
from tests.desks import actor, desk_of, system_at
from tests.integration.ingest.test_process_batch import DEADLINE_MS, HOUR_MS, MOVEMENT, OUT_MS, SEAL, Story
from tests.townsfolk import MINUTE_MS, START_MS

CODE = "X-SEAL-DEAD"
SPARE = town.Seal(number=2)
AT_ORIGIN = town.ORIGIN.code
STOP = Decision(verdict=Verdict.STOP, reasons=("UNPAIRED",), proof=SealProof.NOT_VERIFIED, manifest=1)
OFFICER = actor(Role.OFFICER, town.ORIGIN.code)


@pytest.fixture
def story(engine):
    """The town with a seal under way to its destination, and another in the stock that is paired with nothing."""
    story = Story(engine)
    with writing(engine) as connection:
        entry = stock.SealEntry(seal_no=SPARE.seal_no, uid=SPARE.uid_hex, kind="E")
        stock.put_seal(system_at(connection, START_MS), entry)
    return story


def scrap(story, seal, at_ms):
    with desk_of(story.engine, OFFICER, at_ms) as desk:
        scraps.scrap(desk, seal.seal_no, "無法讀取")


def tap(story, seal, at_ms, counter, *, gate=None):
    """A read that moves nothing, at the origin unless told otherwise, ready to be sent."""
    gate = gate or story.origin
    return gate, gate.scan(seal, Operation.INSPECT, at_ms, counter, movement=None, container=None, decision=STOP)


@pytest.mark.req("R-063", "R-117")
def test_a_read_of_a_scrapped_seal_that_belongs_to_nothing_is_a_case(story):
    scrap(story, SPARE, OUT_MS)
    story.send(tap(story, SPARE, OUT_MS + HOUR_MS, 1), now_ms=OUT_MS + HOUR_MS)
    row = story.cases[CODE, f"seal:{SPARE.uid_hex}"]
    assert (row.status, row.occurred_ms, row.movement_id) == ("CONFIRMED", OUT_MS + HOUR_MS, None)
    assert (row.inputs["why"], row.inputs["dead_ms"], row.inputs["dead_site"]) == ("SCRAPPED", OUT_MS, AT_ORIGIN)
    assert (row.rule_version, row.limits["reread_ms"]) == (1, 24 * HOUR_MS)
    story.send(tap(story, SPARE, OUT_MS + 2 * HOUR_MS, 2), now_ms=OUT_MS + 2 * HOUR_MS)
    assert [one["count"] for one in map(_named, story.rows(schema.cases))] == [2]


@pytest.mark.req("R-063", "R-111")
def test_a_buffered_read_from_before_the_scrap_is_none(story):
    early = tap(story, SPARE, OUT_MS - MINUTE_MS, 1)
    scrap(story, SPARE, OUT_MS)
    story.send(early, now_ms=OUT_MS + 48 * HOUR_MS)
    assert story.cases == {}
    story.send(tap(story, SPARE, OUT_MS + MINUTE_MS, 2), now_ms=OUT_MS + 48 * HOUR_MS)
    assert [one["count"] for one in map(_named, story.rows(schema.cases))] == [1]


@pytest.mark.req("R-063")
def test_a_scrapped_seal_of_a_pairing_is_a_case_of_it_and_stays_one(story):
    scrap(story, SEAL, OUT_MS)
    story.send(story.depart(OUT_MS + MINUTE_MS), now_ms=OUT_MS + MINUTE_MS)
    assert story.status(CODE) == "CONFIRMED"
    assert story.movement.hold_reason is None  # the scrapped seal can still be replaced
    with writing(story.engine) as connection:
        connection.execute(update(schema.movement).values(due_ms=DEADLINE_MS))
    assert story.watch(DEADLINE_MS) == 1
    assert story.status(CODE) == "CONFIRMED"


@pytest.mark.req("R-063", "R-065")
def test_the_arrival_that_uses_a_seal_up_and_another_tap_there_are_none(story):
    story.send(story.depart(), story.arrive(DEADLINE_MS), now_ms=DEADLINE_MS)
    story.send(tap(story, SEAL, DEADLINE_MS + HOUR_MS, 3, gate=story.destination), now_ms=DEADLINE_MS + HOUR_MS)
    assert story.cases == {}
    story.send(
        tap(story, SEAL, DEADLINE_MS + 25 * HOUR_MS, 4, gate=story.destination), now_ms=DEADLINE_MS + 25 * HOUR_MS
    )
    assert story.cases[CODE, MOVEMENT].inputs["why"] == "USED"


@pytest.mark.req("R-063", "R-111")
def test_a_used_seal_back_at_its_origin_is_one_even_if_it_is_heard_of_first(story):
    story.send(story.depart())
    later = DEADLINE_MS + HOUR_MS
    story.send(tap(story, SEAL, later, 3), now_ms=later)
    assert story.status(CODE) is None
    story.send(story.arrive(DEADLINE_MS), now_ms=later + MINUTE_MS)
    assert story.status(CODE) == "CONFIRMED"


@pytest.mark.req("R-063", "R-012")
def test_a_seal_that_was_opened_on_its_way_is_dead_from_then_on(story):
    story.send(story.depart())
    cut = {
        "movement": MOVEMENT,
        "site": AT_ORIGIN,
        "agency": "CUSTOMS",
        "reason": "查驗",
        "opened_ms": OUT_MS + MINUTE_MS,
    }
    with desk_of(story.engine, OFFICER, OUT_MS + 2 * MINUTE_MS) as desk:
        openings.record(desk, openings.OpeningEntry(**cut))
    story.send(tap(story, SEAL, OUT_MS, 2), now_ms=DEADLINE_MS)
    assert story.cases == {}
    story.send(tap(story, SEAL, DEADLINE_MS, 3), now_ms=DEADLINE_MS)
    assert story.cases[CODE, MOVEMENT].inputs["why"] == "OPENED"


@pytest.mark.req("R-063")
def test_a_seal_whose_order_was_cancelled_is_free_and_alive(story):
    with writing(story.engine) as connection:
        orders.cancel(system_at(connection, OUT_MS), SEAL.order)
    story.send(tap(story, SEAL, DEADLINE_MS, 1), now_ms=DEADLINE_MS)
    assert story.cases == {}


@pytest.mark.req("R-063", "R-115")
def test_the_board_shows_it_in_both_languages(story):
    scrap(story, SPARE, OUT_MS)
    story.send(tap(story, SPARE, OUT_MS + HOUR_MS, 1), now_ms=OUT_MS + HOUR_MS)
    with reading(story.engine) as connection:
        (row,) = board.open_cases(connection)
    assert (row.code, row.subject) == (CODE, f"seal:{SPARE.uid_hex}")
    assert (wording.reason(CODE)[0], wording.severity(CODE)) == ("讀到已報廢或已用畢之封條", "critical")
    assert all(wording.advice(CODE))


def _named(row):
    return row._mapping
