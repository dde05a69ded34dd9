"""Rows of applications for sealing (加封申請)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from cloud.store.schema import application

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, application_id: int) -> Row[Any] | None:
    """Return one application."""
    return connection.execute(select(application).where(application.c.id == application_id)).one_or_none()


def page(  # noqa: PLR0913 -- what a list is filtered by
    connection: Connection, after: int, limit: int, *, sites: Collection[str] | None, account: str, state: str | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` applications with an id above `after`: those at `sites` (None: all) and one's own."""
    rows = select(application).where(application.c.id > after)
    if sites is not None:
        rows = rows.where(or_(application.c.site.in_(sites), application.c.account == account))
    if state is not None:
        rows = rows.where(application.c.state == state)
    return connection.execute(rows.order_by(application.c.id).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> int:
    """Add an application and return its id."""
    return int(connection.execute(insert(application).values(row).returning(application.c.id)).scalar_one())


def move(connection: Connection, application_id: int, old: str, values: dict[str, Any]) -> bool:
    """Change an application that is still in state `old`; False if it is not."""
    moved = update(application).where(application.c.id == application_id, application.c.state == old)
    return connection.execute(moved.values(values)).rowcount == 1
