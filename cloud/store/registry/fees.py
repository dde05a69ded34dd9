"""Rows of fees and of the tariff: append-only, so that no later rate can change what was decided (R-048)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from cloud.store.schema import fee, tariff

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row


def rates(connection: Connection) -> Sequence[Row[Any]]:
    """Return every rate that was entered, oldest first."""
    return connection.execute(select(tariff).order_by(tariff.c.valid_from_ms, tariff.c.id)).all()


def add_rate(connection: Connection, row: dict[str, Any]) -> int:
    """Add a rate and return its id."""
    return int(connection.execute(insert(tariff).values(row).returning(tariff.c.id)).scalar_one())


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a decision or a reversal."""
    connection.execute(insert(fee).values(row))


def of_movement(connection: Connection, movement_id: str) -> Sequence[Row[Any]]:
    """Return what was decided for a pairing, oldest first."""
    return connection.execute(select(fee).where(fee.c.movement == movement_id).order_by(fee.c.id)).all()


def page(  # noqa: PLR0913 -- what a list is filtered by
    connection: Connection,
    after: int,
    limit: int,
    *,
    sites: Collection[str] | None,
    month: str | None = None,
    payer: str | None = None,
) -> Sequence[Row[Any]]:
    """Return up to `limit` fees with an id above `after`, of sealings at one of `sites` (None: any)."""
    rows = select(fee).where(fee.c.id > after)
    if sites is not None:
        rows = rows.where(fee.c.site.in_(sites))
    if month is not None:
        rows = rows.where(fee.c.month == month)
    if payer is not None:
        rows = rows.where(fee.c.payer == payer)
    return connection.execute(rows.order_by(fee.c.id).limit(limit)).all()
