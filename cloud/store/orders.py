"""Rows of transport orders (運送單)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from cloud.store.schema import transport_order
from cloud.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, number: str) -> Row[Any] | None:
    """Return one order."""
    return connection.execute(select(transport_order).where(transport_order.c.number == number)).one_or_none()


def page(connection: Connection, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` orders with a number above `after`."""
    rows = select(transport_order).where(transport_order.c.number > after)
    return connection.execute(rows.order_by(transport_order.c.number).limit(limit)).all()


def save(connection: Connection, row: dict[str, Any]) -> None:
    """Insert or update an order."""
    upsert(connection, transport_order, [row])


def cancel(connection: Connection, number: str, now_ms: int) -> None:
    """Mark an order as cancelled."""
    cancelled = update(transport_order).where(transport_order.c.number == number)
    connection.execute(cancelled.values(cancelled_ms=now_ms))
