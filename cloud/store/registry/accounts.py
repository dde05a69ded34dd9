"""Rows of accounts, of their one-time links, and of failed attempts to sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from cloud.store.schema import account, sign_in_attempt, sign_in_link
from cloud.store.upsert import insert_into

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, name: str) -> Row[Any] | None:
    """Return one account."""
    return connection.execute(select(account).where(account.c.name == name)).one_or_none()


def of_person(connection: Connection, person: str) -> Row[Any] | None:
    """Return the account of one person."""
    return connection.execute(select(account).where(account.c.person == person)).one_or_none()


def page(connection: Connection, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` accounts with a name above `after`."""
    return connection.execute(select(account).where(account.c.name > after).order_by(account.c.name).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add an account."""
    connection.execute(insert(account).values(row))


def change(connection: Connection, name: str, values: dict[str, Any]) -> None:
    """Set columns of an account."""
    connection.execute(update(account).where(account.c.name == name).values(values))


def swap_password(connection: Connection, name: str, old: str, values: dict[str, Any]) -> bool:
    """Set columns of an account if it is open and its password still `old`; False if somebody was faster."""
    held = update(account).where(account.c.name == name, account.c.password == old, account.c.disabled_ms.is_(None))
    return connection.execute(held.values(values)).rowcount == 1


def charge(connection: Connection, name_hash: str, now_ms: int) -> int | None:
    """Count one more attempt under a name before it is tried; return how many, None while the name must wait.

    One statement: of many at once none goes uncounted.
    """
    first = insert_into(connection, sign_in_attempt).values(
        name_hash=name_hash, failures=1, last_ms=now_ms, locked_until_ms=0
    )
    again = first.on_conflict_do_update(
        index_elements=["name_hash"],
        set_={"failures": sign_in_attempt.c.failures + 1, "last_ms": now_ms},
        where=sign_in_attempt.c.locked_until_ms <= now_ms,
    )
    failures: int | None = connection.scalar(again.returning(sign_in_attempt.c.failures))
    return failures


def lock(connection: Connection, name_hash: str, until_ms: int) -> None:
    """Let a name wait."""
    held = update(sign_in_attempt).where(sign_in_attempt.c.name_hash == name_hash)
    connection.execute(held.values(locked_until_ms=until_ms))


def locked_until_ms(connection: Connection, name_hash: str) -> int:
    """Return how long a name must wait; 0 where it need not."""
    found = select(sign_in_attempt.c.locked_until_ms).where(sign_in_attempt.c.name_hash == name_hash)
    return connection.scalar(found) or 0


def forget_attempts(connection: Connection, name_hash: str) -> None:
    """Forget the failed attempts under a name."""
    connection.execute(delete(sign_in_attempt).where(sign_in_attempt.c.name_hash == name_hash))


def forget_old_attempts(connection: Connection, before_ms: int) -> None:
    """Forget attempts under names that nobody tried since."""
    connection.execute(delete(sign_in_attempt).where(sign_in_attempt.c.last_ms < before_ms))


def add_link(connection: Connection, row: dict[str, Any]) -> None:
    """Keep a one-time link."""
    connection.execute(insert(sign_in_link).values(row))


def take_link(connection: Connection, token_hash: str, now_ms: int) -> str | None:
    """Use a link up and return its account; None if it is unknown, used or too old."""
    held = sign_in_link.c.token_hash == token_hash, sign_in_link.c.expires_ms > now_ms
    name = connection.scalar(select(sign_in_link.c.account).where(*held))
    if name is None or connection.execute(delete(sign_in_link).where(*held)).rowcount == 0:
        return None
    return str(name)


def drop_links(connection: Connection, name: str) -> None:
    """Make the links of an account useless."""
    connection.execute(delete(sign_in_link).where(sign_in_link.c.account == name))


def drop_old_links(connection: Connection, now_ms: int) -> None:
    """Remove links that are too old to be used."""
    connection.execute(delete(sign_in_link).where(sign_in_link.c.expires_ms <= now_ms))
