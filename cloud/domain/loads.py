"""What a gate is told to hold against what it sees: the load in words, and where the seal must sit (R-043, R-054)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain.sealing import USUAL, Unit
from schemas.messages import SealKind, SealPosition

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOAD_CHARS_MAX = 200
DOCUMENTS_NAMED_MAX = 3
# R12 貨櫃(物)類別
_CLASSES = {
    "A": "CY重櫃 full, CY",
    "B": "空櫃 empty container",
    "C": "非櫃裝 no container",
    "D": "CFS重櫃 full, CFS",
    "E": "空車 empty vehicle",
}
_USUAL = tuple(position for position in SealPosition if position in USUAL)


def load_of(document: str | None, classes: Mapping[str, Any] | None, cargo: Sequence[Mapping[str, Any]] | None) -> str:
    """Return what is inside as one line: class, declarations and quantity of the order, else the pairing's document.

    Names of people and companies are no part of it; an order has none.
    """
    lines = cargo or ()
    numbers = [str(line.get("document") or line.get("master_bill") or "") for line in lines]
    named = list(dict.fromkeys(number for number in numbers if number)) or ([document] if document else [])
    quantity = sum(line["quantity"] for line in lines if isinstance(line.get("quantity"), int))
    parts = [_CLASSES.get(str((classes or {}).get("load", "")), "")]
    if named:
        more = len(named) - DOCUMENTS_NAMED_MAX
        parts.append("、".join(named[:DOCUMENTS_NAMED_MAX]) + (f" 等 and {more} more" if more > 0 else ""))
    if quantity:
        parts.append(f"數量 qty {quantity:,}")
    return "｜".join(part for part in parts if part)[:LOAD_CHARS_MAX]


def positions_of(kind: str, unit: str | None, position: str | None) -> tuple[SealPosition, ...]:
    """Return where the seal may sit: where the pairing says, else the usual places of an e-seal on a container.

    Paper seals and bonded units have no rule (A8c): of them nothing is asked unless the pairing says it.
    """
    if kind == SealKind.PA:
        return ()
    if position is not None:
        return (SealPosition(position),)
    return () if unit == Unit.BONDED else _USUAL
