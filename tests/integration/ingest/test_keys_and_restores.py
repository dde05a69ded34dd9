"""What keys that change and backups that were restored do to the records of gates, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from cloud.flows.ingest import Incoming, process_batch
from cloud.registry import gates
from cloud.store import commands, dispatches, schema
from cloud.store.engine import reading, writing
from schemas import envelope, topics
from schemas.envelope import SigningKey
from schemas.messages import Operation
from tests import town
from tests.desks import system_at
from tests.townsfolk import MINUTE_MS, START_MS, TownKeys, enter_town, gate_of, pair

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cloud.flows.ingest import Outcome
    from tests.townsfolk import SigningGate

SEAL = town.Seal(number=1)
OUT_MS = START_MS + 10 * MINUTE_MS
NEW_KEY = SigningKey.from_seed(b"\x09" * 32)


@pytest.fixture
def gate(engine: Engine) -> SigningGate:
    """A gate in service, with a seal to read."""
    gate = gate_of("ORIGIN-01", town.ORIGIN)
    enter_town(engine, [gate])
    pair(engine, [SEAL])
    return gate


def send(engine: Engine, gate: SigningGate, *payloads: bytes) -> Outcome:
    return process_batch(engine, TownKeys(), [Incoming(gate.topic, one) for one in payloads], OUT_MS)


def scan(gate: SigningGate, counter: int = 1) -> bytes:
    return gate.scan(SEAL, Operation.SEAL_OUT_E, OUT_MS + counter, counter)


def replace_key(engine: Engine, gate: SigningGate, key: SigningKey) -> None:
    entry = gates.GateEntry(gate=gate.gate, site=gate.place.code, lanes=["1"], jwk=key.public_jwk, replace_key=True)
    with writing(engine) as connection:
        gates.put_gate(system_at(connection, OUT_MS), entry)


def quarantined(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(schema.quarantine.c.reason)))


@pytest.mark.req("R-111", "R-113")
def test_a_key_that_is_not_registered_yet_costs_no_record(engine, gate) -> None:
    gate.key = NEW_KEY
    record = scan(gate)
    early = send(engine, gate, record)
    assert (early.rejected, early.receipts) == (1, ())  # the gate is told nothing, so it sends again
    assert quarantined(engine) == ["KEY-UNKNOWN"]
    replace_key(engine, gate, NEW_KEY)
    again = send(engine, gate, record)
    assert (again.stored, again.rejected) == (1, 0)
    assert again.receipts[0].stored[0].head == envelope.fingerprint(record)


@pytest.mark.req("R-111", "R-113")
def test_what_a_replaced_key_signed_still_counts(engine, gate) -> None:
    record = scan(gate)
    replace_key(engine, gate, NEW_KEY)
    outcome = send(engine, gate, record)
    assert (outcome.stored, outcome.rejected) == (1, 0)


@pytest.mark.req("R-113")
def test_what_a_revoked_key_signed_is_refused(engine, gate) -> None:
    old, record = gate.key.kid, scan(gate)
    replace_key(engine, gate, NEW_KEY)
    with writing(engine) as connection:
        gates.revoke_key(system_at(connection, OUT_MS), gate.gate, old)
    outcome = send(engine, gate, record)
    assert (outcome.stored, outcome.rejected) == (0, 1)
    [refused] = outcome.receipts[0].refused
    assert (refused.record, refused.reason) == (envelope.fingerprint(record), "KEY-RETIRED")
    gate.key = NEW_KEY
    assert send(engine, gate, scan(gate)).stored == 1


@pytest.mark.req("R-111")
def test_records_lost_with_a_backup_are_asked_for_once(engine, gate, caplog) -> None:
    send(engine, gate, scan(gate))
    lost = [scan(gate, counter) for counter in (2, 3)]  # acknowledged before the backup came back
    telemetry = topics.telemetry(gate.gate)
    for minute in (1, 2):
        beat = Incoming(telemetry, gate.heartbeat(OUT_MS + minute * MINUTE_MS))
        process_batch(engine, TownKeys(), [beat], OUT_MS + minute * MINUTE_MS)
    assert caplog.text.count("1 are stored: it is asked for them again") == 1
    with reading(engine) as connection:
        [order] = commands.unsent(connection, OUT_MS + MINUTE_MS, 10)
    assert (order.gate, order.name, order.epoch, order.first, order.last) == (gate.gate, "RESEND", 1, 2, 3)
    assert send(engine, gate, *lost).stored == 2


def test_what_still_waits_at_the_gate_is_not_asked_for(engine, gate) -> None:
    send(engine, gate, scan(gate))
    waiting = scan(gate, 2)
    beats = [gate.heartbeat(OUT_MS, depth=1), gate.heartbeat(OUT_MS)]
    telemetry = topics.telemetry(gate.gate)
    process_batch(engine, TownKeys(), [Incoming(telemetry, beats[0])], OUT_MS)
    send(engine, gate, waiting)
    process_batch(engine, TownKeys(), [Incoming(telemetry, beats[1])], OUT_MS)
    with reading(engine) as connection:
        assert commands.unsent(connection, OUT_MS, 10) == []


@pytest.mark.req("R-111")
def test_a_gate_that_rests_on_a_later_manifest_than_ours_is_due_at_once(engine, gate) -> None:
    with writing(engine) as connection:
        dispatches.done(connection, gate.gate, dict(dispatches.due(connection, OUT_MS, 10))[gate.gate], OUT_MS * 2)
        assert dispatches.due(connection, OUT_MS, 10) == []
    beat = Incoming(topics.telemetry(gate.gate), gate.heartbeat(OUT_MS, manifest=41))
    process_batch(engine, TownKeys(), [beat], OUT_MS)
    with reading(engine) as connection:
        assert [one for one, _ in dispatches.due(connection, OUT_MS, 10)] == [gate.gate]
