"""How fast a gate's outbox drains after an outage: thousands of records stored before the agent starts."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

import msgspec

from edge.domain.identity import Identity
from edge.store.opening import open_records
from schemas.messages import EventTime, Quality, ScanEvent
from tests import town
from tests.bench.figures import Line
from tests.waiting import wait_for

if TYPE_CHECKING:
    from schemas.messages import Link, Record
    from tests.bench.figures import Report
    from tests.system.center import Center
    from tests.system.gate import Gate

RECORDS = 3_000
DRAIN_MAX_S = 120.0
BYTES_MAX = 512 * 2**20
LANE = "L1"


def measure(center: Center, report: Report, *, runs: int) -> None:
    """Fill the outbox of one gate, start its agent, watch the cloud's count; events a second from first to last."""
    seal = town.Seal(number=980_000)
    gate = center.enrol("TXG-GATE-1", town.DESTINATION, (LANE,), taps=[seal])
    gate.until_papers()
    gate.visitor().hold(f"seal-{seal.number}")
    wait_for(lambda: gate.witness.lights, what="a first record to take as a model")
    center.until_drained(DRAIN_MAX_S)
    model = next(record for _, record in center.stored()[gate.id] if isinstance(record, ScanEvent))
    rates = tuple(_drained(center, gate, model) for _ in range(runs))
    report.add([Line(name="drain after an outage", unit="events/s", runs=rates, note=f"{RECORDS} records of one gate")])


def _drained(center: Center, gate: Gate, model: ScanEvent) -> float:
    gate.agent.stop()
    before = _count(center, gate)
    asyncio.run(_fill(gate, model))
    gate.agent.start()
    first_s = wait_for(lambda: _count(center, gate) > before and time.monotonic(), DRAIN_MAX_S, every_s=0.002)
    last_s = wait_for(lambda: _count(center, gate) >= before + RECORDS and time.monotonic(), DRAIN_MAX_S, every_s=0.01)
    return RECORDS / (last_s - first_s)


async def _fill(gate: Gate, model: ScanEvent) -> None:
    database = gate.folder / "state" / "outbox" / "outbox.db"
    identity = Identity(gate=gate.id, boot="0" * 16, key=gate.key)
    mark = gate.folder / f"{gate.id}.high-water"
    opened = await open_records(database, mark, identity, _now, BYTES_MAX, chance=Random(0))

    def build(link: Link) -> Record:
        return msgspec.structs.replace(model, link=link, time=_now())

    for _ in range(RECORDS):
        stored = await opened.records.append(build)
    await opened.records.raise_high_water(stored)
    await opened.records.close()


def _now() -> EventTime:
    at = datetime.now(UTC)  # noqa: TID251 -- the clock of the bench
    return EventTime(at=at, quality=Quality.RTC)


def _count(center: Center, gate: Gate) -> int:
    return int(center.rows("SELECT count(*) FROM record WHERE gate = ?", gate.id)[0][0])
