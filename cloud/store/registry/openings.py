"""Rows of openings (拆封查核(驗)): who broke a seal of ours by right, when and why (R-012); never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, insert, select

from cloud.store.schema import opening, pairing

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row

_SEALED_AGAIN = exists().where(pairing.c.opening == opening.c.id, pairing.c.state.in_(("PAIRED", "OPENED")))


def find(connection: Connection, opening_id: int) -> Row[Any] | None:
    """Return one opening."""
    return connection.execute(select(opening).where(opening.c.id == opening_id)).one_or_none()


def unsealed(connection: Connection, container: str, document: str) -> Row[Any] | None:
    """Return the newest opening of a unit with the same goods that no pairing has sealed again."""
    sealed_by = pairing.alias()
    rows = select(opening).join(sealed_by, sealed_by.c.movement == opening.c.movement)
    rows = rows.where(opening.c.container == container, sealed_by.c.document == document, ~_SEALED_AGAIN)
    return connection.execute(rows.order_by(opening.c.id.desc()).limit(1)).one_or_none()


def page(connection: Connection, after: int, limit: int, sites: Collection[str] | None) -> Sequence[Row[Any]]:
    """Return up to `limit` openings with an id above `after`, at one of `sites` (None: any)."""
    rows = select(opening).where(opening.c.id > after)
    if sites is not None:
        rows = rows.where(opening.c.site.in_(sites))
    return connection.execute(rows.order_by(opening.c.id).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> int:
    """Add an opening and return its id."""
    return int(connection.execute(insert(opening).values(row).returning(opening.c.id)).scalar_one())
