"""Any bytes on any topic: quarantined with a reason, never raised, and good records beside them are stored (R-113)."""

import json
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from cloud.flows.ingest import Incoming, process_batch
from cloud.store import quarantine, schema
from cloud.store.engine import open_engine, reading, upgrade
from schemas import envelope, topics
from schemas.envelope import Typ
from schemas.messages import Operation
from schemas.reasons import REASONS
from tests import town
from tests.townsfolk import START_MS, TownKeys, enter_town, gate_of, pair

SEAL = town.Seal(number=1)
GATE = gate_of("ORIGIN-01", town.ORIGIN)
GOOD = [GATE.scan(SEAL, Operation.SEAL_OUT_E, START_MS, 1), GATE.scan(SEAL, Operation.INSPECT, START_MS + 9_000, 2)]
HEARTBEAT = GATE.heartbeat(START_MS)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('fuzz')}/cloud.db")
    upgrade(engine)
    enter_town(engine, [GATE])
    pair(engine, [SEAL])
    yield engine
    engine.dispose()


def signed(payload):
    return GATE.key.sign(Typ.SCAN, payload)


@cache
def good_payload(which):
    return envelope.verify(GOOD[which], Typ.SCAN, lambda _: GATE.key.verifying_key)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def twisted(draw):
    """A rightly signed payload of ours with one field replaced, removed, or added."""
    document = json.loads(good_payload(draw(st.integers(0, 1))))
    node = document
    while True:
        key = draw(st.sampled_from(sorted(node)) | st.just("extra"))
        if isinstance(node.get(key), dict) and draw(st.booleans()):
            node = node[key]
            continue
        if draw(st.booleans()):
            node.pop(key, None)
        else:
            node[key] = draw(json_values)
        return signed(json.dumps(document).encode())


@st.composite
def flipped(draw):
    """A good record with one byte changed."""
    jws = bytearray(draw(st.sampled_from([*GOOD, HEARTBEAT])))
    place = draw(st.integers(0, len(jws) - 1))
    jws[place] ^= draw(st.integers(1, 255))
    return bytes(jws)


payloads = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=60).map(signed),
    flipped(),
    twisted(),
    st.sampled_from([b"", b"..", b"\n" * 30, b"a" * 300_000, GOOD[0] * 3, b"\n".join(GOOD), HEARTBEAT]),
)
known_topics = [make(GATE.gate) for make in (topics.scan, topics.telemetry, topics.state, topics.reply, topics.receipt)]
any_topic = st.sampled_from([*known_topics, topics.scan("NOBODY-01"), "sealgate/v1/00/ORIGIN-01/scan", "?"]) | st.text(
    max_size=40
)
batches = st.lists(st.builds(Incoming, any_topic, payloads), max_size=12)


@pytest.mark.req("R-113")
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batch=batches)
def test_whatever_comes_is_stored_or_quarantined_with_a_reason(engine, batch):
    outcome = process_batch(engine, TownKeys(), [*batch, Incoming(GATE.topic, GOOD[0])], START_MS)
    assert outcome.stored + outcome.duplicates >= 1  # the good one beside them
    for receipt in outcome.receipts:
        assert receipt.gate == GATE.gate
        assert {one.reason for one in receipt.refused} <= set(REASONS)
        envelope.encode(receipt)
    with reading(engine) as connection:
        reasons = set(connection.scalars(select(schema.quarantine.c.reason).distinct()))
        assert reasons <= set(REASONS)


@pytest.mark.req("R-113")
def test_a_flood_of_junk_stays_within_bounds(engine, monkeypatch):
    monkeypatch.setattr(quarantine, "ROWS_MAX", 50)
    for start in range(0, 400, 100):
        junk = [Incoming("nowhere", f"junk {start + n}".encode()) for n in range(100)]
        assert process_batch(engine, TownKeys(), junk, START_MS).rejected == 100
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(schema.quarantine)) == 50
