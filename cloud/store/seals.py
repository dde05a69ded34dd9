"""Rows of the issue register: printed number, chip and kind of each seal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from cloud.store.schema import seal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, seal_no: str) -> Row[Any] | None:
    """Return a seal by its printed number (明碼)."""
    return connection.execute(select(seal).where(seal.c.seal_no == seal_no)).one_or_none()


def by_uid(connection: Connection, uid: str) -> Row[Any] | None:
    """Return a seal by its chip (暗碼)."""
    return connection.execute(select(seal).where(seal.c.uid == uid)).one_or_none()


def page(connection: Connection, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` seals with a number above `after`."""
    return connection.execute(select(seal).where(seal.c.seal_no > after).order_by(seal.c.seal_no).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a seal to the register."""
    connection.execute(insert(seal).values(row))


def set_uid(connection: Connection, seal_no: str, uid: str) -> None:
    """Correct the chip filed for a seal."""
    connection.execute(update(seal).where(seal.c.seal_no == seal_no).values(uid=uid))
