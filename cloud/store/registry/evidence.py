"""Rows of the evidence inbox and of the documents in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, exists, insert, select

from cloud.store.schema import evidence, evidence_document, outage_scrap
from cloud.store.upsert import insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, Row


class Wanted(NamedTuple):
    """Which items are asked for; None: all."""

    outage: int | None = None
    site: str | None = None
    movement: str | None = None
    complete: bool | None = None


def _has(shows: str) -> ColumnElement[bool]:
    return exists().where(evidence_document.c.evidence == evidence.c.id, evidence_document.c.shows == shows)


def find(connection: Connection, item: int) -> Row[Any] | None:
    """Return one item."""
    return connection.execute(select(evidence).where(evidence.c.id == item)).one_or_none()


def page(
    connection: Connection, after: int, limit: int, wanted: Wanted, within: Collection[str] | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` items with an id above `after`; `within`: sent by these sites only."""
    rows = select(evidence).where(evidence.c.id > after)
    for column, value in zip((evidence.c.outage, evidence.c.site, evidence.c.movement), wanted[:3], strict=True):
        if value is not None:
            rows = rows.where(column == value)
    if wanted.complete is not None:
        both = and_(_has("ORDER"), _has("PHOTO"))
        rows = rows.where(both if wanted.complete else ~both)
    if within is not None:
        rows = rows.where(evidence.c.site.in_(sorted(within)))
    return connection.execute(rows.order_by(evidence.c.id).limit(limit)).all()


def documents(connection: Connection, items: Collection[int]) -> Sequence[Row[Any]]:
    """Return the documents of these items, in the order in which they came."""
    rows = select(evidence_document).where(evidence_document.c.evidence.in_(sorted(items)))
    return connection.execute(rows.order_by(evidence_document.c.at_ms, evidence_document.c.sha256)).all()


def has_photo(connection: Connection, movement: str) -> bool:
    """Return whether an item linked to this movement holds a photo."""
    rows = select(evidence.c.id).where(evidence.c.movement == movement, _has("PHOTO"))
    return connection.execute(rows.limit(1)).first() is not None


def add(connection: Connection, row: dict[str, Any]) -> int:
    """Add an item and return its id."""
    inserted = connection.execute(insert(evidence).values(row)).inserted_primary_key
    if inserted is None:
        raise AssertionError("an inserted row has a key")
    return int(inserted[0])


def add_documents(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add documents to items; one that is there already stays as it is."""
    insert_new(connection, evidence_document, rows)


def scrapped(connection: Connection, seal_nos: Collection[str]) -> set[str]:
    """Return which of these seals were registered as scrapped after an outage (R-076)."""
    rows = select(outage_scrap.c.seal_no).where(outage_scrap.c.seal_no.in_(sorted(seal_nos)))
    return set(connection.scalars(rows))


def add_scrap(connection: Connection, row: dict[str, Any]) -> None:
    """Register a seal as scrapped; IntegrityError if it is already."""
    connection.execute(insert(outage_scrap).values(row))
