"""Rows of transport orders (運送單)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from cloud.store.schema import transport_order
from cloud.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, number: str) -> Row[Any] | None:
    """Return one order."""
    return connection.execute(select(transport_order).where(transport_order.c.number == number)).one_or_none()


def locked(connection: Connection, number: str) -> Row[Any] | None:
    """Return one order that nobody else changes or cancels before this transaction ends."""
    row = select(transport_order).where(transport_order.c.number == number)
    return connection.execute(row.with_for_update()).one_or_none()


def page(connection: Connection, after: str, limit: int, sites: Collection[str] | None = None) -> Sequence[Row[Any]]:
    """Return up to `limit` orders with a number above `after`, from or to one of `sites` (None: any)."""
    rows = select(transport_order).where(transport_order.c.number > after)
    if sites is not None:
        rows = rows.where(or_(transport_order.c.origin.in_(sites), transport_order.c.destination.in_(sites)))
    return connection.execute(rows.order_by(transport_order.c.number).limit(limit)).all()


def save(connection: Connection, row: dict[str, Any]) -> None:
    """Insert or update an order."""
    upsert(connection, transport_order, [row])


def cancel(connection: Connection, number: str, now_ms: int) -> None:
    """Mark an order as cancelled."""
    cancelled = update(transport_order).where(transport_order.c.number == number)
    connection.execute(cancelled.values(cancelled_ms=now_ms))
