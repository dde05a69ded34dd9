"""Rows of seals: printed number, chip, kind, whose stock, and where each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, insert, or_, select, update

from cloud.domain.lifecycles.seal import ALIVE
from cloud.store.bulk import insert_rows
from cloud.store.schema import movement, seal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

ASKED_MAX = 500  # parameters of one question, well below what either database takes
NEW = ("seal_no", "uid", "kind", "series", "state", "site", "issued_ms")


def find(connection: Connection, seal_no: str) -> Row[Any] | None:
    """Return a seal by its printed number (明碼)."""
    return connection.execute(select(seal).where(seal.c.seal_no == seal_no)).one_or_none()


def by_uid(connection: Connection, uid: str) -> Row[Any] | None:
    """Return a seal by its chip (暗碼)."""
    return connection.execute(select(seal).where(seal.c.uid == uid)).one_or_none()


def known(connection: Connection, numbers: Sequence[str], uids: Sequence[str]) -> list[Row[Any]]:
    """Return every seal that has one of these numbers or one of these chips."""
    found: dict[str, Row[Any]] = {}
    for column, wanted in ((seal.c.seal_no, numbers), (seal.c.uid, uids)):
        for start in range(0, len(wanted), ASKED_MAX):
            rows = connection.execute(select(seal).where(column.in_(wanted[start : start + ASKED_MAX])))
            found |= {row.seal_no: row for row in rows}
    return list(found.values())


def page(  # noqa: PLR0913 -- what a list is filtered by
    connection: Connection,
    after: str,
    limit: int,
    *,
    sites: Collection[str] | None = None,
    state: str | None = None,
    kind: str | None = None,
) -> Sequence[Row[Any]]:
    """Return up to `limit` seals with a number above `after`: of these sites' stocks (None: all), state and kind."""
    rows = select(seal).where(seal.c.seal_no > after)
    if sites is not None:
        rows = rows.where(or_(seal.c.site.in_(sites), seal.c.site.is_(None)))
    if state is not None:
        rows = rows.where(seal.c.state == state)
    if kind is not None:
        rows = rows.where(seal.c.kind == kind)
    return connection.execute(rows.order_by(seal.c.seal_no).limit(limit)).all()


def in_stock(connection: Connection, site: str, limit: int) -> list[str]:
    """Return the chips of up to `limit` seals issued to a site and not paired, the longest issued first."""
    paired = exists().where(movement.c.seal_no == seal.c.seal_no, movement.c.state != "CANCELLED")
    rows = select(seal.c.uid).where(seal.c.site == site, seal.c.state == "ISSUED", ~paired)
    return list(connection.scalars(rows.order_by(seal.c.issued_ms, seal.c.seal_no).limit(limit)))


def dead_at(connection: Connection, site: str, limit: int) -> list[str]:
    """Return the chips of up to `limit` scrapped seals of a site's stock or of a movement from or to it (R-063).

    Not of those used up by their journey: their movement tells it for a day, and then they stand in no list.
    """
    here = or_(movement.c.origin == site, movement.c.destination == site)
    paired = exists().where(movement.c.seal_no == seal.c.seal_no, here)
    rows = select(seal.c.uid).where(seal.c.state.not_in(ALIVE), or_(seal.c.site == site, paired))
    return list(connection.scalars(rows.order_by(seal.c.issued_ms.desc(), seal.c.seal_no.desc()).limit(limit)))


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a seal."""
    connection.execute(insert(seal).values(row))


def add_many(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Add seals; each row has the columns of `NEW`."""
    insert_rows(connection, seal, NEW, rows)


def change(connection: Connection, seal_no: str, values: dict[str, Any]) -> None:
    """Change chip or key of a seal."""
    connection.execute(update(seal).where(seal.c.seal_no == seal_no).values(values))


def move(connection: Connection, seal_no: str, old: str, values: dict[str, Any]) -> bool:
    """Change a seal that is still in state `old`; False if it is not."""
    moved = update(seal).where(seal.c.seal_no == seal_no, seal.c.state == old)
    return connection.execute(moved.values(values)).rowcount == 1


def move_range(connection: Connection, first: str, last: str, old: str, values: dict[str, Any]) -> int:
    """Change the e-seals between two numbers of one length that are in state `old`; returns how many those were."""
    moved = update(seal).where(*_inside(connection, first, last), seal.c.kind == "E", seal.c.state == old)
    return connection.execute(moved.values(values)).rowcount


def in_range(connection: Connection, first: str, last: str) -> Sequence[Row[Any]]:
    """Return the seals between two numbers of one length; nobody else pairs or scraps one before this act ends."""
    rows = select(seal).where(*_inside(connection, first, last)).order_by(seal.c.seal_no)
    return connection.execute(rows.with_for_update()).all()


def _inside(connection: Connection, first: str, last: str) -> tuple[ColumnElement[bool], ...]:
    # By bytes: a server's own order of letters passes over hyphens. SQLite compares bytes by itself.
    printed: ColumnElement[str] = seal.c.seal_no
    if connection.dialect.name == "postgresql":
        printed = printed.collate("C")
    return (printed.between(first, last), func.length(seal.c.seal_no) == len(first))
