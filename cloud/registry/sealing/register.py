"""What the stock's register says of a seal that is to be paired, and what becomes of it there (R-033, R-060, R-063)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain.lifecycles.seal import ALIVE, State
from cloud.registry.refusals import Refusal
from cloud.registry.stock import uses
from cloud.store import movements, seals
from schemas.messages import SealKind

if TYPE_CHECKING:
    from cloud.registry.desk import Desk
    from cloud.registry.sealing.declared import Load

# A movement in one of these states holds its seal and its order; an opened one holds its seal alone.
LIVE = frozenset({"PAIRED", "IN_TRANSIT", "ARRIVED", "ARRIVED_MANUAL"})


def issued(desk: Desk, seal_no: str) -> Any:
    """Return a seal that may be paired: an e-seal that was issued, a paper seal of the officers' own stock (R-035).

    Raises:
        Refusal: SEAL-UNISSUED, SEAL-DEAD.
    """
    seal = seals.find(desk.connection, seal_no)
    if seal is None or (seal.kind == SealKind.E and seal.state == State.STOCK):
        raise Refusal("SEAL-UNISSUED", seal_no)
    if seal.state not in ALIVE:
        raise Refusal("SEAL-DEAD", seal_no)
    return seal


def used(desk: Desk, seal: Any, load: Load, document: str, movement: str) -> None:
    """Enter the seal's use with its pairing (R-033).

    Raises:
        Refusal: USE-RECORD.
    """
    uses.record(desk, seal, movement=movement, site=load.origin, document=document, unit=load.container)


def is_scrapped(desk: Desk, seal_no: str) -> bool:
    """Return whether a seal was scrapped (R-060)."""
    seal = seals.find(desk.connection, seal_no)
    return seal is not None and seal.state not in ALIVE


def replaced(desk: Desk, movement: str, new: str) -> None:
    """Link the scrapped seal of a pairing to the one that takes its place (R-060)."""
    row = movements.find(desk.connection, movement)
    if row is not None:
        seals.change(desk.connection, row.seal_no, {"replaced_by": new})
