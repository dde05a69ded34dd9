"""What the board reads, on both databases: order, counts, and what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloud.store import board
from cloud.store.engine import reading, writing
from cloud.web.pages import places
from cloud.web.pages.sight import look
from tests.web import board_story

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from cloud.web.pages.sight import Sight

NOW_MS = 1_795_430_000_000
HOUR_MS = board_story.HOUR_MS


@pytest.fixture
def story(engine: Engine, tmp_path: Path) -> board_story.Story:
    return board_story.Story(engine, tmp_path, NOW_MS)


def seen(engine: Engine, now_ms: int = NOW_MS) -> Sight:
    with reading(engine) as connection:
        return look(connection, now_ms)


@pytest.mark.req("R-114")
def test_the_whole_board(engine: Engine, story: board_story.Story) -> None:
    board_story.tell(story)
    sight = seen(engine)
    assert [movement.id[-3:] for movement in sight.movements] == ["105", "103", "102", "107", "101", "106", "104"]
    assert (sight.counts.waiting, sight.counts.in_transit, sight.counts.arrived) == (1, 4, 2)
    assert (sight.counts.overdue, sight.counts.held) == (1, 1)
    assert (sight.counts.cases, sight.counts.unacknowledged) == (5, 4)
    assert [case.code for case in sight.cases] == ["S7", "X-SIG", "X-REPLAY", "S7", "S3", "S7"]
    assert sight.cases[-1].status == "AUTO_REFUTED"
    assert sight.codes == {"M-000103": ["S7"], "M-000104": ["S3"], "M-000105": ["X-REPLAY"], "M-000107": ["S7"]}
    assert [(one.gate.id, one.condition) for one in sight.gates] == [
        ("TXG-34-01", "OFFLINE"),
        ("KHH-T5-01", "UNKNOWN"),
        ("WUDU-01", "ONLINE"),
        ("KEL-W1-01", "ONLINE"),
    ]
    assert sight.passages[0].scan.verdict == "REFER"
    assert [one.waited_ms for one in sight.passages if one.waited_ms] == [280_000]
    assert [one.proof_code for one in sight.passages if one.proof == "FAILED"] == ["SUN-MAC"]
    assert len(sight.chart.minutes_ms) == 60
    assert sum(sight.chart.stop) >= 1


def test_an_empty_board(engine: Engine) -> None:
    sight = seen(engine)
    assert (sight.head, sight.movements, sight.cases, sight.passages, sight.gates) == (0, [], [], [], [])
    assert sight.counts.cases == 0
    assert sight.chart.depth == [None] * 60
    assert places.places(sight) == {"sites": [], "trips": []}


def test_what_arrived_long_ago_is_left_out_but_a_hold_is_not(engine: Engine, story: board_story.Story) -> None:
    story.begin()
    times = {"departed_ms": 40 * HOUR_MS, "deadline_ms": 30 * HOUR_MS, "arrived_ms": 20 * HOUR_MS}
    story.movement("M-000301", "CSQU3054383", "KELW190W", "017A1110", "ARRIVED", **times)
    held = {"hold_reason": "X-MAC", "hold_since_ms": HOUR_MS}
    story.movement("M-000302", "OOLU6023736", "KELW190W", "017A1110", "ARRIVED", **times, **held)
    story.movement("M-000303", "CAIU1726290", "KELW190W", "017A1110", "CANCELLED")
    sight = seen(engine)
    assert [movement.id for movement in sight.movements] == ["M-000302"]
    assert (sight.counts.arrived, sight.counts.held) == (0, 1)


def test_a_gate_that_fell_silent_is_not_called_online(engine: Engine, story: board_story.Story) -> None:
    story.begin()
    story.gate_says("KEL-W1-01", heard_ms=0)
    conditions = [
        next(one.condition for one in seen(engine, NOW_MS + later_ms).gates if one.gate.id == "KEL-W1-01")
        for later_ms in (0, 60_000, 60_001)
    ]
    assert conditions == ["ONLINE", "ONLINE", "UNKNOWN"]


def test_trips_are_estimates_between_their_ends(engine: Engine, story: board_story.Story) -> None:
    board_story.tell(story)
    trips = {trip.id: trip for trip in places.places(seen(engine))["trips"]}
    assert set(trips) == {"M-000102", "M-000103", "M-000105", "M-000107"}
    assert trips["M-000103"].progress == places.PROGRESS_MAX  # overdue: not read at its destination
    assert trips["M-000102"].progress == pytest.approx(80 / 105, abs=0.01)
    assert trips["M-000105"].held


def test_taking_a_case_once_and_back_within_its_time(engine: Engine, story: board_story.Story) -> None:
    story.begin()
    story.movement("M-000401", "CSQU3054383", "KELW190W", "017A1110", "IN_TRANSIT")
    story.case("S7", "M-000401")
    head = seen(engine).head
    with writing(engine) as connection:
        assert not board.take_back(connection, 1, NOW_MS, NOW_MS - 60_000)
        assert board.acknowledge(connection, 1, NOW_MS)
        assert not board.acknowledge(connection, 1, NOW_MS + 1)
        assert not board.take_back(connection, 1, NOW_MS, NOW_MS + 1)
        assert board.take_back(connection, 1, NOW_MS, NOW_MS - 60_000)
    after = seen(engine)
    assert after.cases[0].acknowledged_ms is None
    assert after.head == head + 2
