"""The trail of changes: one row each, whose id the board and the sinks follow, so that a reconnect loses nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import func, select, text

from cloud.store.bulk import insert_rows
from cloud.store.schema import change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

# Any fixed number; it must only differ from MIGRATION_LOCK in `engine`.
CHANGE_LOCK = 0x5EA1_0002


class Kind(StrEnum):
    """What changed; `ref` names the row: {"movement": id}, {"case": id}, {"gate": id}, {"site": code}."""

    MOVEMENT = "movement"
    CASE = "case"
    GATE = "gate"
    RECORD = "record"
    PHOTO = "photo"
    SITE = "site"


def append(connection: Connection, rows: Sequence[tuple[Kind, Mapping[str, Any]]], now_ms: int) -> None:
    """Add rows to the trail, in the order given; call it last in the transaction.

    On PostgreSQL ids are drawn before they are committed: without the lock, a reader that has seen id 7 could miss
    an id 6 that commits later. SQLite has one writer at a time.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHANGE_LOCK})
    written = [(kind.value, msgspec.json.encode(ref).decode(), now_ms) for kind, ref in rows]
    insert_rows(connection, change, ("kind", "ref", "at_ms"), written)


def newest(connection: Connection) -> int:
    """Return the id of the last change, 0 for none."""
    return connection.scalar(select(func.max(change.c.id))) or 0


def after(connection: Connection, position: int, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` changes with an id above `position`, oldest first."""
    return connection.execute(select(change).where(change.c.id > position).order_by(change.c.id).limit(limit)).all()
