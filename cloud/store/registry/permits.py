"""Rows of permits for another sealing position (R-045, R-046); never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from cloud.store.schema import permit

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, number: str) -> Row[Any] | None:
    """Return one permit."""
    return connection.execute(select(permit).where(permit.c.number == number)).one_or_none()


def page(connection: Connection, after: str, limit: int, sites: Collection[str] | None) -> Sequence[Row[Any]]:
    """Return up to `limit` permits with a number above `after`, at one of `sites` (None: any)."""
    rows = select(permit).where(permit.c.number > after)
    if sites is not None:
        rows = rows.where(permit.c.site.in_(sites))
    return connection.execute(rows.order_by(permit.c.number).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a permit."""
    connection.execute(insert(permit).values(row))
