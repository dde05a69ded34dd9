"""Goods that a lane holds: once, at once, told to both gates, never blocked and never lost; on both databases."""

import pytest
from sqlalchemy import select

from cloud.domain.authority import Role
from cloud.domain.holds import HoldReason
from cloud.domain.lifecycles.hold import Step
from cloud.flows import dispatch
from cloud.registry import holds
from cloud.registry.desk import at_reading_desk
from cloud.registry.instructions import deciding, reading
from cloud.registry.refusals import Refusal
from cloud.store import board, schema
from cloud.store.engine import reading as reading_from
from cloud.store.engine import writing
from schemas import envelope, messages, topics
from schemas.envelope import Typ
from schemas.messages import Abnormal, Operation, SealKind, Verdict
from tests import dispatching, town
from tests.desks import actor, desk_of
from tests.integration.ingest.test_process_batch import DEADLINE_MS, HOUR_MS, MOVEMENT, SEAL, Story
from tests.race import race
from tests.townsfolk import MINUTE_MS, clock_time, pair

OTHER = town.Seal(number=2)
SEEN_MS = DEADLINE_MS - MINUTE_MS
STOP = messages.Decision(
    verdict=Verdict.STOP, reasons=("HOLD-UNREADABLE",), proof=messages.SealProof.NOT_VERIFIED, manifest=1
)
HERE = actor(Role.OFFICER, town.DESTINATION.code)
THERE = actor(Role.OFFICER, town.ORIGIN.code)
CENTRE = actor(Role.CENTRE)


@pytest.fixture
def story(engine):
    """A seal on its way, and another one that waits with another container."""
    story = Story(engine)
    pair(engine, [OTHER])
    story.send(story.depart())
    return story


def abnormal(gate, *seen, seal=SEAL, at_ms=SEEN_MS, **changed):
    """What a person found at the destination, where the chip does not answer unless a `tag` is given."""
    fields = {"tag": None, "decision": STOP, "abnormal": seen or (Abnormal.UNREADABLE,)}
    return gate, gate.scan(seal, Operation.ABNORMAL_IN, at_ms, 2, **fields | changed)


def held(story, **wanted):
    with at_reading_desk(story.engine, CENTRE, SEEN_MS) as desk:
        return holds.page(desk, 0, 100, holds.Wanted(**wanted))


def lines(story, hold):
    with at_reading_desk(story.engine, CENTRE, SEEN_MS) as desk:
        return [(line.step, line.event_ms, line.note) for line in holds.history(desk, hold.id)]


def tasks(story, who=HERE, *, closed=False):
    with at_reading_desk(story.engine, who, SEEN_MS) as desk:
        return reading.worklist(desk, 0, 100, closed=closed)


@pytest.mark.req("R-068", "R-071")
def test_goods_are_held_when_the_record_is_stored_and_no_paper_is_waited_for(story):
    story.send(abnormal(story.destination), now_ms=SEEN_MS + MINUTE_MS)
    (hold,) = held(story)
    assert (hold.movement, hold.reason, hold.site) == (MOVEMENT, HoldReason.UNREADABLE, town.DESTINATION.code)
    assert (hold.placed_by, hold.state) == (f"gate:{story.destination.gate}", "HELD")
    assert hold.missing == (Step.REPORT, Step.STATEMENT, Step.ID_COPY)
    assert lines(story, hold) == [("PLACE", SEEN_MS, "DEST-01/1/1")]
    assert (story.movement.detained_reason, story.movement.detained_ms) == ("HOLD-UNREADABLE", SEEN_MS + MINUTE_MS)
    assert story.movement.state == "IN_TRANSIT"
    with reading_from(story.engine) as connection:
        assert board.movements(connection, SEEN_MS, 0)[0].hold_reason == "HOLD-UNREADABLE"


@pytest.mark.req("R-068", "R-111")
def test_a_record_that_comes_again_and_again_holds_once(story):
    sent = abnormal(story.destination)
    story.send(sent, sent)
    story.send(sent)
    assert len(held(story)) == 1
    assert len(lines(story, held(story)[0])) == 1
    assert tasks(story) == []


@pytest.mark.req("R-068", "R-111")
def test_both_gates_are_told_within_two_seconds(story):
    told = {}

    def publish(topic, payload, *, retain):
        body = envelope.verify(payload, Typ.MANIFEST, lambda _kid: dispatching.CLOUD.verifying_key)
        told[topic] = envelope.decode(body, messages.Manifest)

    sender = dispatching.sender(publish)
    dispatch.send_due(story.engine, sender, SEEN_MS)
    told.clear()
    story.send(abnormal(story.destination), now_ms=SEEN_MS)
    dispatch.send_due(story.engine, sender, SEEN_MS + 2_000)
    assert set(told) == {topics.manifest(story.origin.gate), topics.manifest(story.destination.gate)}
    for manifest in told.values():
        shown = {one.movement: one.hold for one in manifest.expected}
        assert shown[MOVEMENT].reason == "HOLD-UNREADABLE"
        assert shown[f"{OTHER.order}-1"] is None


@pytest.mark.req("R-068", "R-072")
@pytest.mark.parametrize(
    ("kind", "seen", "reason"),
    [
        ("E", [Abnormal.OTHER, Abnormal.UNSEALED, Abnormal.ALTERED], HoldReason.ALTERED),
        ("E", [Abnormal.UNREADABLE, Abnormal.UNSEALED], HoldReason.UNSEALED),
        ("PA", [Abnormal.OTHER, Abnormal.OPENED], HoldReason.OPENED),
        ("PA", [Abnormal.UNREADABLE], HoldReason.OTHER),  # EPS104 is for that: here it is held, whatever it is
        ("E", [], HoldReason.OTHER),
    ],
)
def test_the_gravest_reason_that_the_kind_of_seal_knows_is_the_holds_and_all_are_told(story, kind, seen, reason):
    with writing(story.engine) as connection:
        connection.execute(schema.movement.update().values(kind=SealKind(kind)))
    gate = story.destination
    story.send(
        (gate, gate.scan(SEAL, Operation.ABNORMAL_IN, SEEN_MS, 2, tag=None, decision=STOP, abnormal=tuple(seen)))
    )
    (hold,) = held(story)
    assert hold.reason == reason
    assert hold.remark.count("；") == max(0, len(seen) - 1)


@pytest.mark.req("R-068")
def test_goods_that_are_held_already_get_a_line_more(story):
    with desk_of(story.engine, HERE, SEEN_MS - HOUR_MS) as desk:
        holds.place(desk, holds.PlaceEntry(movement=MOVEMENT, reason=HoldReason.ALTERED))
    story.send(abnormal(story.destination), abnormal(story.destination, Abnormal.UNSEALED))
    (hold,) = held(story)
    assert [step for step, _, _ in lines(story, hold)] == ["PLACE", "REPORT", "SEEN", "SEEN"]
    assert lines(story, hold)[-1] == ("SEEN", SEEN_MS, "DEST-01/1/2 電子封條未固封")
    assert hold.reason == HoldReason.ALTERED


@pytest.mark.req("R-071")
@pytest.mark.parametrize(("method", "reported"), [("BADGE_PIN", town.OFFICER.staff), ("BADGE", None)])
def test_an_officer_who_proved_who_he_is_knows_of_it(story, method, reported):
    who = messages.Actor(badge_uid=town.OFFICER.badge_uid, staff=town.OFFICER.staff, method=method)
    story.send(abnormal(story.destination, actor=who), now_ms=SEEN_MS)
    (hold,) = held(story)
    assert (hold.officer, hold.reported_ms) == (reported, SEEN_MS if reported else None)


@pytest.mark.req("R-068")
@pytest.mark.parametrize("chip", ["foreign", "none"])
def test_a_container_with_a_seal_that_is_not_its_own_is_found_by_what_a_person_wrote(story, chip):
    tag = messages.Tag(uid="04FFFFFFFFFFFF", chip="OTHER") if chip == "foreign" else None
    written = messages.Written(container=SEAL.container)
    story.send(abnormal(story.destination, tag=tag, movement=None, container=None, written=written))
    assert [hold.movement for hold in held(story)] == [MOVEMENT]


@pytest.mark.req("R-068", "R-054")
def test_where_seal_and_container_are_of_different_goods_those_of_the_seal_are_held_and_an_officer_finds_the_others(
    story,
):
    tag = messages.Tag(uid=SEAL.uid_hex, chip="NTAG424", ndef=SEAL.ndef(2).hex().upper(), seal_no=SEAL.seal_no)
    written = messages.Written(container=OTHER.container)
    story.send(abnormal(story.destination, Abnormal.ALTERED, tag=tag, written=written))
    assert [hold.movement for hold in held(story)] == [MOVEMENT]
    (task,) = tasks(story)
    assert (task.reason, task.container) == ("LANE_ABNORMAL", OTHER.container)
    assert task.detail == f"DEST-01/1/1 CONTAINER-DIFFERS {OTHER.container}, {MOVEMENT}: {SEAL.container}"


@pytest.mark.req("R-068")
def test_what_belongs_to_no_movement_waits_for_an_officer_of_the_site(story):
    written = messages.Written(container="NOWHERE1", plate="KLA-0001")
    sent = abnormal(story.destination, movement=None, container=None, written=written)
    story.send(sent)
    story.send(sent)
    assert held(story) == []
    (task,) = tasks(story)
    assert (task.reason, task.site, task.container) == ("LANE_ABNORMAL", town.DESTINATION.code, "NOWHERE1")
    assert task.message == envelope.fingerprint(sent[1])
    assert task.detail == "DEST-01/1/1 NOT-FOUND NOWHERE1 KLA-0001"
    assert tasks(story, THERE) == []
    with pytest.raises(Refusal, match="FORBIDDEN"), desk_of(story.engine, THERE, SEEN_MS) as desk:
        deciding.decide(desk, task.id, deciding.Decision.NOTED, "已處理")
    with desk_of(story.engine, HERE, SEEN_MS) as desk:
        deciding.decide(desk, task.id, deciding.Decision.NOTED, "已處理")
    assert (tasks(story), len(tasks(story, closed=True))) == ([], 1)


@pytest.mark.req("R-068")
def test_goods_whose_seal_was_opened_on_the_way_wait_for_an_officer(story):
    with writing(story.engine) as connection:
        connection.execute(schema.movement.update().where(schema.movement.c.id == MOVEMENT).values(state="OPENED"))
    story.send(abnormal(story.destination))
    assert held(story) == []
    assert [(task.reason, task.container) for task in tasks(story)] == [("LANE_ABNORMAL", SEAL.container)]


@pytest.mark.req("R-068", "R-111")
@pytest.mark.parametrize(("clock", "again"), [("GNSS", False), ("UNSET", True)])
def test_a_late_record_does_not_hold_again_what_an_officer_has_let_go_since(story, clock, again):
    with desk_of(story.engine, HERE, SEEN_MS + MINUTE_MS) as desk:
        hold = holds.place(desk, holds.PlaceEntry(movement=MOVEMENT, reason=HoldReason.ALTERED))
        holds.lift(desk, hold, "封條完好")
    time = clock_time(SEEN_MS, messages.Quality(clock), 20 if clock == "GNSS" else None)
    story.send(abnormal(story.destination, time=time), now_ms=SEEN_MS + 48 * HOUR_MS)
    assert len(held(story, state="HELD")) == again  # a clock that says nothing proves nothing
    assert len(tasks(story)) == (not again)


@pytest.mark.req("R-068", "R-111")
@pytest.mark.parametrize("round_number", range(3))
def test_a_lane_and_a_desk_that_hold_at_once_place_one_hold_and_neither_is_in_the_others_way(story, round_number):
    sent = [abnormal(story.destination, seal=seal) for seal in (SEAL, OTHER)]

    def by_hand():
        with desk_of(story.engine, HERE, SEEN_MS) as desk:
            return holds.place(desk, holds.PlaceEntry(movement=MOVEMENT, reason=HoldReason.ALTERED))

    at_the_lane, at_the_desk = race(story.engine, lambda: story.send(*sent), by_hand)
    assert at_the_lane.stored == 2
    assert isinstance(at_the_desk, int) or at_the_desk.code == "HELD-ALREADY"
    assert sorted(hold.movement for hold in held(story)) == [MOVEMENT, f"{OTHER.order}-1"]


@pytest.mark.req("R-068", "R-111")
def test_six_records_of_two_movements_in_one_batch_are_two_holds(story):
    told = [abnormal(story.destination, seal=seal, at_ms=SEEN_MS + n) for n in range(3) for seal in (SEAL, OTHER)]
    story.send(*told)
    assert sorted(hold.movement for hold in held(story)) == [MOVEMENT, f"{OTHER.order}-1"]
    with reading_from(story.engine) as connection:
        assert len(connection.execute(select(schema.hold_record)).all()) == 6
