"""Rows of pictures: which gate put which bytes up, and whether an event of that gate names them (R-056)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, func, or_, select, update

from cloud.store.schema import document, paper, photo, record_photo
from cloud.store.upsert import insert_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

_PICTURED = exists().where(and_(record_photo.c.gate == photo.c.gate, record_photo.c.sha256 == photo.c.sha256))
_PAPERED = exists().where(and_(paper.c.gate == photo.c.gate, paper.c.sha256 == photo.c.sha256))
_OWN = and_(paper.c.gate == photo.c.gate, paper.c.sha256 == photo.c.sha256)
_GONE = exists().where(paper.c.document == document.c.sha256, document.c.removed_ms.is_not(None))
# what was encrypted lies here no longer than what was in it, wherever else the same bytes are named
_OVER = and_(photo.c.kind == "PAPER", exists().where(_OWN), ~exists().where(_OWN, ~_GONE))
# tests and diagnostics answer a command and are named by no record: they are kept for a while, and that is all
_NAMED = or_(and_(photo.c.kind == "PHOTO", _PICTURED), and_(photo.c.kind == "PAPER", _PAPERED))


def find(connection: Connection, gate: str, sha256: str) -> Row[Any] | None:
    """Return a gate's picture."""
    rows = select(photo).where(photo.c.gate == gate, photo.c.sha256 == sha256)
    return connection.execute(rows).one_or_none()


def is_named(connection: Connection, gate: str, sha256: str, kind: str) -> bool:
    """Return whether a record of a gate names these bytes as a picture or a paper."""
    table = {"PHOTO": record_photo, "PAPER": paper}.get(kind)
    if table is None:
        return False
    return (
        connection.scalar(select(table.c.gate).where(table.c.gate == gate, table.c.sha256 == sha256).limit(1))
        is not None
    )


def unclaimed(connection: Connection, gate: str, kind: str) -> int:
    """Return how many files of a gate and kind no event of that gate names yet."""
    of_gate = (photo.c.gate == gate, photo.c.kind == kind, ~_NAMED)
    return connection.scalar(select(func.count()).select_from(photo).where(*of_gate)) or 0


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a picture unless this gate has put it up before."""
    insert_new(connection, photo, [row])


def change(connection: Connection, gate: str, sha256: str, values: dict[str, Any]) -> bool:
    """Change what a file is; False if it is not there."""
    of_gate = update(photo).where(photo.c.gate == gate, photo.c.sha256 == sha256)
    return connection.execute(of_gate.values(values)).rowcount == 1


def forgotten(connection: Connection, before_ms: int, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` files that came before a moment and that no event names, or whose document is gone (D5)."""
    rows = select(photo).where(photo.c.received_ms < before_ms, or_(~_NAMED, _OVER))
    return connection.execute(rows.order_by(photo.c.received_ms).limit(limit)).all()


def surplus(connection: Connection, keep: int, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` tests and diagnostics beyond the newest `keep` of their gate and kind."""
    newest_first = photo.c.received_ms.desc(), photo.c.sha256
    rank = func.row_number().over(partition_by=(photo.c.gate, photo.c.kind), order_by=newest_first)
    ranked = select(photo, rank.label("rank")).where(photo.c.kind.in_(("TEST", "DIAGNOSTICS"))).subquery()
    return connection.execute(select(ranked).where(ranked.c.rank > keep).limit(limit)).all()


def remove(connection: Connection, gate: str, sha256: str) -> bool:
    """Take a picture off the list; True if no other gate has put up the same bytes."""
    connection.execute(delete(photo).where(photo.c.gate == gate, photo.c.sha256 == sha256))
    return connection.execute(select(photo.c.gate).where(photo.c.sha256 == sha256)).first() is None
