"""One decision a pairing: charged by the tariff in force, or exempt and why (R-038, R-041, R-042)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain.fees import Rate, Reason, in_force, month_of
from cloud.store.registry import fees as rows
from schemas.messages import SealKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from cloud.registry.desk import Desk
    from cloud.registry.sealing.declared import Declared


def entered_rates(connection: Connection) -> Sequence[Rate]:
    """Return the rates of the register, oldest first."""
    return [
        Rate(
            kind=SealKind(row.kind),
            sealer=row.sealer,
            amount=row.amount,
            valid_from_ms=row.valid_from_ms,
            source=row.source,
            id=row.id,
        )
        for row in rows.rates(connection)
    ]


def decide(desk: Desk, movement: dict[str, Any], declared: Declared, exemption: Reason | None) -> None:
    """Store the one fee decision of a pairing that is just being made."""
    row = {name: movement[name] for name in ("container", "seal_no", "kind")}
    row |= {"movement": movement["id"], "site": movement["origin"], "document": declared.document}
    row |= {"payer": declared.payer, "entry": "DECISION", "at_ms": desk.now_ms, "month": month_of(desk.now_ms)}
    if exemption is not None:
        rows.add(desk.connection, row | {"outcome": "EXEMPT", "reason": exemption, "amount": 0})
        return
    rate = in_force(entered_rates(desk.connection), SealKind(movement["kind"]), declared.sealer, desk.now_ms)
    charge = {"outcome": "CHARGED", "reason": Reason.TARIFF, "amount": rate.amount, "tariff": rate.id}
    rows.add(desk.connection, row | charge)


def reverse(desk: Desk, movement_id: str) -> None:
    """Give back what a pairing was charged that is cancelled: in the month of the cancellation, by a row of its own."""
    decided = rows.of_movement(desk.connection, movement_id)
    if len(decided) != 1 or decided[0].outcome != "CHARGED":
        return
    kept = ("movement", "outcome", "tariff", "payer", "site", "container", "seal_no", "kind", "document")
    row: dict[str, Any] = {name: getattr(decided[0], name) for name in kept}
    row |= {"entry": "REVERSAL", "reason": Reason.CANCELLED, "amount": -decided[0].amount}
    rows.add(desk.connection, row | {"at_ms": desk.now_ms, "month": month_of(desk.now_ms)})
