"""Two ingest workers and a watcher on PostgreSQL at once: one movement, every read in its fold, no deadlock."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from cloud.flows.ingest import Incoming, process_batch
from cloud.flows.watch import check_due
from cloud.store import schema
from cloud.store.engine import open_engine, reading, upgrade
from schemas import topics
from schemas.messages import Operation
from tests import town
from tests.townsfolk import MINUTE_MS, START_MS, TownKeys, enter_town, gate_of, pair

SEALS = [town.Seal(number=number) for number in range(1, 31)]
LATE_MS = START_MS + 5 * 60 * MINUTE_MS


@pytest.mark.req("R-111", "R-114")
@pytest.mark.parametrize("round_number", range(3))
def test_workers_that_share_movements_end_in_one_truth(postgres_url, round_number):
    engine = open_engine(postgres_url)
    upgrade(engine)
    origin, destination = gate_of("ORIGIN-01", town.ORIGIN), gate_of("DEST-01", town.DESTINATION)
    enter_town(engine, [origin, destination])
    pair(engine, SEALS)
    out = [Incoming(origin.topic, origin.scan(seal, Operation.SEAL_OUT_E, START_MS, 1)) for seal in SEALS]
    back = [
        Incoming(destination.topic, destination.scan(seal, Operation.ARRIVE, LATE_MS, 2)) for seal in reversed(SEALS)
    ]
    beats = [Incoming(topics.telemetry(gate.gate), gate.heartbeat(LATE_MS + 1)) for gate in (origin, destination)]
    start = threading.Barrier(3)

    def work(*batches):
        start.wait()
        for batch in batches:
            process_batch(engine, TownKeys(), batch, LATE_MS + 2)

    def watch():
        start.wait()
        for _ in range(20):
            check_due(engine, LATE_MS + 2)

    with ThreadPoolExecutor(3) as pool:
        running = [
            pool.submit(work, out[:15], out[15:], beats[:1]),
            pool.submit(work, back[:15], back[15:], beats[1:]),
            pool.submit(watch),
        ]
        for one in running:
            one.result(60)
    # A heartbeat may pass beside a case that another worker opens just then: the next one settles it.
    later = Incoming(topics.telemetry(destination.gate), destination.heartbeat(LATE_MS + MINUTE_MS))
    process_batch(engine, TownKeys(), [later], LATE_MS + MINUTE_MS)
    check_due(engine, LATE_MS + MINUTE_MS)
    with reading(engine) as connection:
        states = connection.scalars(select(schema.movement.c.state)).all()
        cases = connection.execute(
            select(schema.cases.c.code, schema.cases.c.status, func.count()).group_by(
                schema.cases.c.code, schema.cases.c.status
            )
        ).all()
    engine.dispose()
    assert states == ["ARRIVED"] * len(SEALS)
    assert {(code, status): count for code, status, count in cases if code == "S3"} == {("S3", "CONFIRMED"): len(SEALS)}
    assert {status for code, status, _ in cases if code == "S7"} <= {"SUPERSEDED"}
