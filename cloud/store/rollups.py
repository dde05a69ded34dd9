"""Series per gate, lane and minute, kept in the transaction that stores what they count.

What a series is stands here: its name, its unit and how a message becomes points. Each value only ever grows within
its minute (count, sum, greatest), so that writing a minute out again is harmless.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from cloud.store.schema import rollup_minute

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, RowMapping

    from cloud.domain.entry import Entry, Scan
    from schemas.messages import Telemetry

MINUTE_MS = 60_000
WHOLE_GATE = ""
_ADD = (
    'INSERT INTO rollup_minute AS old (series, gate, lane, minute_ms, "count", "sum", "max", change_id)'
    " VALUES ({marks}) ON CONFLICT (series, gate, lane, minute_ms) DO UPDATE SET"
    ' "count" = old."count" + excluded."count", "sum" = old."sum" + excluded."sum",'
    ' "max" = {greater}(old."max", excluded."max"), change_id = {greater}(old.change_id, excluded.change_id)'
)


class Series(StrEnum):
    """What is counted or measured; names end with their unit where they have one."""

    SCANS = "scans"  # every scan event
    GO = "verdict_go"
    STOP = "verdict_stop"
    REFER = "verdict_refer"
    STORED_MS = "verdict_to_stored_ms"  # from the gate's event time to the cloud's record time
    OUTBOX_DEPTH = "outbox_depth"  # records waiting at the gate, as its heartbeats say
    OUTBOX_AGE_S = "outbox_age_s"  # age of the oldest of them
    QUARANTINED = "quarantined"  # messages refused; only the topic says from which gate


VERDICT_SERIES = {"GO": Series.GO, "STOP": Series.STOP, "REFER": Series.REFER}


class Point(NamedTuple):
    """One value that joins its minute: the count grows by one, the sum by `value`, the greatest is kept."""

    series: str
    gate: str
    lane: str  # WHOLE_GATE where it concerns no single lane
    at_ms: int  # event time, UTC
    value: float


@dataclass(frozen=True, slots=True)
class Minute:
    """The points of one series, gate, lane and minute, taken together."""

    series: str
    gate: str
    lane: str
    minute_ms: int
    count: int
    sum: float
    max: float
    change_id: int


def of_scan(entry: Entry, scan: Scan, record_ms: int) -> tuple[Point, ...]:
    """Return the points of one stored scan; a gate's clock that runs ahead counts as stored at once."""
    gate, lane, at_ms = entry.gate, scan.lane, entry.event_ms
    return (
        Point(Series.SCANS, gate, lane, at_ms, 1.0),
        Point(VERDICT_SERIES[scan.verdict], gate, lane, at_ms, 1.0),
        Point(Series.STORED_MS, gate, lane, at_ms, float(max(0, record_ms - at_ms))),
    )


def of_telemetry(heartbeat: Telemetry) -> tuple[Point, ...]:
    """Return the gauges of one heartbeat."""
    at_ms = round(heartbeat.time.at.timestamp() * 1000)
    return (
        Point(Series.OUTBOX_DEPTH, heartbeat.gate, WHOLE_GATE, at_ms, float(heartbeat.outbox_depth)),
        Point(Series.OUTBOX_AGE_S, heartbeat.gate, WHOLE_GATE, at_ms, float(heartbeat.outbox_oldest_s)),
    )


def of_quarantined(gate: str, at_ms: int) -> Point:
    """Return the point of one refused message; `gate` as its topic says."""
    return Point(Series.QUARANTINED, gate, WHOLE_GATE, at_ms, 1.0)


def add(connection: Connection, points: Iterable[Point], change_id: int) -> None:
    """Add points to their minutes in the running transaction.

    `change_id` is that of a change this transaction appended: after `changes.append`, what `changes.newest` returns.
    Those ids become visible in order, so whoever follows `since` misses no minute; and from `append` on, PostgreSQL's
    writers stand in line, so that two of them cannot block each other here.
    """
    if rows := _gather(points, change_id):
        mark, greater = ("%s", "GREATEST") if connection.dialect.name == "postgresql" else ("?", "max")
        connection.exec_driver_sql(_ADD.format(marks=", ".join([mark] * len(rows[0])), greater=greater), rows)


def _gather(points: Iterable[Point], change_id: int) -> list[tuple[str, str, str, int, int, float, float, int]]:
    minutes: dict[tuple[str, str, str, int], tuple[int, float, float]] = {}
    for series, gate, lane, at_ms, value in points:
        key = (series, gate, lane, at_ms - at_ms % MINUTE_MS)
        count, total, greatest = minutes.get(key, (0, 0.0, value))
        minutes[key] = (count + 1, total + value, max(greatest, value))
    ordered = sorted(minutes.items())  # one order in every transaction: no deadlock on PostgreSQL
    return [(*key, *values, change_id) for key, values in ordered]


def since(connection: Connection, change_id: int, limit: int) -> list[Minute]:
    """Return minutes written by changes after `change_id`, oldest change first.

    All minutes of one change come together, so that the last row's `change_id` is a position to go on from: the
    answer is cut below `limit` at the last whole change, or runs over it where a single change is larger.
    """
    minutes = _read(connection, rollup_minute.c.change_id > change_id, limit)
    if len(minutes) < limit:
        return minutes
    last = minutes[-1].change_id
    whole = [minute for minute in minutes if minute.change_id < last]
    return whole or _read(connection, rollup_minute.c.change_id == last, None)


def _read(connection: Connection, condition: ColumnElement[bool], limit: int | None) -> list[Minute]:
    order = (rollup_minute.c.change_id, rollup_minute.c.series, rollup_minute.c.gate, rollup_minute.c.minute_ms)
    statement = select(rollup_minute).where(condition).order_by(*order, rollup_minute.c.lane).limit(limit)
    return [Minute(**row) for row in connection.execute(statement).mappings()]


def per_minute(connection: Connection, series: Sequence[str], from_ms: int, to_ms: int) -> Sequence[RowMapping]:
    """Return one row per series and minute in [from_ms, to_ms), over all gates and lanes.

    count and sum add up, max is the greatest; sum_of_max adds the greatest of each gate and lane (a gauge's total).
    """
    table = rollup_minute.c
    statement = (
        select(
            table.series,
            table.minute_ms,
            func.sum(table["count"]).label("count"),
            func.sum(table.sum).label("sum"),
            func.max(table.max).label("max"),
            func.sum(table.max).label("sum_of_max"),
        )
        .where(table.minute_ms >= from_ms, table.minute_ms < to_ms, table.series.in_([str(name) for name in series]))
        .group_by(table.series, table.minute_ms)
        .order_by(table.minute_ms)
    )
    return connection.execute(statement).mappings().all()


def totals(connection: Connection, series: Sequence[str], from_ms: int, to_ms: int) -> dict[str, int]:
    """Return how many points each series got in [from_ms, to_ms), over all gates and lanes; absent ones got none."""
    table = rollup_minute.c
    statement = (
        select(table.series, func.sum(table["count"]))
        .where(table.minute_ms >= from_ms, table.minute_ms < to_ms, table.series.in_([str(name) for name in series]))
        .group_by(table.series)
    )
    return {name: int(count) for name, count in connection.execute(statement)}
