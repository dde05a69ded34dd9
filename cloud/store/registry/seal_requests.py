"""Rows of requests for seals (批次請領)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from cloud.store.schema import seal_request

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, number: int) -> Row[Any] | None:
    """Return one request."""
    return connection.execute(select(seal_request).where(seal_request.c.id == number)).one_or_none()


def page(
    connection: Connection, after: int, limit: int, *, sites: Collection[str] | None, state: str | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` requests with an id above `after`, of these sites (None: all)."""
    rows = select(seal_request).where(seal_request.c.id > after)
    if sites is not None:
        rows = rows.where(seal_request.c.site.in_(sites))
    if state is not None:
        rows = rows.where(seal_request.c.state == state)
    return connection.execute(rows.order_by(seal_request.c.id).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> int:
    """Add a request and return its number."""
    return int(connection.execute(insert(seal_request).values(row).returning(seal_request.c.id)).scalar_one())


def move(connection: Connection, number: int, old: str, values: dict[str, Any]) -> bool:
    """Change a request that is still in state `old`; False if it is not."""
    moved = update(seal_request).where(seal_request.c.id == number, seal_request.c.state == old)
    return connection.execute(moved.values(values)).rowcount == 1
