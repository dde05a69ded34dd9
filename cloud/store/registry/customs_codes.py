"""Rows of customs' code tables, as loaded: what a code does from when on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from cloud.store.schema import customs_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def all_rows(connection: Connection) -> Sequence[Row[Any]]:
    """Return every row ever loaded, in the order of list, code and time."""
    order = (customs_code.c.list, customs_code.c.code, customs_code.c.valid_from_ms)
    return connection.execute(select(customs_code).order_by(*order)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Load a code's meaning from a moment on."""
    connection.execute(insert(customs_code).values(row))
