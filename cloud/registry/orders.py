"""Transport orders (運送單) and the pairing they bring: an e-seal's pairs (R-039), a paper seal's never (R-040)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain.authority import Act
from cloud.domain.fees import Sealer
from cloud.domain.lifecycles.pairing import Step
from cloud.domain.sealing import TRAFFIC_OF_OPERATION
from cloud.registry import instructions, places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import binding, papers, register
from cloud.registry.sealing.declared import Declared, Load, SealBlock
from cloud.store import movements
from cloud.store import orders as rows
from cloud.store.registry import pairings
from schemas import messages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloud.registry.desk import Desk

__all__ = ["TYPE_E", "TYPE_PA", "CargoLine", "OrderEntry", "SealBlock", "cancel", "put_order"]

# D1: customs' seal types; the others are original or own seals, which our gates do not read.
TYPE_E = "5"  # 電子封條
TYPE_PA = "6"  # 電子紙封條
KIND_OF_TYPE = {TYPE_E: messages.SealKind.E, TYPE_PA: messages.SealKind.PA}
OrderNumber = Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,19}$(?!\n)")]
Plate = Annotated[str, Meta(min_length=1, max_length=12)]
_NUMBER_CHARS = 19  # office 2, year 2, month 2, 統一編號 8, serial 5
_UNIFIED_NUMBER = slice(6, 14)


@dataclass(frozen=True, kw_only=True)
class CargoLine:
    """One line of 載運貨物明細: the number it is declared or permitted under, and the rest of it as sent."""

    document: str = ""  # 報單號碼／轉運申請書號碼
    particulars: Mapping[str, str | int] | None = None


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
    classes: Mapping[str, str | int]
    cargo: Sequence[CargoLine] = ()

    @property
    def load(self) -> Load:
        """What is sealed and where it goes."""
        where = {"origin": self.origin, "destination": self.destination}
        return Load(container=self.container, plate=self.plate, order=self.number, **where)


def put_order(desk: Desk, entry: OrderEntry) -> bool:
    """Take an order and pair its e-seal; True if the order is new. Until departure a changed order changes the pairing.

    Raises:
        Refusal: FORBIDDEN, INVALID, SITE-UNKNOWN, SITE-CLOSED, SEAL-UNISSUED, SEAL-BLOCK, SEAL-PAIRED, SEAL-DEAD,
            ONE-E-SEAL, USE-RECORD, ORDER-DEPARTED, ORDER-CANCELLED; nothing is stored then.
    """
    subject = f"order:{entry.number}"
    desk.require(Act.ORDER_WRITE, sites=[entry.origin], subject=subject)
    checked(entry.number, OrderNumber, "number")
    checked(entry.container, messages.ContainerNumber, "container")
    checked(entry.plate, Plate, "plate")
    places.require(desk.connection, entry.origin, entry.destination)
    old = rows.locked(desk.connection, entry.number)
    row = _row(entry, desk.now_ms)
    if old is not None:
        desk.require(Act.ORDER_WRITE, sites=[old.origin], subject=subject)
        if old.cancelled_ms is not None:
            raise Refusal("ORDER-CANCELLED", entry.number)
        if all(getattr(old, name) == value for name, value in row.items() if name != "received_ms"):
            return False
    # what is on its way may still be told again when a yard has closed; nothing new or changed begins there
    places.require(desk.connection, entry.origin, entry.destination, at_ms=desk.now_ms)
    rows.save(desk.connection, row)
    touched = _pair(desk, entry, _own_seals(desk, entry))
    instructions.report(desk, _reported(entry))
    desk.note(Act.ORDER_WRITE, subject, new=old is None, movements=touched)
    binding.tell(desk, touched, {entry.origin, entry.destination, *_sites(old)})
    return old is None


def _reported(entry: OrderEntry) -> instructions.Reported:
    return instructions.Reported(
        number=entry.number,
        container=entry.container,
        origin=entry.origin,
        seal_types={block.type for block in entry.seals},
        papers=[instructions.paper(line.document, line.particulars) for line in entry.cargo],
    )


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
        "cargo": [{"document": line.document, **(line.particulars or {})} for line in entry.cargo],
        "received_ms": now_ms,
    }


def _own_seals(desk: Desk, entry: OrderEntry) -> list[Any]:
    """Return the register's rows of the order's own seals, one e-seal at most; every block must agree with it."""
    found: list[Any] = []
    for block in entry.seals:
        kind = KIND_OF_TYPE.get(block.type)
        if kind is None:
            continue
        seal = register.issued(desk, block.number)
        if seal.kind != kind:
            raise Refusal("SEAL-BLOCK", f"{block.number} is of kind {seal.kind}")
        if kind == messages.SealKind.E and any(other.kind == kind for other in found):
            raise Refusal("ONE-E-SEAL", block.number)
        found.append(seal)
    return found


def _pair(desk: Desk, entry: OrderEntry, seals: Sequence[Any]) -> list[str]:
    """Make, change or cancel the movements of an order; returns the ids touched."""
    earlier = movements.of_order(desk.connection, entry.number)
    live = [row for row in earlier if row.state in register.LIVE]
    if any(row.state != "PAIRED" for row in live):
        raise Refusal("ORDER-DEPARTED", entry.number)
    named = {seal.seal_no for seal in seals}
    for row in live:
        if row.seal_no in named:
            _carry(desk, row.id, entry)
        else:
            _let_go(desk, row)
    touched = [row.id for row in live]
    for seal in seals:
        if seal.seal_no not in {row.seal_no for row in live}:
            touched += _join_or_make(desk, entry, seal)
    return touched


def _join_or_make(desk: Desk, entry: OrderEntry, seal: Any) -> list[str]:
    """Join the order to what the desk has paired, or let its e-seal's block make the pairing (R-039, R-040)."""
    waiting = movements.live_of_seal(desk.connection, seal.seal_no)
    if waiting is not None and _is_ours(waiting, entry):
        _carry(desk, waiting.id, entry)
        return [waiting.id]
    if seal.kind == messages.SealKind.PA:
        return []
    if waiting is not None:
        raise Refusal("SEAL-PAIRED", seal.seal_no)
    return [binding.bind(desk, seal, entry.load, _declared(desk, entry), "TO")]


def _is_ours(waiting: Any, entry: OrderEntry) -> bool:
    unclaimed = waiting.transport_order is None and waiting.state == "PAIRED"
    return unclaimed and (waiting.container, waiting.origin) == (entry.container, entry.origin)


def _declared(desk: Desk, entry: OrderEntry) -> Declared:
    told = next((line.document for line in entry.cargo if line.document), None)
    payer = entry.number[_UNIFIED_NUMBER]
    known = len(entry.number) == _NUMBER_CHARS and payer.isdigit()
    size_type = entry.classes.get("container_type")
    return Declared(
        document=papers.required(desk, told, entry.container),
        traffic=TRAFFIC_OF_OPERATION.get(str(entry.classes.get("operation", ""))),
        size_type=None if size_type is None else str(size_type),
        replaces=pairings.unreplaced(desk.connection, entry.number),
        sealer=Sealer.OPERATOR,
        payer=payer if known else None,
    )


def _carry(desk: Desk, movement_id: str, entry: OrderEntry) -> None:
    """Put what the order says on a movement that waits."""
    load = {"container": entry.container, "origin": entry.origin, "destination": entry.destination}
    load |= {"plate": entry.plate, "transport_order": entry.number}
    _change(desk, movement_id, load)


def _let_go(desk: Desk, row: Any) -> None:
    """Take a movement off its order: what the order made ends with it, what the desk paired waits for another."""
    if row.pairing_source == "TO":
        scrapped = register.is_scrapped(desk, row.seal_no)
        binding.release(desk, row.id, Step.REPLACE if scrapped else Step.CANCEL)
    else:
        _change(desk, row.id, {"transport_order": None, "plate": ""})


def _change(desk: Desk, movement_id: str, values: dict[str, Any]) -> None:
    if not movements.change_waiting(desk.connection, movement_id, values | {"updated_ms": desk.now_ms}):
        raise binding.no_longer_waiting(desk, movement_id)


def cancel(desk: Desk, number: str) -> None:
    """Cancel an order that has not departed; its seal becomes free.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, ORDER-DEPARTED.
    """
    order = rows.locked(desk.connection, number)
    if order is None:
        raise Refusal("NOT-FOUND", number)
    desk.require(Act.ORDER_WRITE, sites=[order.origin], subject=f"order:{number}")
    if order.cancelled_ms is not None:
        return
    live = [row for row in movements.of_order(desk.connection, number) if row.state in register.LIVE]
    for row in live:
        _let_go(desk, row)
    instructions.reopen(desk, f"order:{number}")
    rows.cancel(desk.connection, number, desk.now_ms)
    desk.note(Act.ORDER_WRITE, f"order:{number}", cancelled=True)
    binding.tell(desk, [row.id for row in live], _sites(order))
