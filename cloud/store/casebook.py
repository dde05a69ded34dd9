"""Cases as people and systems read them; rules write them in `cases`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from cloud.store.schema import cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, case_id: int) -> Row[Any] | None:
    """Return one case."""
    return connection.execute(select(cases).where(cases.c.id == case_id)).one_or_none()


def page(
    connection: Connection, after: int, limit: int, *, code: str | None, movement: str | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` cases with an id above `after`, of one code and one movement if asked."""
    rows = select(cases).where(cases.c.id > after)
    if code is not None:
        rows = rows.where(cases.c.code == code)
    if movement is not None:
        rows = rows.where(cases.c.movement_id == movement)
    return connection.execute(rows.order_by(cases.c.id).limit(limit)).all()
