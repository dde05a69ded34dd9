"""What the stock's register says of a seal that is to be paired, and what becomes of it there (R-033, R-060, R-063)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.registry.refusals import Refusal
from cloud.store import seals

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

# A movement in one of these states holds its seal and its order; an opened one holds its seal alone.
LIVE = frozenset({"PAIRED", "IN_TRANSIT", "ARRIVED", "ARRIVED_MANUAL"})


def issued(desk: Desk, seal_no: str) -> Any:
    """Return a seal of the register.

    Raises:
        Refusal: SEAL-UNISSUED.
    """
    seal = seals.find(desk.connection, seal_no)
    if seal is None:
        raise Refusal("SEAL-UNISSUED", seal_no)
    return seal


def is_scrapped(desk: Desk, seal_no: str) -> bool:
    """Return whether a seal was scrapped (R-060)."""
    seal = seals.find(desk.connection, seal_no)
    return seal is not None and getattr(seal, "state", "") == "SCRAPPED"


def replaced(desk: Desk, old: str, new: str) -> None:
    """Link a scrapped seal to the one that took its place (R-060)."""
