"""A fault of our own must not dam up the evidence of every gate: the message that trips it is set aside alone."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from cloud.flows import ingest
from cloud.flows.ingest import Incoming, process_surely
from cloud.store import schema
from cloud.store.engine import reading
from schemas.messages import Operation
from tests import town
from tests.townsfolk import START_MS, TownKeys, enter_town, gate_of, pair

SEALS = [town.Seal(number=number) for number in range(1, 6)]
POISON = SEALS[2]


@pytest.fixture
def batch(engine):
    gates = [gate_of(f"ORIGIN-{seal.number}", town.ORIGIN) for seal in SEALS]
    enter_town(engine, [*gates, gate_of("DEST-01", town.DESTINATION)])
    pair(engine, SEALS)
    scans = [gate.scan(seal, Operation.SEAL_OUT_E, START_MS, 1) for gate, seal in zip(gates, SEALS, strict=True)]
    return [Incoming(gate.topic, scan) for gate, scan in zip(gates, scans, strict=True)]


def count(engine, table):
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table))


@pytest.mark.req("R-111")
@pytest.mark.req("R-113")
def test_the_message_that_trips_a_fault_is_set_aside_and_stored_once_mended(engine, batch, monkeypatch):
    shipped = ingest.prove_seal

    def faulty(scan, number, keys):
        if scan.uid == POISON.uid_hex:
            raise ZeroDivisionError("planted")
        return shipped(scan, number, keys)

    with monkeypatch.context() as planted:
        planted.setattr(ingest, "prove_seal", faulty)
        outcome = process_surely(engine, TownKeys(), batch, START_MS + 1)
    assert (outcome.stored, outcome.rejected) == (len(SEALS) - 1, 1)
    assert POISON.number not in {int(receipt.gate.rsplit("-")[-1]) for receipt in outcome.receipts}
    with reading(engine) as connection:
        kept = connection.execute(select(schema.quarantine.c.reason, schema.quarantine.c.bytes)).one()
    assert kept == ("OUR-FAULT", batch[2].payload)

    mended = process_surely(engine, TownKeys(), batch, START_MS + 2)
    assert (mended.stored, mended.duplicates) == (1, len(SEALS) - 1)
    assert count(engine, schema.record) == len(SEALS)


@pytest.mark.req("R-111")
def test_what_the_database_cannot_do_now_is_raised_and_nothing_is_set_aside(engine, batch, monkeypatch):
    def full(*_):
        raise OperationalError("insert", {}, Exception("database or disk is full"))

    monkeypatch.setattr(ingest, "file_records", full)
    with pytest.raises(OperationalError):
        process_surely(engine, TownKeys(), batch, START_MS + 1)
    assert count(engine, schema.record) == count(engine, schema.quarantine) == 0
