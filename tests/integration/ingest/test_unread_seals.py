"""Records of seals that could not be read, and of what was done without the papers: on both databases."""

import itertools

import pytest
from sqlalchemy import select

from cloud.registry.stock import scraps
from cloud.store import schema
from cloud.store.engine import reading
from schemas import messages
from schemas.messages import Operation, Verdict
from tests import town
from tests.desks import desk_of
from tests.integration.ingest.test_dead_seals import OFFICER
from tests.integration.ingest.test_process_batch import DEADLINE_MS, HOUR_MS, MOVEMENT, OUT_MS, OVERDUE_MS, SEAL, Story
from tests.townsfolk import MINUTE_MS, pair

OTHER = town.Seal(number=2)
STOP = messages.Decision(
    verdict=Verdict.STOP, reasons=("HOLD-UNREADABLE",), proof=messages.SealProof.NOT_VERIFIED, manifest=1
)
REFER = messages.Decision(
    verdict=Verdict.REFER, reasons=("READ-CONFIRMED",), proof=messages.SealProof.NOT_VERIFIED, manifest=1
)
GREEN = messages.Decision(verdict=Verdict.GO, reasons=("ARRIVED",), proof=messages.SealProof.NOT_VERIFIED, manifest=1)
ARRIVED_MS = DEADLINE_MS - MINUTE_MS


@pytest.fixture
def story(engine):
    """The town with a seal paired, and another one with another container."""
    story = Story(engine)
    pair(engine, [OTHER])
    return story


def unread(gate, operation, at_ms, seal=SEAL, **changed):
    """A record of a seal whose chip does not answer."""
    return gate, gate.scan(seal, operation, at_ms, 0, **({"tag": None, "decision": REFER} | changed))


def belongs(story):
    """The movement of each record, in the order in which they came."""
    with reading(story.engine) as connection:
        return list(connection.scalars(select(schema.record.c.movement_id).order_by(schema.record.c.id)))


@pytest.mark.req("R-067", "R-068")
def test_a_record_without_a_chip_belongs_to_the_movement_it_names_and_moves_nothing(story):
    story.send(story.depart())
    story.send(unread(story.destination, Operation.READ_CONFIRM_IN, ARRIVED_MS), now_ms=ARRIVED_MS)
    assert belongs(story) == [MOVEMENT, MOVEMENT]
    assert story.movement.state == "IN_TRANSIT"
    story.send(unread(story.destination, Operation.ARRIVE, ARRIVED_MS, decision=GREEN), now_ms=ARRIVED_MS + MINUTE_MS)
    assert story.movement.state == "IN_TRANSIT"  # no seal was seen


@pytest.mark.req("R-068", "R-088")
@pytest.mark.parametrize("operation", [Operation.ABNORMAL_IN, Operation.READ_CONFIRM_IN])
def test_goods_that_stand_at_the_gate_with_an_unreadable_seal_are_not_overdue(story, operation):
    story.send(story.depart())
    story.watch(OVERDUE_MS + MINUTE_MS)
    assert story.status("S7") == "PROVISIONAL"
    story.send(unread(story.destination, operation, ARRIVED_MS, decision=STOP), now_ms=OVERDUE_MS + HOUR_MS)
    assert story.status("S7") == "AUTO_REFUTED"


@pytest.mark.req("R-068")
@pytest.mark.parametrize(
    ("written", "container"),
    [
        ({"container": SEAL.container}, None),
        ({"seal_no": SEAL.seal_no}, None),
        ({"seal_no": SEAL.seal_no}, SEAL.container),
        ({}, SEAL.container),
    ],
)
def test_numbers_that_a_person_wrote_find_the_movement(story, written, container):
    said = {"movement": None, "container": container, "written": messages.Written(**written)}
    story.send(story.depart(), unread(story.destination, Operation.READ_CONFIRM_IN, ARRIVED_MS, **said))
    assert belongs(story) == [MOVEMENT, MOVEMENT]


@pytest.mark.req("R-068")
@pytest.mark.parametrize(
    "written",
    [
        {},
        {"container": "NOWHERE1"},
        {"container": OTHER.container, "seal_no": SEAL.seal_no},  # of two movements
    ],
)
def test_without_a_number_that_fits_it_belongs_to_nothing_and_two_such_are_never_one(story, written):
    said = {"movement": None, "container": None, "written": messages.Written(**written)}
    story.send(
        unread(story.destination, Operation.INSPECT, ARRIVED_MS, **said),
        unread(story.origin, Operation.INSPECT, ARRIVED_MS, **said),
    )
    assert belongs(story) == [None, None]
    assert story.cases == {}
    with reading(story.engine) as connection:
        assert set(connection.scalars(select(schema.record.c.seal_uid))) == {None}


@pytest.mark.req("R-068", "R-111")
def test_unread_seals_of_two_movements_keep_to_their_own_histories(story):
    story.send(story.depart(), (story.origin, story.origin.scan(OTHER, Operation.SEAL_OUT_E, OUT_MS, 1)))
    story.send(unread(story.destination, Operation.READ_CONFIRM_IN, ARRIVED_MS, OTHER), now_ms=ARRIVED_MS)
    story.watch(OVERDUE_MS + 3 * HOUR_MS)
    assert story.status("S7") == "CONFIRMED"
    assert story.status("S7", f"{OTHER.order}-1") is None


@pytest.mark.req("R-111")
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_in_which_read_and_unread_come_changes_nothing(story, order):
    told = [
        story.depart(),
        unread(story.destination, Operation.READ_CONFIRM_IN, ARRIVED_MS),
        story.arrive(ARRIVED_MS + MINUTE_MS),
    ]
    for n in order:
        story.send(told[n], now_ms=OVERDUE_MS)
    story.watch(OVERDUE_MS)
    assert (story.movement.state, story.movement.arrived_ms) == ("ARRIVED", ARRIVED_MS + MINUTE_MS)
    assert belongs(story) == [MOVEMENT] * 3
    assert story.cases == {}


@pytest.mark.req("R-060", "R-063")
def test_what_is_recorded_of_a_dead_seal_that_nobody_read_is_no_return_of_it(story):
    with desk_of(story.engine, OFFICER, OUT_MS) as desk:
        scraps.scrap(desk, SEAL.seal_no, "無法讀取")
    story.send(unread(story.origin, Operation.READ_CONFIRM_OUT, OUT_MS + HOUR_MS), now_ms=OUT_MS + HOUR_MS)
    assert story.cases == {}


@pytest.mark.req("R-074", "R-073")
def test_what_is_sealed_under_a_notice_of_an_outage_moves_nothing(story):
    story.send(story.depart(movement=None, outage="基普緝字第1號"))
    assert story.movement.state == "PAIRED"
    assert belongs(story) == [MOVEMENT]
    story.send(story.depart(OUT_MS + MINUTE_MS, counter=1))
    assert story.status("X-REPLAY") == "CONFIRMED"  # the chip's counter was seen all the same


@pytest.mark.req("R-091")
def test_a_make_up_arrival_read_arrives_and_is_known_as_one(story):
    story.send(story.depart())
    make_up = (
        story.destination,
        story.destination.scan(SEAL, Operation.MAKEUP_ARRIVE, ARRIVED_MS, 2, grounds="GROUNDS-MISSED"),
    )
    story.send(make_up, now_ms=ARRIVED_MS)
    assert (story.movement.state, story.movement.arrived_by) == ("ARRIVED", "MAKEUP_ARRIVE")


@pytest.mark.req("R-059", "R-067")
@pytest.mark.parametrize(
    ("operation", "state"), [(Operation.READ_CONFIRM_OUT, "PAIRED"), (Operation.READ_CONFIRM_IN, "IN_TRANSIT")]
)
def test_a_read_confirm_with_its_grounds_moves_nothing(story, operation, state):
    gate = story.origin
    if state == "IN_TRANSIT":
        story.send(story.depart())
        gate = story.destination
    story.send((gate, gate.scan(SEAL, operation, ARRIVED_MS, 2, grounds="GROUNDS-DEVICE")), now_ms=ARRIVED_MS)
    assert (story.movement.state, story.movement.arrived_by) == (state, None)
    assert belongs(story)[-1] == MOVEMENT


@pytest.mark.req("R-065")
def test_an_arrival_at_the_lane_is_no_make_up(story):
    story.send(story.depart(), story.arrive(ARRIVED_MS), now_ms=ARRIVED_MS)
    assert story.movement.arrived_by == "ARRIVE"
