"""Transport orders (運送單) and the pairing they bring: an e-seal's pairs (R-039), a paper seal's never (R-040)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.registry import places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import changes, dispatches, movements, seals
from cloud.store import orders as rows
from schemas import messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

# D1: customs' seal types; the others are original or own seals, which our gates do not read.
TYPE_E = "5"  # 電子封條
TYPE_PA = "6"  # 電子紙封條
KIND_OF_TYPE = {TYPE_E: messages.SealKind.E, TYPE_PA: messages.SealKind.PA}
OrderNumber = Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,19}$(?!\n)")]
Plate = Annotated[str, Meta(min_length=1, max_length=12)]


@dataclass(frozen=True, kw_only=True)
class SealBlock:
    """One seal of an order: type as customs code it (1…8, D1), printed number."""

    type: str
    number: str


@dataclass(frozen=True, kw_only=True)
class OrderEntry:
    """What an operator's system sends of message R12; no personal data of the driver is taken."""

    number: str
    origin: str
    destination: str
    container: str
    plate: str
    departs_ms: int | None
    seals: Sequence[SealBlock]
    classes: Mapping[str, str]


def put_order(connection: Connection, entry: OrderEntry, now_ms: int) -> bool:
    """Take an order and pair its e-seal; True if the order is new. Until departure a changed order changes the pairing.

    Raises:
        Refusal: INVALID, SITE-UNKNOWN, SEAL-UNISSUED, SEAL-BLOCK, SEAL-PAIRED, ONE-E-SEAL, ORDER-DEPARTED,
            ORDER-CANCELLED; nothing is stored then.
    """
    checked(entry.number, OrderNumber, "number")
    checked(entry.container, messages.ContainerNumber, "container")
    checked(entry.plate, Plate, "plate")
    places.require(connection, entry.origin, entry.destination)
    seal = _e_seal(connection, entry)
    old = rows.find(connection, entry.number)
    row = _row(entry, now_ms)
    if old is not None:
        if old.cancelled_ms is not None:
            raise Refusal("ORDER-CANCELLED", entry.number)
        if all(getattr(old, name) == value for name, value in row.items() if name != "received_ms"):
            return False
    rows.save(connection, row)
    touched = _pair(connection, entry, seal, now_ms)
    dispatches.ask(connection, now_ms, sites={entry.origin, entry.destination, *_sites(old)})
    changes.append(connection, [(changes.Kind.MOVEMENT, {"movement": name}) for name in touched], now_ms)
    return old is None


def _sites(order: Any) -> tuple[str, ...]:
    return () if order is None else (order.origin, order.destination)


def _row(entry: OrderEntry, now_ms: int) -> dict[str, Any]:
    return {
        "number": entry.number,
        "origin": entry.origin,
        "destination": entry.destination,
        "container": entry.container,
        "plate": entry.plate,
        "departs_ms": entry.departs_ms,
        "seals": [{"type": block.type, "number": block.number} for block in entry.seals],
        "classes": dict(entry.classes),
        "received_ms": now_ms,
    }


def _e_seal(connection: Connection, entry: OrderEntry) -> Any:
    """Return the register's row of the order's e-seal, or None; every block of ours must agree with the register."""
    found = None
    for block in entry.seals:
        kind = KIND_OF_TYPE.get(block.type)
        if kind is None:
            continue
        seal = seals.find(connection, block.number)
        if seal is None:
            raise Refusal("SEAL-UNISSUED", block.number)
        if seal.kind != kind:
            raise Refusal("SEAL-BLOCK", f"{block.number} is of kind {seal.kind}")
        if kind == messages.SealKind.E:
            if found is not None:
                raise Refusal("ONE-E-SEAL", block.number)
            found = seal
    return found


def _pair(connection: Connection, entry: OrderEntry, seal: Any, now_ms: int) -> list[str]:
    """Make, change or cancel the movement of an order; returns the ids touched."""
    earlier = movements.of_order(connection, entry.number)
    live = next((row for row in earlier if row.state != "CANCELLED"), None)
    load: dict[str, Any] = {"container": entry.container, "plate": entry.plate, "origin": entry.origin}
    load |= {"destination": entry.destination, "updated_ms": now_ms}
    if live is not None and live.state != "PAIRED":
        raise Refusal("ORDER-DEPARTED", entry.number)
    if live is not None and seal is not None and live.seal_no == seal.seal_no:
        _change(connection, live.id, load)
        return [live.id]
    touched = []
    if live is not None:
        _change(connection, live.id, {"state": "CANCELLED", "updated_ms": now_ms})
        touched.append(live.id)
    if seal is None:
        return touched
    if movements.live_of_seal(connection, seal.seal_no) is not None:
        raise Refusal("SEAL-PAIRED", seal.seal_no)
    identity = f"{entry.number}-{len(earlier) + 1}"
    pairing = {"id": identity, "kind": seal.kind, "seal_no": seal.seal_no, "seal_uid": seal.uid}
    pairing |= {"transport_order": entry.number, "paired_ms": now_ms, "pairing_source": "TO", "state": "PAIRED"}
    # due at once: `watch` finds when its first rule can fire
    movements.add(connection, pairing | load | {"due_ms": now_ms})
    return [*touched, identity]


def _change(connection: Connection, movement_id: str, values: dict[str, Any]) -> None:
    if not movements.change_waiting(connection, movement_id, values):
        raise Refusal("ORDER-DEPARTED", movement_id)  # it departed between our look and our write


def cancel(connection: Connection, number: str, now_ms: int) -> None:
    """Cancel an order that has not departed; its seal becomes free.

    Raises:
        Refusal: NOT-FOUND, ORDER-DEPARTED.
    """
    order = rows.find(connection, number)
    if order is None:
        raise Refusal("NOT-FOUND", number)
    if order.cancelled_ms is not None:
        return
    live = [row for row in movements.of_order(connection, number) if row.state != "CANCELLED"]
    for row in live:
        _change(connection, row.id, {"state": "CANCELLED", "due_ms": None, "updated_ms": now_ms})
    rows.cancel(connection, number, now_ms)
    dispatches.ask(connection, now_ms, sites=_sites(order))
    changes.append(connection, [(changes.Kind.MOVEMENT, {"movement": row.id}) for row in live], now_ms)
