"""Whatever the network does to the messages, the store ends with the same movements, cases and chains (R-111)."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cloud.flows.ingest import Incoming, process_batch
from cloud.flows.watch import check_due
from cloud.store import schema
from cloud.store.engine import open_engine, reading, upgrade
from schemas import messages, topics
from schemas.messages import Operation
from tests import town
from tests.townsfolk import MINUTE_MS, START_MS, TownKeys, enter_town, gate_of, pair

SEALS = [town.Seal(number=number) for number in range(1, 5)]
ORIGIN, DESTINATION = gate_of("ORIGIN-01", town.ORIGIN), gate_of("DEST-01", town.DESTINATION)
END_MS = START_MS + 48 * 60 * MINUTE_MS
DEADLINE_MS = START_MS + town.ROUTE_LIMIT_MIN * MINUTE_MS


def story():
    """In time, late, forged at arrival, replayed at arrival; and a heartbeat that ends all doubt."""
    out = [ORIGIN.scan(seal, Operation.SEAL_OUT_E, START_MS, 1) for seal in SEALS]
    forged = messages.Tag(uid=SEALS[2].uid_hex, chip="NTAG424", ndef=SEALS[2].ndef(2, key=bytes(16)).hex().upper())
    arrivals = [
        DESTINATION.scan(SEALS[0], Operation.ARRIVE, DEADLINE_MS, 2),
        DESTINATION.scan(SEALS[1], Operation.ARRIVE, DEADLINE_MS + 1, 2),
        DESTINATION.scan(SEALS[2], Operation.ARRIVE, DEADLINE_MS, 2, tag=forged),
        DESTINATION.scan(SEALS[3], Operation.ARRIVE, DEADLINE_MS, 1),
    ]
    beat = Incoming(topics.telemetry(DESTINATION.gate), DESTINATION.heartbeat(END_MS))
    return [
        *(Incoming(ORIGIN.topic, jws) for jws in out),
        *(Incoming(DESTINATION.topic, jws) for jws in arrivals),
        beat,
    ]


STORY = story()
EXPECTED_STATES = ["ARRIVED", "ARRIVED", "IN_TRANSIT", "IN_TRANSIT"]
EXPECTED_CASES = {("S3", 2), ("S7", 3), ("S7", 4), ("X-MAC", 3), ("X-REPLAY", 4)}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("order") / "town.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    enter_town(engine, [ORIGIN, DESTINATION])
    pair(engine, SEALS)
    engine.dispose()
    return path.read_bytes()


@pytest.mark.req("R-111", "R-117")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), repeats=st.integers(0, 6), watching=st.booleans())
def test_permutation_duplication_and_delay_end_in_the_same_store(template, tmp_path_factory, seed, repeats, watching):
    chance = random.Random(seed)
    arriving = [*STORY, *chance.choices(STORY, k=repeats)]
    chance.shuffle(arriving)
    path = tmp_path_factory.mktemp("run") / "cloud.db"
    path.write_bytes(template)
    engine = open_engine(f"sqlite:///{path}")
    moment_ms = START_MS
    while arriving:
        size = chance.randint(1, 5)
        batch, arriving = arriving[:size], arriving[size:]
        moment_ms += 4 * 60 * MINUTE_MS
        process_batch(engine, TownKeys(), batch, moment_ms)
        if watching:
            check_due(engine, moment_ms)
    check_due(engine, END_MS + 24 * 60 * MINUTE_MS)
    with reading(engine) as connection:
        states = connection.scalars(select(schema.movement.c.state).order_by(schema.movement.c.id)).all()
        cases = connection.execute(select(schema.cases)).all()
        chains = {(row.gate, row.contiguous) for row in connection.execute(select(schema.chain))}
    engine.dispose()
    assert states == EXPECTED_STATES
    confirmed = {(row.code, int(row.movement_id[2:12])) for row in cases if row.status == "CONFIRMED"}
    assert confirmed == EXPECTED_CASES
    assert not [row for row in cases if row.status == "PROVISIONAL"]
    assert {count for _, count in chains} == {4}
