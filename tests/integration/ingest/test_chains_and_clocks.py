"""Chains that end and begin again, gaps wider than one walk, and clocks ahead of ours: on both databases."""

import pytest

from cloud.store import records, schema
from schemas import messages, topics
from schemas.envelope import Typ
from schemas.messages import Operation
from tests import townsfolk
from tests.integration.ingest.test_process_batch import HOUR_MS, MOVEMENT, OUT_MS, SEAL, Story
from tests.townsfolk import MINUTE_MS

YEAR_MS = 365 * 24 * HOUR_MS


@pytest.fixture
def story(engine):
    return Story(engine)


def begin(gate, epoch, last=(0, 0, None)):
    """The gate's chain begins anew with this number; `last` is what it says it follows."""
    gate.epoch, gate.seq, gate.head = epoch, 0, last[2]
    last_epoch, last_seq, last_hash = last
    event = messages.EpochEvent(
        v=1,
        link=gate.link(),
        time=townsfolk.clock_time(OUT_MS),
        cause="CORRUPTION" if last_epoch else "ENROLMENT",
        last_epoch=last_epoch,
        last_seq=last_seq,
        last_hash=last_hash,
    )
    return gate, gate.record(event)


def inspect(story, at_ms, counter):
    return story.origin, story.origin.scan(SEAL, Operation.INSPECT, at_ms, counter)


@pytest.mark.req("R-113")
@pytest.mark.parametrize("whole", [True, False])
def test_a_new_card_whose_clock_was_behind_is_not_taken_for_the_older_chain(story, whole):
    story.send(begin(story.origin, 200), story.depart(counter=5))
    began, later = begin(story.origin, 100), inspect(story, OUT_MS + HOUR_MS, 6)
    story.send(*([began, later] if whole else [later]))
    assert story.status("X-REPLAY") is None
    assert (story.movement.state, story.movement.hold_reason) == ("IN_TRANSIT", None)


@pytest.mark.req("R-113")
def test_an_epoch_that_names_the_one_before_it_is_the_same_chain_whatever_its_clock_says(story):
    story.send(begin(story.origin, 200), story.depart(counter=5))
    last = (200, story.origin.seq, story.origin.head)
    story.send(begin(story.origin, 201, last), inspect(story, OUT_MS - HOUR_MS, 6))
    assert story.status("X-REPLAY") is None
    story.send(inspect(story, OUT_MS - HOUR_MS, 4))
    assert story.status("X-REPLAY") == "CONFIRMED"


@pytest.mark.req("R-113")
def test_a_walk_that_ended_at_its_limit_goes_on_with_the_next_record(story, monkeypatch):
    monkeypatch.setattr(records, "GAP_ROWS_MAX", 3)
    sent = [inspect(story, OUT_MS + n, n + 1) for n in range(12)]
    story.send(*sent[1:10])
    story.send(sent[0])
    assert story.rows(schema.chain)[0].contiguous < 10
    for one in (sent[1], sent[10], sent[11], inspect(story, OUT_MS + 20, 20), inspect(story, OUT_MS + 21, 21)):
        story.send(one)
    (chain,) = story.rows(schema.chain)
    assert (chain.contiguous, chain.highest, chain.head) == (14, 14, story.origin.head)
    assert story.cases == {}


@pytest.mark.req("R-088", "R-114")
def test_one_heartbeat_dated_ahead_blinds_no_gate(story):
    story.beat(story.origin, OUT_MS + YEAR_MS, now_ms=OUT_MS)
    (row,) = story.rows(schema.gate_status)
    assert (row.empty_ms, row.telemetry_ms) == (OUT_MS, OUT_MS + YEAR_MS)
    story.beat(story.origin, OUT_MS + MINUTE_MS, depth=3)
    (row,) = story.rows(schema.gate_status)
    assert (row.empty_ms, row.telemetry_ms, row.backlog) == (OUT_MS, OUT_MS + MINUTE_MS, 3)
    story.beat(story.origin, OUT_MS + 2 * MINUTE_MS)
    assert story.rows(schema.gate_status)[0].empty_ms == OUT_MS + 2 * MINUTE_MS


@pytest.mark.req("R-088")
def test_a_clock_ahead_does_not_vouch_for_a_deadline_to_come(story):
    story.send(story.depart())
    story.beat(story.destination, OUT_MS + YEAR_MS, now_ms=OUT_MS)
    story.watch(story.movement.due_ms)
    assert story.status("S7", MOVEMENT) == "PROVISIONAL"


@pytest.mark.req("R-114")
def test_a_birth_dated_ahead_hides_no_later_death(story):
    gate = story.origin.gate
    for state, boot, at_ms, now_ms in (
        ("ONLINE", "11" * 8, OUT_MS + YEAR_MS, OUT_MS),
        ("OFFLINE", "22" * 8, OUT_MS + MINUTE_MS, OUT_MS + 2 * MINUTE_MS),
    ):
        said = messages.GateState(v=1, gate=gate, boot=boot, state=state, at=townsfolk.moment(at_ms))
        story.tell(topics.state(gate), story.origin.sign(Typ.STATE, said), now_ms)
    assert story.rows(schema.gate_status)[0].state == "OFFLINE"
