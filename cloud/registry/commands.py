"""Orders to one gate: asked for here, signed and sent by `flows.dispatch`, answered by the gate.

Care of the device (restart, test picture, diagnostics) is for those who maintain it; its answers may show people and
the inside of a machine, so they are read by the same and each look is on the audit log.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain.authority import Act
from cloud.registry import gates
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import commands as rows
from cloud.store import photos

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

LIFETIME_MS = 3_600_000
CARE_LIFETIME_MS = 15 * 60_000  # nobody expects a restart that was asked for an hour ago
CARE = frozenset({"TEST_PHOTO", "RESTART", "DIAGNOSTICS"})
SHOWN_MAX = 50
MEDIA = {"PHOTO": "image/jpeg", "TEST": "image/jpeg", "DIAGNOSTICS": "application/zip"}
CommandId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]


@dataclass(frozen=True, kw_only=True)
class CommandEntry:
    """One order; the caller draws the id, so that asking twice is one order."""

    id: str
    gate: str
    name: str  # RESEND: send records first…last of an epoch again; REPORT: send telemetry now; and those of CARE
    epoch: int = 0
    first: int = 0
    last: int = 0
    lane: str = ""  # TEST_PHOTO: at which; empty where the gate has one only


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a gate put up in answer to an order: where it lies below the photo directory, and what it is."""

    path: str
    media_type: str


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
    act = Act.GATE_CARE if entry.name in CARE else Act.GATE_COMMAND
    desk.require(act, subject=f"gate:{entry.gate}")
    checked(entry.id, CommandId, "id")
    _check_lane(entry, gates.find_active(connection, entry.gate).lanes)
    if entry.name == "RESEND" and not (entry.epoch >= 1 and 1 <= entry.first <= entry.last):
        raise Refusal("INVALID", "RESEND needs an epoch and a range first…last")
    old = rows.find(connection, entry.id)
    if old is not None:
        if {name: getattr(old, name) for name in asdict(entry)} != asdict(entry):
            raise Refusal("INVALID", "another order has this id")
        return False
    lifetime_ms = CARE_LIFETIME_MS if entry.name in CARE else LIFETIME_MS
    rows.add(connection, asdict(entry) | {"issued_ms": now_ms, "expires_ms": now_ms + lifetime_ms})
    desk.note(act, f"gate:{entry.gate}", command=entry.id, name=entry.name)
    return True


def newest(desk: Desk, gate: str) -> Sequence[Any]:
    """Return the newest orders to a gate, newest first; Refusal NOT-FOUND, FORBIDDEN."""
    gates.get(desk, gate)
    return rows.of_gate(desk.connection, gate, SHOWN_MAX)


def has_answer(desk: Desk, order: Any) -> bool:
    """Return whether what the gate answers with has come."""
    return order.sha256 is not None and photos.find(desk.connection, order.gate, order.sha256) is not None


def answer(desk: Desk, gate: str, command_id: str) -> Answer:
    """Return what a gate put up in answer to an order; the look is on the audit log.

    Raises:
        Refusal: NOT-FOUND (no such order, or nothing has come), FORBIDDEN.
    """
    desk.require(Act.GATE_CARE, subject=f"gate:{gate}")
    order = get(desk, gate, command_id)
    row = None if order.sha256 is None else photos.find(desk.connection, gate, order.sha256)
    if row is None or row.kind not in MEDIA:
        raise Refusal("NOT-FOUND", command_id)
    desk.look(Act.GATE_CARE, f"gate:{gate}", command=command_id, name=order.name)
    return Answer(path=row.path, media_type=MEDIA[row.kind])


def _check_lane(entry: CommandEntry, lanes: Sequence[str]) -> None:
    """Hold the lane against those of the gate: a picture is of one of them, and of no other order is there one."""
    wanted = entry.name == "TEST_PHOTO" and (len(lanes) > 1 or entry.lane != "")
    if wanted and entry.lane not in lanes:
        raise Refusal("INVALID", f"lane: one of {', '.join(lanes)}")
    if not wanted and entry.lane:
        raise Refusal("INVALID", f"lane: {entry.name} is of the whole gate")
