"""The series reach a real time-series server whole, though it is killed and restarted while they are written."""

from __future__ import annotations

import json
import random
import threading
from typing import TYPE_CHECKING

import pytest

from cloud.adapters.influx import Influx
from cloud.flows.sinks import Projection, SinkError
from cloud.store import changes, checkpoints, rollups
from cloud.store.engine import open_engine, reading, upgrade, writing
from tests.waiting import pause, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.servers import VictoriaMetrics

MINUTE_MS = rollups.MINUTE_MS
START_MS = 1_790_000_000_000 // MINUTE_MS * MINUTE_MS
KILLS = 4
SETTLE_MS = 3_000  # VictoriaMetrics writes what it took to disk within about a second
LOAD_S = 0.02


class Forgetful:
    """A sink that fails when told to, and otherwise keeps minutes by key."""

    name = "forgetful"

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str, int], rollups.Minute] = {}
        self.down = False
        self.writes = 0

    def write(self, minutes):
        self.writes += 1
        if self.down:
            raise SinkError("down")
        self.kept |= {(m.series, m.gate, m.lane, m.minute_ms): m for m in minutes}


@pytest.fixture
def engine(tmp_path: Path):
    engine = open_engine(f"sqlite:///{tmp_path}/cloud.db")
    upgrade(engine)
    yield engine
    engine.dispose()


def scans(engine: Engine, chance: random.Random, batch: int) -> None:
    """One batch of an ingest: some of it old, since gates buffer."""
    points = []
    for _ in range(chance.randint(1, 30)):
        gate, lane = f"GATE-{chance.randrange(5)}", chance.choice(("IN1", "OUT1"))
        at_ms = START_MS + (batch - chance.choice((0, 0, 0, 1, 200))) * 1_000
        points.append(rollups.Point(rollups.Series.SCANS, gate, lane, at_ms, 1.0))
        points.append(rollups.Point(rollups.Series.STORED_MS, gate, lane, at_ms, float(chance.randint(1, 9000))))
    points.append(rollups.Point(rollups.Series.OUTBOX_DEPTH, "GATE-0", "", START_MS + batch * 1_000, float(batch % 70)))
    with writing(engine) as connection:
        changes.append(connection, [(changes.Kind.RECORD, {"batch": batch})], START_MS)
        rollups.add(connection, points, changes.newest(connection))


def stored(engine: Engine) -> dict[tuple[str, str, str, int], rollups.Minute]:
    with reading(engine) as connection:
        return {(m.series, m.gate, m.lane, m.minute_ms): m for m in rollups.since(connection, 0, 1_000_000)}


def settled(engine: Engine, name: str) -> bool:
    with reading(engine) as connection:
        return checkpoints.position(connection, name) == changes.newest(connection)


@pytest.mark.req("R-114")
def test_every_point_is_there_after_kills_under_load(engine: Engine, victoria_metrics: VictoriaMetrics) -> None:
    chance = random.Random(20261123)
    stop = threading.Event()
    batches = 0

    def load() -> None:
        nonlocal batches
        while not stop.wait(LOAD_S):
            scans(engine, chance, batches)
            batches += 1

    clock_ms = 0
    errors = 0
    with Influx(victoria_metrics.url, "sealgate", "sealgate", "unused") as sink:
        projection = Projection(engine, sink, SETTLE_MS)

        def step() -> bool:
            nonlocal clock_ms, errors
            clock_ms += 200
            pause(0.1)
            try:
                projection.step(clock_ms)
            except SinkError:
                errors += 1
            return settled(engine, sink.name)

        writer = threading.Thread(target=load)
        writer.start()
        for _ in range(KILLS):
            for _ in range(chance.randint(6, 14)):
                step()
            victoria_metrics.kill()
            for _ in range(3):
                step()
            victoria_metrics.start()
        stop.set()
        writer.join()
        wait_for(step, 60, what="the sink has everything twice", every_s=0)
    assert errors >= KILLS
    truth = stored(engine)
    assert len(truth) > 100
    assert kept(victoria_metrics) == {
        (series, gate, lane, minute_ms, field): value
        for (series, gate, lane, minute_ms), minute in truth.items()
        for field, value in (("count", minute.count), ("sum", minute.sum), ("max", minute.max))
    }


def kept(server: VictoriaMetrics) -> dict[tuple[str, str, str, int, str], float]:
    """What the server gives back; of several values at one time the last, which is the greatest: they only grow."""
    points: dict[tuple[str, str, str, int, str], float] = {}
    for line in server.export('{__name__=~"sealgate_.*"}'):
        series = json.loads(line)
        tags = series["metric"]
        name, _, field = tags["__name__"].removeprefix("sealgate_").rpartition("_")
        for at_ms, value in zip(series["timestamps"], series["values"], strict=True):
            key = (name, tags["gate"], tags.get("lane", ""), at_ms, field)
            points[key] = max(value, points.get(key, value))
    return points


def test_an_absent_server_delays_nothing_and_loses_nothing(engine: Engine) -> None:
    sink, chance = Forgetful(), random.Random(1)
    projection = Projection(engine, sink, settle_ms=1_000)
    for batch in range(5):
        scans(engine, chance, batch)
    sink.down = True
    for now_ms in range(3):
        with pytest.raises(SinkError):
            projection.step(now_ms)
    assert sink.writes == 3
    sink.down = False
    assert projection.step(10) == len(stored(engine))
    assert sink.kept == stored(engine)
    assert projection.step(11) == 0


def test_everything_is_given_again_before_the_checkpoint_counts_it(engine: Engine) -> None:
    sink = Forgetful()
    scans(engine, random.Random(2), 0)
    projection = Projection(engine, sink, settle_ms=1_000)
    projection.step(0)
    sink.kept.clear()  # killed after it had said yes
    assert projection.step(999) == 0
    projection.step(1_000)
    assert sink.kept == stored(engine)
    assert not settled(engine, sink.name)
    projection.step(2_000)
    projection.step(3_000)
    assert settled(engine, sink.name)
    assert projection.step(4_000) == 0


def test_a_restarted_cloud_goes_on_at_the_checkpoint(engine: Engine) -> None:
    sink, chance = Forgetful(), random.Random(3)
    scans(engine, chance, 0)
    first = Projection(engine, sink, settle_ms=1_000)
    for now_ms in range(0, 5_000, 1_000):
        first.step(now_ms)
    assert settled(engine, sink.name)
    scans(engine, chance, 1)
    sink.kept.clear()
    second = Projection(engine, sink, settle_ms=1_000)
    second.step(9_000)
    assert sink.kept == {key: minute for key, minute in stored(engine).items() if minute.change_id == 2}
