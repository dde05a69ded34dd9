"""What lanes record under the notice of an outage: evidence in the centre's inbox, and work for the recovery."""

import pytest

from cloud.domain.authority import Role
from cloud.domain.outages import Shows, Task
from cloud.registry import stock
from cloud.registry.desk import at_reading_desk
from cloud.registry.instructions import reading
from cloud.registry.outages import declaring, inbox, reconciling
from cloud.store import seals
from cloud.store.engine import reading as reading_from
from cloud.store.engine import writing
from cloud.store.registry.evidence import Wanted
from schemas import envelope, messages
from schemas.messages import Operation, Verdict
from tests import town
from tests.desks import actor, desk_of, system_at
from tests.integration.ingest.test_process_batch import HOUR_MS, MOVEMENT, OUT_MS, SEAL, Story
from tests.townsfolk import START_MS, picture_hash

UNPAIRED = town.Seal(number=2)
NOTICE = "基普緝字第1號"
REFER = messages.Decision(verdict=Verdict.REFER, reasons=("OUTAGE",), proof=messages.SealProof.NOT_VERIFIED, manifest=1)
CENTRE = actor(Role.CENTRE)
OPERATOR = actor(Role.OPERATOR, town.ORIGIN.code)
HERE, THERE = actor(Role.OFFICER, town.ORIGIN.code), actor(Role.OFFICER, town.DESTINATION.code)
LATER_MS = OUT_MS + 5 * HOUR_MS
WRITTEN = messages.Written(container=UNPAIRED.container, seal_no=UNPAIRED.seal_no, transport_order=UNPAIRED.order)


@pytest.fixture
def story(engine):
    """A paired seal, one that was issued and never paired, and an outage declared at the origin."""
    story = Story(engine)
    with writing(engine) as connection:
        entry = stock.SealEntry(seal_no=UNPAIRED.seal_no, uid=UNPAIRED.uid_hex, kind="E")
        stock.put_seal(system_at(connection, START_MS), entry)
    functions = ["PAIRING", "DEPARTURE"]
    declared = {"notice_no": NOTICE, "start_ms": OUT_MS - HOUR_MS, "sites": [town.ORIGIN.code], "functions": functions}
    with desk_of(engine, CENTRE, OUT_MS) as desk:
        story.outage = declaring.declare(desk, declaring.Declaration(**declared))
    return story


def sealed(story, seal=UNPAIRED, operation=Operation.SEAL_OUT_E, *, gate=None, **changed):
    gate = gate or story.origin
    fields = {"outage": NOTICE, "decision": REFER, "movement": None, "container": None, "written": WRITTEN}
    return gate, gate.scan(seal, operation, OUT_MS, 1, **fields | changed)


def items(story, who=CENTRE, **wanted):
    with at_reading_desk(story.engine, who, LATER_MS) as desk:
        return inbox.items(desk, 0, 100, Wanted(**wanted))


def left(story):
    with at_reading_desk(story.engine, CENTRE, LATER_MS) as desk:
        return [(one.item.row.seal_no, one.task) for one in reconciling.works(desk, story.outage, 0, 100)]


def tasks(story, who):
    with at_reading_desk(story.engine, who, LATER_MS) as desk:
        return [(task.reason, task.detail) for task in reading.worklist(desk, 0, 100, closed=False)]


@pytest.mark.req("R-074", "R-075")
@pytest.mark.parametrize("chip", [True, False])
def test_what_was_sealed_anyway_lies_in_the_inbox_with_the_lanes_picture_and_without_the_order_it_lacks(story, chip):
    sent = sealed(story, **({} if chip else {"tag": None}))
    story.send(sent, now_ms=LATER_MS)
    story.send(sent, now_ms=LATER_MS)
    (item,) = items(story, OPERATOR)
    row = item.row
    assert (row.side, row.site, row.outage) == ("ORIGIN", town.ORIGIN.code, story.outage)
    assert (row.seal_no, row.kind, row.container) == (UNPAIRED.seal_no, "E", UNPAIRED.container)
    assert (row.transport_order, row.movement, row.sealed_ms) == (UNPAIRED.order, None, OUT_MS)
    assert (row.record, row.account) == (envelope.fingerprint(sent[1]), "gate:ORIGIN-01")
    assert (item.pictures, item.missing) == ((picture_hash(UNPAIRED, 1),), (Shows.ORDER,))
    assert items(story, THERE) == []


@pytest.mark.req("R-076")
def test_after_the_recovery_the_origin_scraps_what_was_never_paired(story):
    story.send(sealed(story))
    assert left(story) == [(UNPAIRED.seal_no, Task.SCRAP)]
    (item,) = items(story)
    with desk_of(story.engine, CENTRE, LATER_MS) as desk:
        declaring.end(desk, story.outage, OUT_MS + HOUR_MS)
    with desk_of(story.engine, OPERATOR, LATER_MS) as desk:
        reconciling.scrap(desk, item.row.id, "故障期間加封未配櫃")
    with reading_from(story.engine) as connection:
        assert seals.find(connection, UNPAIRED.seal_no).state == "SCRAPPED"
    assert left(story) == [(UNPAIRED.seal_no, None)]


@pytest.mark.req("R-077", "R-078")
def test_a_paired_one_is_linked_to_its_movement_and_is_received_by_hand_or_read_in(story):
    said = {"written": None, "container": SEAL.container, "movement": MOVEMENT}
    story.send(sealed(story, SEAL, **said))
    arrived = sealed(story, SEAL, Operation.ARRIVE, gate=story.destination, **said)
    story.send(arrived, now_ms=LATER_MS)
    assert [(one.row.side, one.row.movement) for one in items(story)] == [
        ("ORIGIN", MOVEMENT),
        ("DESTINATION", MOVEMENT),
    ]
    assert left(story) == [(SEAL.seal_no, Task.MANUAL_ARRIVAL)]  # the destination's own outage was not declared
    assert story.movement.state == "PAIRED"


@pytest.mark.req("R-073", "R-075")
@pytest.mark.parametrize("notice", ["不存在之文號", NOTICE])
def test_a_notice_that_nobody_has_declared_there_is_no_outage_and_the_item_says_so(story, notice):
    gate = story.destination
    said = {"written": None, "container": SEAL.container, "movement": MOVEMENT, "outage": notice}
    story.send(sealed(story, SEAL, Operation.READ_CONFIRM_IN, gate=gate, **said))
    (item,) = items(story)
    assert (item.row.outage, item.row.remark) == (None, f"DEST-01/1/1 READ_CONFIRM_IN；未宣告之通報 {notice}")


@pytest.mark.req("R-075")
@pytest.mark.parametrize(
    ("operation", "said", "why"),
    [
        (Operation.SEAL_OUT_E, {"tag": None, "written": None}, "NOT-FOUND seal —, unit —"),
        (
            Operation.SEAL_OUT_E,
            {"written": messages.Written(seal_no=UNPAIRED.seal_no)},
            f"NOT-FOUND seal {UNPAIRED.seal_no}, unit —",
        ),
        (Operation.ARRIVE, {}, f"MOVEMENT-UNKNOWN {UNPAIRED.seal_no} at {town.ORIGIN.code}"),
    ],
)
def test_what_does_not_say_what_it_is_about_waits_for_an_officer(story, operation, said, why):
    story.send(sealed(story, operation=operation, **said))
    assert items(story) == []
    assert tasks(story, HERE) == [("LANE_OUTAGE", f"ORIGIN-01/1/1 {why}")]


@pytest.mark.req("R-074")
@pytest.mark.parametrize("operation", [Operation.ABNORMAL_IN, Operation.SCRAP])
def test_goods_are_held_and_seals_scrapped_in_an_outage_as_at_any_time(story, operation):
    said = {"written": None, "container": SEAL.container, "movement": MOVEMENT, "tag": None}
    story.send(sealed(story, SEAL, operation, **said))
    assert items(story) == []
    held = story.movement.detained_reason is not None
    with reading_from(story.engine) as connection:
        scrapped = seals.find(connection, SEAL.seal_no).state == "SCRAPPED"
    assert (held, scrapped) == (operation is Operation.ABNORMAL_IN, operation is Operation.SCRAP)
