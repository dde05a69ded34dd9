"""Rows of pictures: which gate put which bytes up, and whether an event of that gate names them (R-056)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, func, select

from cloud.store.schema import photo, record_photo
from cloud.store.upsert import insert_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

_NAMED = exists().where(and_(record_photo.c.gate == photo.c.gate, record_photo.c.sha256 == photo.c.sha256))


def find(connection: Connection, gate: str, sha256: str) -> Row[Any] | None:
    """Return a gate's picture."""
    rows = select(photo).where(photo.c.gate == gate, photo.c.sha256 == sha256)
    return connection.execute(rows).one_or_none()


def claims(connection: Connection, sha256: str) -> list[tuple[int, str]]:
    """Return (record id, gate) of the records that name these bytes."""
    rows = select(record_photo.c.record_id, record_photo.c.gate).where(record_photo.c.sha256 == sha256)
    return [(row.record_id, row.gate) for row in connection.execute(rows)]


def unclaimed(connection: Connection, gate: str) -> int:
    """Return how many pictures of a gate no event of that gate names yet."""
    return connection.scalar(select(func.count()).select_from(photo).where(photo.c.gate == gate, ~_NAMED)) or 0


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a picture unless this gate has put it up before."""
    insert_new(connection, photo, [row])


def forgotten(connection: Connection, before_ms: int, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` pictures that came before a moment and that no event names."""
    rows = select(photo).where(photo.c.received_ms < before_ms, ~_NAMED)
    return connection.execute(rows.order_by(photo.c.received_ms).limit(limit)).all()


def remove(connection: Connection, gate: str, sha256: str) -> bool:
    """Take a picture off the list; True if no other gate has put up the same bytes."""
    connection.execute(delete(photo).where(photo.c.gate == gate, photo.c.sha256 == sha256))
    return connection.execute(select(photo.c.gate).where(photo.c.sha256 == sha256)).first() is None
