"""Rows of the audit log: append-only, read by who, what and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from cloud.store.schema import audit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def append(connection: Connection, row: dict[str, Any]) -> None:
    """Add one line."""
    connection.execute(insert(audit).values(row))


def page(
    connection: Connection, after: int, limit: int, *, subject: str | None, account: str | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` lines with an id above `after`."""
    rows = select(audit).where(audit.c.id > after)
    if subject is not None:
        rows = rows.where(audit.c.subject == subject)
    if account is not None:
        rows = rows.where(audit.c.account == account)
    return connection.execute(rows.order_by(audit.c.id).limit(limit)).all()
