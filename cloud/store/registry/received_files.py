"""Rows of files as received."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from cloud.store.schema import received_file
from cloud.store.upsert import insert_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, file_id: str) -> Row[Any] | None:
    """Return one file, its sealed bytes included."""
    return connection.execute(select(received_file).where(received_file.c.id == file_id)).one_or_none()


def page(connection: Connection, after: int, limit: int, kind: str | None) -> Sequence[Row[Any]]:
    """Return up to `limit` files without their bytes, in the order in which they came."""
    columns = (column for column in received_file.c if column.name != "content")
    rows = select(*columns).where(received_file.c.number > after)
    if kind is not None:
        rows = rows.where(received_file.c.kind == kind)
    return connection.execute(rows.order_by(received_file.c.number).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Store a file; one that came before stays as it came first."""
    insert_new(connection, received_file, [row])
