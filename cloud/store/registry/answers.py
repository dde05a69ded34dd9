"""Answers kept under an Idempotency-Key: the same request again gets the same answer and does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from cloud.store.schema import kept_answer
from cloud.store.upsert import insert_into

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row


def reserve(connection: Connection, row: dict[str, Any]) -> bool:
    """Take a key for the act that follows; False if it was taken before.

    Of two requests at once PostgreSQL lets the second wait here until the first has its answer or has failed.
    """
    taken = insert_into(connection, kept_answer).values(row).on_conflict_do_nothing()
    return connection.scalar(taken.returning(kept_answer.c.key)) is not None


def find(connection: Connection, account: str, key: str) -> Row[Any] | None:
    """Return what is kept under a key."""
    kept = select(kept_answer).where(kept_answer.c.account == account, kept_answer.c.key == key)
    return connection.execute(kept).one_or_none()


def keep(connection: Connection, account: str, key: str, status: int, answer: bytes) -> None:
    """Keep the answer of the act that took the key."""
    kept = update(kept_answer).where(kept_answer.c.account == account, kept_answer.c.key == key)
    connection.execute(kept.values(status=status, answer=answer))


def drop_old(connection: Connection, before_ms: int) -> int:
    """Forget old answers; return how many."""
    return connection.execute(delete(kept_answer).where(kept_answer.c.at_ms < before_ms)).rowcount
