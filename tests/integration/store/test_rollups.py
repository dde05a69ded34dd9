"""Roll-ups grow with every batch, and whoever follows them misses no minute (on both databases)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloud.store import rollups
from cloud.store.engine import reading, writing

if TYPE_CHECKING:
    from sqlalchemy import Engine

MINUTE_MS = rollups.MINUTE_MS


def point(
    value: float, *, gate: str = "KEL-01", lane: str = "1", minute: int = 100, series: str = "scans"
) -> rollups.Point:
    return rollups.Point(series, gate, lane, minute * MINUTE_MS + 17, value)


@pytest.mark.req("R-114")
def test_points_of_several_batches_join_their_minute(engine: Engine) -> None:
    with writing(engine) as connection:
        rollups.add(connection, [point(3.0), point(5.0), point(1.0, minute=101)], change_id=1)
    with writing(engine) as connection:
        rollups.add(connection, [point(4.0)], change_id=2)
        rollups.add(connection, [], change_id=3)
    with reading(engine) as connection:
        minutes = rollups.since(connection, 0, limit=10)
    assert [(m.minute_ms // MINUTE_MS, m.count, m.sum, m.max, m.change_id) for m in minutes] == [
        (101, 1, 1.0, 1.0, 1),
        (100, 3, 12.0, 5.0, 2),
    ]


def test_following_is_cut_at_whole_changes_only(engine: Engine) -> None:
    with writing(engine) as connection:
        for change_id in (1, 2, 3):
            gates = [point(1.0, gate=f"GATE-{change_id}{n}") for n in range(4)]
            rollups.add(connection, gates, change_id)
    with reading(engine) as connection:
        first = rollups.since(connection, 0, limit=6)
        assert [m.change_id for m in first] == [1] * 4
        larger_than_limit = rollups.since(connection, 1, limit=2)
        assert [m.change_id for m in larger_than_limit] == [2] * 4
        assert [m.change_id for m in rollups.since(connection, 2, limit=100)] == [3] * 4
        assert rollups.since(connection, 3, limit=100) == []


def test_totals_of_a_minute_span_gates_and_lanes(engine: Engine) -> None:
    with writing(engine) as connection:
        depths = [point(7.0, gate="A-1", series="outbox_depth"), point(9.0, gate="A-1", series="outbox_depth")]
        rollups.add(connection, [*depths, point(2.0, gate="B-1", series="outbox_depth"), point(1.0)], change_id=1)
    with reading(engine) as connection:
        (row,) = rollups.per_minute(connection, ["outbox_depth"], 100 * MINUTE_MS, 101 * MINUTE_MS)
        assert (row["count"], row["sum"], row["max"], row["sum_of_max"]) == (3, 18.0, 9.0, 11.0)
        assert rollups.per_minute(connection, ["outbox_depth"], 101 * MINUTE_MS, 200 * MINUTE_MS) == []
