"""S3 and S7 at their boundaries (domain.md B2, B4, 'Boundary tests'), as tables of given, when, then."""

import pytest

from cloud.domain.finding import Status
from cloud.domain.history import Journey, Read, RouteLimit, fold
from cloud.domain.intervals import UNKNOWN, Interval
from cloud.domain.rules import s3_late_arrival as s3
from cloud.domain.rules import s7_overdue as s7
from cloud.domain.rules import x_replay
from schemas.lifecycle import MovementState
from schemas.messages import Location, Operation, SealKind, Verdict

OUT_MS = 1_795_000_000_000
LIMIT_MIN = 60
DEADLINE_MS = OUT_MS + LIMIT_MIN * 60_000
GRACE_END_MS = DEADLINE_MS + 30 * 60_000
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000


def read(operation, at_ms, site, seq=1, *, interval=None, **changed):
    fields = {
        "gate": f"GATE-{site}",
        "epoch": 1,
        "seq": seq,
        "site": site,
        "event_ms": at_ms,
        "interval": interval or Interval(at_ms, at_ms),
        "operation": operation,
        "verdict": Verdict.GO,
        "location": Location.CONFIRMED,
        "proof": "VERIFIED",
        "counter": None,
        "movement": "M1",
    }
    return Read(**(fields | changed))


DEPARTURE = read(Operation.SEAL_OUT_E, OUT_MS, "ORIGIN")


def arrival(at_ms, **changed):
    return read(Operation.ARRIVE, at_ms, "DEST", **changed)


def story(*reads, watermark_ms=None, departs_ms=None, settled=None, departed=True):
    journey = Journey(
        id="M1",
        kind=SealKind.E,
        origin="ORIGIN",
        destination="DEST",
        departs_ms=departs_ms,
        settled=settled,
        limits=(RouteLimit(7, LIMIT_MIN, 0, None),),
    )
    return fold(journey, [*([DEPARTURE] if departed else []), *reads], watermark_ms)


def only(findings):
    (finding,) = findings
    return finding


def said(findings):
    return [(finding.status, finding.inputs["why"]) for finding in findings]


# given the arrival (event time) and the destination's watermark, when judged at this moment, then S3 says
S3_TABLE = [
    ("at the deadline itself", DEADLINE_MS, DEADLINE_MS + MINUTE, DEADLINE_MS + HOUR, (Status.AUTO_REFUTED, "IN-TIME")),
    ("one millisecond late", DEADLINE_MS + 1, DEADLINE_MS, DEADLINE_MS + HOUR, (Status.CONFIRMED, "WATERMARK")),
    ("one second late", DEADLINE_MS + SECOND, DEADLINE_MS, DEADLINE_MS + 2 * SECOND, (Status.CONFIRMED, "WATERMARK")),
    ("late, backlog unknown", DEADLINE_MS + SECOND, None, DEADLINE_MS + HOUR, (Status.PROVISIONAL, "BACKLOG")),
    ("late, backlog short", DEADLINE_MS + SECOND, DEADLINE_MS - 1, DEADLINE_MS + HOUR, (Status.PROVISIONAL, "BACKLOG")),
    ("just under 24 h of silence", DEADLINE_MS + 1, None, DEADLINE_MS + 24 * HOUR - 1, (Status.PROVISIONAL, "BACKLOG")),
    ("24 h of silence", DEADLINE_MS + 1, None, DEADLINE_MS + 24 * HOUR, (Status.CONFIRMED, "SILENT")),
]


@pytest.mark.req("R-085")
@pytest.mark.parametrize(
    ("arrived_ms", "watermark_ms", "now_ms", "expected"),
    [row[1:] for row in S3_TABLE],
    ids=[row[0] for row in S3_TABLE],
)
def test_s3_fires_only_after_the_deadline_and_is_sure_only_when_nothing_earlier_can_come(
    arrived_ms, watermark_ms, now_ms, expected
):
    history = story(arrival(arrived_ms), watermark_ms=watermark_ms)
    assert said(s3.check(history, now_ms)) == [expected]


@pytest.mark.req("R-085")
def test_s3_says_nothing_before_an_arrival_or_without_a_limit():
    assert s3.check(story(), DEADLINE_MS + HOUR) == ()
    unlimited = Journey(id="M1", kind=SealKind.E, origin="ORIGIN", destination="DEST")
    assert s3.check(fold(unlimited, [DEPARTURE, arrival(DEADLINE_MS + HOUR)]), DEADLINE_MS + HOUR) == ()


@pytest.mark.req("R-085", "R-117")
def test_s3_keeps_rule_version_inputs_and_limits():
    finding = only(s3.check(story(arrival(DEADLINE_MS + 5), watermark_ms=DEADLINE_MS), DEADLINE_MS + HOUR))
    assert (finding.code, finding.version, finding.occurred_ms) == ("S3", s3.VERSION, DEADLINE_MS)
    assert finding.inputs["deadline_ms"] == DEADLINE_MS
    assert finding.inputs["out_ms"] == OUT_MS
    assert finding.inputs["arrived_from_ms"] == DEADLINE_MS + 5
    assert (finding.limits["route_limit"], finding.limits["route_minutes"]) == (7, LIMIT_MIN)


@pytest.mark.req("R-085")
def test_the_first_of_several_arrivals_counts():
    late_first = [arrival(DEADLINE_MS + HOUR, seq=2), arrival(DEADLINE_MS - 1, seq=1)]
    assert said(s3.check(story(*late_first), DEADLINE_MS + 2 * HOUR)) == [(Status.AUTO_REFUTED, "IN-TIME")]


@pytest.mark.req("R-085")
def test_a_clock_that_leaves_the_answer_open_keeps_s3_provisional():
    around = arrival(DEADLINE_MS + SECOND, interval=Interval(DEADLINE_MS - SECOND, DEADLINE_MS + 3 * SECOND))
    assert said(s3.check(story(around, watermark_ms=DEADLINE_MS), DEADLINE_MS + HOUR)) == [
        (Status.PROVISIONAL, "CLOCK")
    ]
    unset = arrival(DEADLINE_MS + SECOND, interval=UNKNOWN)
    assert said(s3.check(story(unset, watermark_ms=DEADLINE_MS), DEADLINE_MS + HOUR)) == [(Status.PROVISIONAL, "CLOCK")]
    surely = arrival(DEADLINE_MS + SECOND, interval=Interval(DEADLINE_MS + 1, DEADLINE_MS + 3 * SECOND))
    assert said(s3.check(story(surely, watermark_ms=DEADLINE_MS), DEADLINE_MS + HOUR)) == [
        (Status.CONFIRMED, "WATERMARK")
    ]


# given a movement without arrival and the destination's watermark, when judged at this moment, then S7 says
S7_TABLE = [
    ("at the deadline", DEADLINE_MS, None, []),
    ("at the end of the grace", GRACE_END_MS, GRACE_END_MS, []),
    ("1 ms after the grace, all known", GRACE_END_MS + 1, GRACE_END_MS, [(Status.CONFIRMED, "WATERMARK")]),
    ("1 ms after the grace, backlog", GRACE_END_MS + 1, GRACE_END_MS - 1, [(Status.PROVISIONAL, "BACKLOG")]),
    ("1 ms after the grace, never heard", GRACE_END_MS + 1, None, [(Status.PROVISIONAL, "BACKLOG")]),
    ("just under 2 h of silence", GRACE_END_MS + 2 * HOUR - 1, None, [(Status.PROVISIONAL, "BACKLOG")]),
    ("2 h of silence", GRACE_END_MS + 2 * HOUR, None, [(Status.CONFIRMED, "SILENT")]),
]


@pytest.mark.req("R-088")
@pytest.mark.parametrize(
    ("now_ms", "watermark_ms", "expected"), [row[1:] for row in S7_TABLE], ids=[row[0] for row in S7_TABLE]
)
def test_s7_fires_on_silence_after_deadline_and_grace(now_ms, watermark_ms, expected):
    assert said(s7.check(story(watermark_ms=watermark_ms), now_ms)) == expected


@pytest.mark.req("R-089")
@pytest.mark.parametrize(
    ("now_ms", "due"),
    [
        (GRACE_END_MS + 12 * HOUR - SECOND, False),
        (GRACE_END_MS + 12 * HOUR - 1, False),
        (GRACE_END_MS + 12 * HOUR, True),
    ],
    ids=["+11:59:59", "+11:59:59.999", "+12:00:00"],
)
def test_supply_tasks_are_due_twelve_hours_after_the_occurrence(now_ms, due):
    finding = only(s7.check(story(), now_ms))
    assert finding.occurred_ms == GRACE_END_MS
    assert finding.inputs["supply_due"] is due


# given what ends the silence, when judged long after, then S7 hands over
ENDS = [
    ("arrival at the end of the grace", [arrival(GRACE_END_MS)], None, (Status.AUTO_REFUTED, "ARRIVED")),
    ("arrival 1 ms after it", [arrival(GRACE_END_MS + 1)], None, (Status.SUPERSEDED, "S3")),
    ("read-confirm at the destination", [read(Operation.READ_CONFIRM_IN, DEADLINE_MS, "DEST")], None,
     (Status.AUTO_REFUTED, "ARRIVED")),
    ("make-up read in time", [read(Operation.MAKEUP_ARRIVE, DEADLINE_MS, "DEST")], None,
     (Status.AUTO_REFUTED, "ARRIVED")),
    ("cancelled", [], MovementState.CANCELLED, (Status.AUTO_REFUTED, "CANCELLED")),
    ("closed by an officer", [], MovementState.ARRIVED_MANUAL, (Status.SUPERSEDED, "ARRIVED_MANUAL")),
]  # fmt: skip


@pytest.mark.req("R-088")
@pytest.mark.parametrize(("reads", "settled", "expected"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_what_ends_the_silence(reads, settled, expected):
    history = story(*reads, settled=settled)
    assert said(s7.check(history, GRACE_END_MS + 24 * HOUR)) == [expected]
    assert s7.next_check(history, GRACE_END_MS + 24 * HOUR) is None


# given a read that is no arrival of this movement, then the silence goes on
NO_ARRIVAL = [
    ("a wrong yard", read(Operation.ARRIVE, DEADLINE_MS, "ELSEWHERE")),
    ("a forged seal", arrival(DEADLINE_MS, proof="SUN-MAC")),
    ("a red light on a forged seal", arrival(DEADLINE_MS, proof="SUN-MAC", verdict=Verdict.STOP)),
    ("an amber light outside the fence", arrival(DEADLINE_MS, location=Location.OUTSIDE, verdict=Verdict.REFER)),
    ("outside the fence", arrival(DEADLINE_MS, location=Location.OUTSIDE)),
    ("another movement of the seal", arrival(DEADLINE_MS, movement="M0")),
    ("an inspection", read(Operation.INSPECT, DEADLINE_MS, "DEST")),
]


@pytest.mark.req("R-088")
@pytest.mark.parametrize("reading", [row[1] for row in NO_ARRIVAL], ids=[row[0] for row in NO_ARRIVAL])
def test_reads_that_are_no_arrival_leave_the_movement_overdue(reading):
    history = story(reading)
    assert history.state is MovementState.IN_TRANSIT
    assert said(s7.check(history, GRACE_END_MS + 3 * HOUR)) == [(Status.CONFIRMED, "SILENT")]


@pytest.mark.req("R-088")
@pytest.mark.parametrize("verdict", [Verdict.STOP, Verdict.REFER])
@pytest.mark.parametrize(
    ("at_ms", "expected"),
    [(DEADLINE_MS, (Status.AUTO_REFUTED, "ARRIVED")), (GRACE_END_MS + 1, (Status.SUPERSEDED, "S3"))],
)
def test_a_seal_that_was_stopped_at_its_destination_is_there_and_not_overdue(verdict, at_ms, expected):
    history = story(arrival(at_ms, verdict=verdict))
    assert (history.state, history.arrived_ms) == (MovementState.IN_TRANSIT, None)
    assert said(s7.check(history, GRACE_END_MS + 3 * HOUR)) == [expected]


@pytest.mark.req("R-088")
def test_a_replayed_read_tells_of_no_arrival():
    departure = read(Operation.SEAL_OUT_E, OUT_MS, "ORIGIN", counter=5)
    history = story(departure, arrival(DEADLINE_MS, verdict=Verdict.STOP, counter=5), departed=False)
    assert said(s7.check(history, GRACE_END_MS + 3 * HOUR)) == [(Status.CONFIRMED, "SILENT")]


@pytest.mark.req("R-088", "R-085")
def test_an_arrival_from_an_unset_clock_follows_its_departure_by_the_seal_s_counter():
    departure = read(Operation.SEAL_OUT_E, OUT_MS, "ORIGIN", counter=5)
    unset = arrival(0, interval=UNKNOWN, counter=6)
    history = story(unset, departure, departed=False)
    assert (history.state, history.departed_ms, history.arrival.lower_ms) == (MovementState.ARRIVED, OUT_MS, OUT_MS)
    assert x_replay.check(history, GRACE_END_MS + 3 * HOUR) == ()


@pytest.mark.req("R-088")
def test_the_order_s_departure_time_counts_before_the_read_one():
    early = story(departs_ms=OUT_MS - HOUR, departed=False)
    assert early.deadline_ms == DEADLINE_MS - HOUR
    assert said(s7.check(early, GRACE_END_MS)) == [(Status.PROVISIONAL, "BACKLOG")]


@pytest.mark.req("R-088", "R-085")
@pytest.mark.parametrize("watermark_ms", [None, GRACE_END_MS])
@pytest.mark.parametrize("reads", [[], [arrival(DEADLINE_MS + 1)], [arrival(DEADLINE_MS)]])
def test_between_now_and_the_next_check_silence_changes_nothing(reads, watermark_ms):
    history = story(*reads, watermark_ms=watermark_ms)
    now_ms = OUT_MS
    turns = 0
    while now_ms is not None and turns < 10:
        for rule in (s3, s7):
            following = rule.next_check(history, now_ms)
            horizon_ms = following - 1 if following is not None else now_ms + 30 * 24 * HOUR
            assert rule.check(history, now_ms) == rule.check(history, horizon_ms)
            if following is not None:
                assert following > now_ms
        steps = [turn for rule in (s3, s7) if (turn := rule.next_check(history, now_ms)) is not None]
        now_ms = min(steps, default=None)
        turns += 1
    assert now_ms is None
