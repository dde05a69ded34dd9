"""配櫃(封) at the desk: an e-seal by officer or specialist, a paper seal by an officer only (R-036, R-037, A8c)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cloud.domain import sealing as rules
from cloud.domain.authority import Act, Role
from cloud.domain.fees import Reason, Sealer
from cloud.domain.lifecycles.pairing import Step
from cloud.domain.sealing import Unit
from cloud.registry import documents, places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import applications, binding, papers, position, register
from cloud.registry.sealing.declared import (
    Declared,
    Load,
    PairingEntry,
    SealBlock,
    SealText,
    SizeType,
    UnifiedNumber,
)
from cloud.store import orders
from cloud.store.registry import openings, pairings
from schemas import iso6346, messages

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

ACT_OF_KIND = {messages.SealKind.E: Act.PAIR_E, messages.SealKind.PA: Act.PAIR_PA}
FREE = frozenset({Reason.XRAY, Reason.BAGGAGE})  # exemptions of §5 that an officer states


@dataclass(frozen=True, kw_only=True)
class Paired:
    """A pairing just made, and what is doubtful about it (R-047: a wrong check digit only warns)."""

    movement: str
    warnings: tuple[str, ...] = ()


def pair(desk: Desk, entry: PairingEntry, *, replaces: str | None = None) -> Paired:
    """Pair a seal with a unit.

    Raises:
        Refusal: FORBIDDEN, INVALID, SITE-UNKNOWN, SITE-CLOSED, SEAL-UNISSUED, SEAL-PAIRED, SEAL-DEAD, USE-RECORD,
            UNIT-PAIRED, ORDER-LOAD, PAYER, POSITION, PERMIT-NEEDED, PERMIT-UNFIT, DOCUMENT-UNKNOWN, OPENING-…,
            APPLICATION-UNFIT, EXEMPTION.
    """
    checked(entry.seal_no, messages.SealNumber, "seal_no")
    seal = register.issued(desk, entry.seal_no)
    act = ACT_OF_KIND[messages.SealKind(seal.kind)]
    desk.require(act, sites=[entry.origin], subject=f"seal:{entry.seal_no}")
    checked(entry.container, messages.ContainerNumber, "container")
    # a seal replaced on the way may still end at a yard that has closed meanwhile
    places.require(desk.connection, entry.origin, entry.destination, at_ms=None if replaces else desk.now_ms)
    load = _load(desk, entry)
    _opening_fits(desk, entry)
    _one_e_seal(desk, seal, entry)
    declared = _declared(desk, seal, entry, replaces)
    identity = binding.bind(desk, seal, load, declared, entry.channel)
    if entry.application is not None:
        applications.seal(desk, entry.application, container=entry.container, kind=seal.kind)
    desk.note(act, f"seal:{seal.seal_no}", movement=identity, container=entry.container)
    binding.tell(desk, [identity], {entry.origin, entry.destination})
    return Paired(movement=identity, warnings=_doubts(entry))


def _load(desk: Desk, entry: PairingEntry) -> Load:
    """Return the load, with what its order says; an order of another unit or way is no order of this one."""
    load = Load(container=entry.container, origin=entry.origin, destination=entry.destination)
    if entry.order is None:
        return load
    order = orders.locked(desk.connection, entry.order)
    if order is None or order.cancelled_ms is not None:
        raise Refusal("ORDER-LOAD", entry.order)
    if (order.container, order.origin, order.destination) != (load.container, load.origin, load.destination):
        raise Refusal("ORDER-LOAD", entry.order)
    return replace(load, order=order.number, plate=order.plate)


def _one_e_seal(desk: Desk, seal: Any, entry: PairingEntry) -> None:
    """One e-seal is enough for a unit, however many doors it has (R-042)."""
    if seal.kind != messages.SealKind.E:
        return
    for row in pairings.waiting_on(desk.connection, entry.container, entry.origin):
        if row.kind == seal.kind:
            raise Refusal("SEAL-PAIRED" if row.seal_no == seal.seal_no else "UNIT-PAIRED", row.movement)


def _opening_fits(desk: Desk, entry: PairingEntry) -> None:
    """What is sealed again is what was opened, once (R-041)."""
    if entry.opening is None:
        return
    row = openings.find(desk.connection, entry.opening)
    if row is None or row.container != entry.container:
        raise Refusal("OPENING-UNKNOWN", str(entry.opening))
    if pairings.after_opening(desk.connection, entry.opening) is not None:
        raise Refusal("OPENING-RESEALED", str(entry.opening))


def _declared(desk: Desk, seal: Any, entry: PairingEntry, replaces: str | None) -> Declared:
    kind = messages.SealKind(seal.kind)
    if entry.size_type is not None:
        checked(entry.size_type, SizeType, "size_type")
    for other in entry.other_seals:
        checked(other.number, SealText, "other_seals")
    fault = rules.doors_fault(kind, entry.doors, [other.type for other in entry.other_seals])
    if fault is not None:
        raise Refusal("INVALID", fault)
    if entry.photo is not None:
        documents.require(desk, entry.photo, sites=[entry.origin])
    return Declared(
        document=papers.required(desk, entry.document, entry.container),
        traffic=entry.traffic,
        size_type=entry.size_type,
        unit=entry.unit,
        doors=entry.doors,
        other_seals=entry.other_seals,
        position=position.allowed(desk, kind, entry),
        original_seal=entry.original_seal,
        photo=entry.photo,
        permit=entry.permit,
        opening=entry.opening,
        replaces=replaces,
        application=entry.application,
        sealer=Sealer.CUSTOMS if Role.OFFICER in desk.actor.roles else Sealer.OPERATOR,
        payer=_payer(entry, free=bool(entry.opening or replaces or entry.exemption)),
        exemption=_exemption(desk, entry),
    )


def _payer(entry: PairingEntry, *, free: bool) -> str | None:
    if entry.payer is None and not free:
        raise Refusal("PAYER", entry.container)
    return None if entry.payer is None else str(checked(entry.payer, UnifiedNumber, "payer"))


def _exemption(desk: Desk, entry: PairingEntry) -> Reason | None:
    if entry.exemption is not None and (entry.exemption not in FREE or Role.OFFICER not in desk.actor.roles):
        raise Refusal("EXEMPTION", entry.exemption)
    return entry.exemption


def _doubts(entry: PairingEntry) -> tuple[str, ...]:
    doubt = iso6346.doubt(entry.container) if entry.unit is Unit.CONTAINER else None
    return () if doubt is None else (f"container: {entry.container} {doubt}",)


def cancel(desk: Desk, movement_id: str) -> None:
    """Cancel a pairing made at the desk that has not departed; the seal becomes free and the charge goes back.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, ORDER-PAIRED, ORDER-DEPARTED, STATE.
    """
    row = _found(desk, movement_id)
    desk.require(ACT_OF_KIND[row.kind], sites=[row.origin], subject=f"seal:{row.seal_no}")
    if row.pairing_source == "TO":
        raise Refusal("ORDER-PAIRED", str(row.transport_order))
    binding.release(desk, movement_id, Step.CANCEL)
    if row.application is not None:
        applications.unseal(desk, row.application)
    desk.note(ACT_OF_KIND[row.kind], f"seal:{row.seal_no}", movement=movement_id, cancelled=True)
    binding.tell(desk, [movement_id], {row.origin, row.destination})


def replace_seal(desk: Desk, movement_id: str, seal_no: str) -> Paired:
    """Pair another seal with the unit whose seal cannot be read: only once that one is scrapped (R-060).

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, NOT-SCRAPPED, SEAL-BLOCK (another kind), ORDER-DEPARTED, STATE,
            and those of `pair`.
    """
    row = _found(desk, movement_id)
    desk.require(ACT_OF_KIND[row.kind], sites=[row.origin], subject=f"seal:{row.seal_no}")
    if not register.is_scrapped(desk, row.seal_no):
        raise Refusal("NOT-SCRAPPED", row.seal_no)
    if register.issued(desk, seal_no).kind != row.kind:
        raise Refusal("SEAL-BLOCK", f"{seal_no} is not of kind {row.kind}")
    binding.release(desk, movement_id, Step.REPLACE)
    again = pair(desk, _again(row, seal_no), replaces=movement_id)
    binding.tell(desk, [movement_id], ())
    return again


def _found(desk: Desk, movement_id: str) -> Any:
    row = pairings.find(desk.connection, movement_id)
    if row is None:
        raise Refusal("NOT-FOUND", movement_id)
    return row


def _again(row: Any, seal_no: str) -> PairingEntry:
    """Declare the same load once more: the place and the papers are the old seal's."""
    return PairingEntry(
        seal_no=seal_no,
        container=row.container,
        origin=row.origin,
        destination=row.destination,
        document=row.document,
        unit=Unit(row.unit),
        traffic=None if row.traffic is None else rules.Traffic(row.traffic),
        size_type=row.size_type,
        doors=row.doors,
        other_seals=[SealBlock(**other) for other in row.other_seals],
        position=None if row.position is None else messages.SealPosition(row.position),
        original_seal=row.original_seal,
        no_room=row.original_seal is not None,
        photo=row.photo,
        permit=row.permit,
        order=row.transport_order,
    )
