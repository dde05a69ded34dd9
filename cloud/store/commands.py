"""Rows of commands to gates; the answers come in with `heard`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from cloud.store.schema import command
from cloud.store.upsert import insert_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, command_id: str) -> Row[Any] | None:
    """Return one command."""
    return connection.execute(select(command).where(command.c.id == command_id)).one_or_none()


def of_gate(connection: Connection, gate: str, limit: int) -> Sequence[Row[Any]]:
    """Return the newest commands to a gate, newest first."""
    rows = select(command).where(command.c.gate == gate)
    return connection.execute(rows.order_by(command.c.issued_ms.desc(), command.c.id).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a command unless its id is there already."""
    insert_new(connection, command, [row])


def unsent(connection: Connection, now_ms: int, limit: int) -> Sequence[Row[Any]]:
    """Return unexpired commands that were never sent, oldest first."""
    waiting = select(command).where(command.c.sent_ms.is_(None), command.c.expires_ms > now_ms)
    return connection.execute(waiting.order_by(command.c.issued_ms).limit(limit)).all()


def unanswered(connection: Connection, gate: str, now_ms: int) -> Sequence[Row[Any]]:
    """Return unexpired commands a gate has not answered: a broker may have forgotten them."""
    waiting = select(command).where(command.c.gate == gate, command.c.answered_ms.is_(None))
    return connection.execute(waiting.where(command.c.expires_ms > now_ms).order_by(command.c.issued_ms)).all()


def sent(connection: Connection, command_id: str, now_ms: int) -> None:
    """Note that the broker has a command."""
    connection.execute(update(command).where(command.c.id == command_id).values(sent_ms=now_ms))
