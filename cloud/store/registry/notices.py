"""Rows of gate-out and gate-in notices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import exists, insert, select

from cloud.store.schema import notice
from cloud.store.upsert import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection, Row

_TOLD = ("site", "container", "direction", "at_ms")
_later = notice.alias("later")


class Wanted(NamedTuple):
    """Which notices are asked for; None: all."""

    site: str | None = None
    container: str | None = None
    transport_order: str | None = None
    effective: bool = False  # neither corrected nor a row that says "never happened"


def find(connection: Connection, identity: int) -> Row[Any] | None:
    """Return one notice."""
    return connection.execute(select(notice).where(notice.c.id == identity)).one_or_none()


def correction_of(connection: Connection, identity: int) -> int | None:
    """Return the row that corrects this one."""
    return connection.scalar(select(notice.c.id).where(notice.c.corrects == identity))


def told(connection: Connection, row: Mapping[str, Any]) -> int:
    """Return the notice that told just this, as it was first told."""
    same = [notice.c[name] == row[name] for name in _TOLD]
    return int(connection.execute(select(notice.c.id).where(*same, notice.c.corrects.is_(None))).scalar_one())


def page(
    connection: Connection, after: int, limit: int, wanted: Wanted, within: Collection[str] | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` notices with an id above `after`, each with `corrected_by`, of sites `within`."""
    joined = notice.outerjoin(_later, _later.c.corrects == notice.c.id)
    rows = select(notice, _later.c.id.label("corrected_by")).select_from(joined).where(notice.c.id > after)
    columns = (notice.c.site, notice.c.container, notice.c.transport_order)
    for column, value in zip(columns, wanted[:3], strict=True):
        if value is not None:
            rows = rows.where(column == value)
    if wanted.effective:
        rows = rows.where(_later.c.id.is_(None), notice.c.void.is_(False))
    if within is not None:
        rows = rows.where(notice.c.site.in_(sorted(within)))
    return connection.execute(rows.order_by(notice.c.id).limit(limit)).all()


def passages(connection: Connection, site: str, container: str, since_ms: int) -> Sequence[Row[Any]]:
    """Return what counts of a unit's passages at a site from a time on, earliest first: for the rules (B)."""
    corrected = exists().where(_later.c.corrects == notice.c.id)
    counts = (~corrected, notice.c.void.is_(False), notice.c.at_ms >= since_ms)
    rows = select(notice).where(notice.c.site == site, notice.c.container == container, *counts)
    return connection.execute(rows.order_by(notice.c.at_ms, notice.c.id)).all()


def tell(connection: Connection, row: dict[str, Any]) -> int | None:
    """Add a notice and return its id; None if it was told before."""
    statement = insert_into(connection, notice).values(row).on_conflict_do_nothing().returning(notice.c.id)
    identity: int | None = connection.scalar(statement)
    return identity


def add(connection: Connection, row: dict[str, Any]) -> int:
    """Add a correction and return its id; IntegrityError if the notice was corrected before."""
    inserted = connection.execute(insert(notice).values(row)).inserted_primary_key
    if inserted is None:
        raise AssertionError("an inserted row has a key")
    return int(inserted[0])
