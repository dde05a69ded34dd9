"""Evidence that a lane sends by itself: what it recorded under the notice of an outage (R-074, R-075, R-077)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.domain.outages import Shows, Side
from cloud.registry.refusals import Refusal
from cloud.store import movements, seals
from cloud.store.registry import evidence as rows
from cloud.store.registry import outages
from schemas.lifecycle import DEPARTURE
from schemas.messages import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

# READ_CONFIRM: somebody tried, and the system did not let him; holds, scraps and papers have lists of their own
SIDES = {
    Operation.SEAL_OUT_E: Side.ORIGIN,
    Operation.SEAL_OUT_P: Side.ORIGIN,
    Operation.READ_CONFIRM_OUT: Side.ORIGIN,
    Operation.ARRIVE: Side.DESTINATION,
    Operation.MAKEUP_ARRIVE: Side.DESTINATION,
    Operation.READ_CONFIRM_IN: Side.DESTINATION,
}
_KINDS = {operation: kind for kind, operation in DEPARTURE.items()}


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A lane's record as evidence; what it does not say is looked up, or missing."""

    record: str  # its hash
    name: str  # gate/epoch/sequence
    site: str
    notice: str
    operation: Operation
    event_ms: int
    movement: str | None
    uid: str | None
    seal_no: str | None
    container: str | None
    transport_order: str | None
    pictures: Sequence[str]


def keep(desk: Desk, entry: Recorded) -> int:
    """Put a lane's record into the centre's inbox and return the item's id; its pictures come by themselves.

    A notice that nobody has declared is no outage (R-073): the item stands there without one, and says so.

    Raises:
        Refusal: NOT-FOUND (neither record nor register says which seal and unit), MOVEMENT-UNKNOWN (an arrival).
    """
    side = SIDES[entry.operation]
    seal = _seal(desk, entry)
    number = seal.seal_no if seal is not None else entry.seal_no
    movement = _movement(desk, entry, number, side)
    container, kind = entry.container, seal.kind if seal is not None else _KINDS.get(entry.operation)
    if movement is not None:
        number, container, kind = number or movement.seal_no, container or movement.container, kind or movement.kind
    if not (number and container and kind):
        raise Refusal("NOT-FOUND", f"seal {number or '—'}, unit {container or '—'}")
    outage = outages.declared(desk.connection, entry.notice, entry.site)
    remark = f"{entry.name} {entry.operation}" + ("" if outage else f"；未宣告之通報 {entry.notice}")
    row = {"side": side, "site": entry.site, "seal_no": number, "kind": kind, "container": container}
    row |= {"transport_order": entry.transport_order, "movement": movement and movement.id, "outage": outage}
    row |= {"sealed_ms": entry.event_ms, "remark": remark, "record": entry.record}
    item = rows.add(desk.connection, row | {"account": desk.actor.account, "at_ms": desk.now_ms})
    same = {"evidence": item, "shows": Shows.PHOTO, "lane": True, "account": desk.actor.account, "at_ms": desk.now_ms}
    rows.add_documents(desk.connection, [same | {"sha256": sha256} for sha256 in entry.pictures])
    desk.note(Act.EVIDENCE_SUBMIT, f"evidence:{item}", site=entry.site, side=side, record=entry.name)
    return item


def _seal(desk: Desk, entry: Recorded) -> Any:
    """Return the seal of the register: by its chip, which nobody can mistype, else by its number."""
    of_chip = None if entry.uid is None else seals.by_uid(desk.connection, entry.uid)
    if of_chip is not None or entry.seal_no is None:
        return of_chip
    return seals.find(desk.connection, entry.seal_no)


def _movement(desk: Desk, entry: Recorded, seal_no: str | None, side: Side) -> Any:
    """Return the movement it concerns; what comes from a destination always has one (R-077)."""
    found = None if entry.movement is None else movements.find(desk.connection, entry.movement)
    if found is None and seal_no is not None:
        found = movements.live_of_seal(desk.connection, seal_no)
    if found is None and side is Side.DESTINATION:
        raise Refusal("MOVEMENT-UNKNOWN", f"{seal_no or '—'} at {entry.site}")
    return found
