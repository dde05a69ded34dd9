"""Scan events for tests in which only their place in the chain matters, and the file they lie in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.envelope import Typ, decode_record, verify
from schemas.messages import (
    Decision,
    EventTime,
    Location,
    Operation,
    Position,
    Quality,
    ScanEvent,
    SealProof,
    Tag,
    Verdict,
)
from tests.edge_gate import GATE_KEY, NOW, SEAL

if TYPE_CHECKING:
    from schemas.messages import Link


def scan(link: Link) -> ScanEvent:
    """An inspected seal."""
    return ScanEvent(
        v=1,
        link=link,
        time=EventTime(at=NOW, quality=Quality.NTP, bound_ms=50),
        lane="1",
        operation=Operation.INSPECT,
        position=Position(location=Location.UNCONFIRMED, source="NONE"),
        tag=Tag(uid=SEAL.uid_hex, chip="OTHER"),
        decision=Decision(verdict=Verdict.REFER, reasons=("UNPAIRED",), proof=SealProof.NOT_VERIFIED, manifest=1),
    )


async def fill(opened, count):
    stored = [await opened.records.append(scan) for _ in range(count)]
    await opened.records.raise_high_water(stored[-1])
    return stored


def decoded(stored, key=GATE_KEY):
    return decode_record(verify(stored.jws, Typ.SCAN, lambda _kid: key.verifying_key))


def database_file(tmp_path):
    return tmp_path / "outbox" / "outbox.db"
