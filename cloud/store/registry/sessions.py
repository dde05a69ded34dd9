"""Rows of sessions: who is signed in, known by the hash of a cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select, update

from cloud.store.schema import account, session

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Begin a session."""
    connection.execute(insert(session).values(row))


def find(connection: Connection, token_hash: str, now_ms: int, idle_ms: int) -> Row[Any] | None:
    """Return a session that holds now, with its account; None if it is over or the account is disabled."""
    joined = select(session, account).join(account, account.c.name == session.c.account)
    holds = session.c.expires_ms > now_ms, session.c.seen_ms > now_ms - idle_ms, account.c.disabled_ms.is_(None)
    return connection.execute(joined.where(session.c.token_hash == token_hash, *holds)).one_or_none()


def touch(connection: Connection, token_hash: str, now_ms: int) -> None:
    """Note that somebody is there."""
    connection.execute(update(session).where(session.c.token_hash == token_hash).values(seen_ms=now_ms))


def end(connection: Connection, token_hash: str) -> bool:
    """End one session; False if there was none."""
    return connection.execute(delete(session).where(session.c.token_hash == token_hash)).rowcount == 1


def end_all(connection: Connection, name: str) -> None:
    """End every session of an account."""
    connection.execute(delete(session).where(session.c.account == name))


def drop_old(connection: Connection, now_ms: int, idle_ms: int) -> int:
    """Remove sessions that are over; return how many."""
    over = or_(session.c.expires_ms <= now_ms, session.c.seen_ms <= now_ms - idle_ms)
    return connection.execute(delete(session).where(over)).rowcount
