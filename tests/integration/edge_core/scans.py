"""A scan event for tests in which only its place in the chain matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from tests.edge_gate import NOW, SEAL

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
