"""Orders to one gate: asked for here, signed and sent by `flows.dispatch`, answered by the gate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain.authority import Act
from cloud.registry import gates
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import commands as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

LIFETIME_MS = 3_600_000
CommandId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]


@dataclass(frozen=True, kw_only=True)
class CommandEntry:
    """One order; the caller draws the id, so that asking twice is one order."""

    id: str
    gate: str
    name: str  # RESEND: send records first…last of an epoch again; REPORT: send telemetry now
    epoch: int = 0
    first: int = 0
    last: int = 0


def get(desk: Desk, gate: str, command_id: str) -> Any:
    """Return an order to a gate and what became of it; Refusal NOT-FOUND, FORBIDDEN."""
    gates.get(desk, gate)
    row = rows.find(desk.connection, command_id)
    if row is None or row.gate != gate:
        raise Refusal("NOT-FOUND", command_id)
    return row


def put_command(desk: Desk, entry: CommandEntry) -> bool:
    """Order something; True if the order is new.

    Raises:
        Refusal: INVALID, GATE-UNKNOWN, GATE-RETIRED, FORBIDDEN.
    """
    connection, now_ms = desk.connection, desk.now_ms
    desk.require(Act.GATE_COMMAND, subject=f"gate:{entry.gate}")
    checked(entry.id, CommandId, "id")
    gates.find_active(connection, entry.gate)
    if entry.name == "RESEND" and not (entry.epoch >= 1 and 1 <= entry.first <= entry.last):
        raise Refusal("INVALID", "RESEND needs an epoch and a range first…last")
    old = rows.find(connection, entry.id)
    if old is not None:
        if {name: getattr(old, name) for name in asdict(entry)} != asdict(entry):
            raise Refusal("INVALID", "another order has this id")
        return False
    rows.add(connection, asdict(entry) | {"issued_ms": now_ms, "expires_ms": now_ms + LIFETIME_MS})
    desk.note(Act.GATE_COMMAND, f"gate:{entry.gate}", command=entry.id, name=entry.name)
    return True
