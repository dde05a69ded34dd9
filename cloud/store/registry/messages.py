"""Rows of messages as received and of what they say of containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, text, tuple_, update

from cloud.store.schema import mention, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Row

# Any fixed number; it must only differ from the other locks of the store.
MESSAGE_LOCK = 0x5EA1_0003
PARAMETERS_MAX = 500  # of one IN list: far below what either database takes


def alone(connection: Connection) -> None:
    """Let one transaction at a time take messages in: two that speak of one container must see each other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MESSAGE_LOCK})


def find(connection: Connection, message_id: str) -> Row[Any] | None:
    """Return one message, its sealed bytes included."""
    return connection.execute(select(message).where(message.c.id == message_id)).one_or_none()


def page(connection: Connection, after: int, limit: int, kind: str | None) -> Sequence[Row[Any]]:
    """Return up to `limit` messages without their bytes, in the order in which they came."""
    rows = select(*(column for column in message.c if column.name != "content")).where(message.c.number > after)
    if kind is not None:
        rows = rows.where(message.c.kind == kind)
    return connection.execute(rows.order_by(message.c.number).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Store a message."""
    connection.execute(insert(message).values(row))


def known_scope(connection: Connection, kind: str, scope: str) -> bool:
    """Tell whether any message of this kind ever spoke of this scope."""
    rows = select(message.c.id).where(message.c.kind == kind, message.c.scope == scope).limit(1)
    return connection.execute(rows).first() is not None


def add_mentions(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Store what a message says of containers."""
    if rows:
        connection.execute(insert(mention), rows)


def live_of_containers(connection: Connection, containers: Iterable[str], since_ms: int) -> list[Row[Any]]:
    """Return the mentions of these containers that nobody withdrew, oldest first."""
    rows: list[Row[Any]] = []
    for some in _parts(containers):
        live = select(mention).where(mention.c.container.in_(some), mention.c.withdrawn_ms.is_(None))
        rows += connection.execute(live.where(mention.c.at_ms >= since_ms)).all()
    return sorted(rows, key=lambda row: (row.at_ms, row.message, row.line))


def live_of_scope(connection: Connection, kind: str, scope: str) -> Sequence[Row[Any]]:
    """Return the mentions of this kind and scope that nobody withdrew."""
    rows = select(mention).where(mention.c.kind == kind, mention.c.scope == scope)
    return connection.execute(rows.where(mention.c.withdrawn_ms.is_(None))).all()


def any_withdrawn(connection: Connection, message_id: str) -> bool:
    """Tell whether something that a message says was taken back later."""
    rows = select(mention.c.line).where(mention.c.message == message_id, mention.c.withdrawn_ms.is_not(None))
    return connection.execute(rows.limit(1)).first() is not None


def withdraw(connection: Connection, keys: Sequence[tuple[str, int]], by: str, now_ms: int) -> None:
    """Mark mentions (message, line) as withdrawn."""
    for at in range(0, len(keys), PARAMETERS_MAX):
        named = tuple_(mention.c.message, mention.c.line).in_(keys[at : at + PARAMETERS_MAX])
        connection.execute(update(mention).where(named).values(withdrawn_by=by, withdrawn_ms=now_ms))


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    every = sorted(set(values))
    for at in range(0, len(every), PARAMETERS_MAX):
        yield every[at : at + PARAMETERS_MAX]
