"""Rows of documents; their bytes lie on the shelf (`cloud.store.document_files`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select, update

from cloud.store.schema import cases, document, hold, hold_step
from cloud.store.upsert import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, sha256: str) -> Row[Any] | None:
    """Return a document that was put, removed or not."""
    return connection.execute(select(document).where(document.c.sha256 == sha256)).one_or_none()


def locked(connection: Connection, sha256s: Iterable[str]) -> Sequence[Row[Any]]:
    """Return the documents that are there, locked until the transaction ends."""
    present = (document.c.sha256.in_(sorted(set(sha256s))), document.c.removed_ms.is_(None))
    return connection.execute(select(document).where(*present).order_by(document.c.sha256).with_for_update()).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a document, unless somebody else has just put the same one."""
    insert_new(connection, document, [row])


def change(connection: Connection, sha256: str, values: dict[str, Any]) -> None:
    """Change what is known of a document."""
    connection.execute(update(document).where(document.c.sha256 == sha256).values(values))


def unclaimed(connection: Connection, account: str) -> int:
    """Return how many documents of an account wait for the act that rests on them."""
    waiting = (document.c.put_by == account, document.c.claimed_ms.is_(None), document.c.removed_ms.is_(None))
    return connection.scalar(select(func.count()).select_from(document).where(*waiting)) or 0


def due(connection: Connection, now_ms: int, unclaimed_before_ms: int, limit: int) -> Sequence[Row[Any]]:
    """Return and lock documents whose time is over, and those put before a time that nothing came to rest on.

    What belongs to a movement with a case that nobody closed stays (D5, legal hold).
    """
    over = document.c.keep_until_ms <= now_ms
    forgotten = and_(document.c.claimed_ms.is_(None), document.c.put_ms < unclaimed_before_ms)
    on_trial = (
        select(hold_step.c.id)
        .join(hold, hold.c.id == hold_step.c.hold)
        .join(cases, cases.c.movement_id == hold.c.movement)
        .where(or_(hold_step.c.paper == document.c.sha256, hold_step.c.scan == document.c.sha256))
        .where(cases.c.closed_ms.is_(None))
    )
    rows = select(document).where(document.c.removed_ms.is_(None), or_(over, forgotten), ~on_trial.exists())
    return connection.execute(rows.order_by(document.c.sha256).limit(limit).with_for_update(skip_locked=True)).all()


def present(connection: Connection, sha256s: Iterable[str]) -> set[str]:
    """Return which of these are documents that were put and not removed."""
    rows = select(document.c.sha256).where(document.c.sha256.in_(list(sha256s)), document.c.removed_ms.is_(None))
    return set(connection.scalars(rows))
