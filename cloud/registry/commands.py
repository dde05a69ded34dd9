"""Orders to one gate: asked for here, signed and sent by `flows.dispatch`, answered by the gate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from cloud.registry import gates
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import commands as rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

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


def put_command(connection: Connection, entry: CommandEntry, now_ms: int) -> bool:
    """Order something; True if the order is new.

    Raises:
        Refusal: INVALID, GATE-UNKNOWN, GATE-RETIRED.
    """
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
    return True
