"""Rows of declared outages, their scope and their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, insert, or_, select

from cloud.store.schema import outage, outage_end, outage_site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Select

SHOWN_MAX = 16  # outages of one manifest


def _all() -> Select[Any]:
    joined = outage.outerjoin(outage_end, outage_end.c.outage == outage.c.id)
    return select(outage, outage_end.c.end_ms, outage_end.c.ended_by).select_from(joined)


def _covers(site: str) -> ColumnElement[bool]:
    named = exists().where(outage_site.c.outage == outage.c.id, outage_site.c.site == site)
    return or_(outage.c.everywhere, named)


def find(connection: Connection, identity: int) -> Row[Any] | None:
    """Return an outage with end_ms and ended_by, None while it lasts."""
    return connection.execute(_all().where(outage.c.id == identity)).one_or_none()


def sites(connection: Connection, identity: int) -> list[str]:
    """Return the sites that an outage names; none where it is everywhere."""
    rows = select(outage_site.c.site).where(outage_site.c.outage == identity)
    return list(connection.scalars(rows.order_by(outage_site.c.site)))


def page(
    connection: Connection, after: int, limit: int, *, site: str | None, ongoing: bool | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` outages with an id above `after`, covering one site, and lasting or over, if asked."""
    rows = _all().where(outage.c.id > after)
    if site is not None:
        rows = rows.where(_covers(site))
    if ongoing is not None:
        rows = rows.where(outage_end.c.end_ms.is_(None) if ongoing else outage_end.c.end_ms.is_not(None))
    return connection.execute(rows.order_by(outage.c.id).limit(limit)).all()


def in_force(connection: Connection, site: str, at_ms: int) -> Sequence[Row[Any]]:
    """Return the declared outages that cover a site at a time, newest first."""
    during = (outage.c.start_ms <= at_ms, or_(outage_end.c.end_ms.is_(None), outage_end.c.end_ms > at_ms))
    rows = _all().where(_covers(site), *during)
    return connection.execute(rows.order_by(outage.c.start_ms.desc(), outage.c.id.desc()).limit(SHOWN_MAX)).all()


def declared(connection: Connection, notice: str, site: str) -> int | None:
    """Return the outage that was declared under a notice and covers a site, whether it lasts or not."""
    found: int | None = connection.scalar(select(outage.c.id).where(outage.c.notice_no == notice, _covers(site)))
    return found


def add(connection: Connection, row: dict[str, Any], codes: Sequence[str]) -> int:
    """Add an outage with the sites it names and return its id; IntegrityError if its notice is there already."""
    inserted = connection.execute(insert(outage).values(row)).inserted_primary_key
    if inserted is None:
        raise AssertionError("an inserted row has a key")
    identity = int(inserted[0])
    if codes:
        connection.execute(insert(outage_site), [{"outage": identity, "site": code} for code in codes])
    return identity


def add_end(connection: Connection, row: dict[str, Any]) -> None:
    """Add an outage's end; IntegrityError if it has one."""
    connection.execute(insert(outage_end).values(row))
