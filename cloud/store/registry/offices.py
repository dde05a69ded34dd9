"""Rows of customs offices, their units, and the place codes of their areas (R-008…R-011)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from cloud.store.registry.authorisations import in_force, overlapping
from cloud.store.schema import office, office_site, unit
from cloud.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, code: str) -> Row[Any] | None:
    """Return one office."""
    return connection.execute(select(office).where(office.c.code == code)).one_or_none()


def page(connection: Connection, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` offices with a code above `after`."""
    return connection.execute(select(office).where(office.c.code > after).order_by(office.c.code).limit(limit)).all()


def save(connection: Connection, row: dict[str, Any]) -> None:
    """Insert or update an office."""
    upsert(connection, office, [row])


def unit_of(connection: Connection, office_code: str, code: str) -> Row[Any] | None:
    """Return one unit of an office."""
    return connection.execute(select(unit).where(unit.c.office == office_code, unit.c.code == code)).one_or_none()


def units(connection: Connection, office_code: str) -> Sequence[Row[Any]]:
    """Return the units of an office, highest first."""
    rows = select(unit).where(unit.c.office == office_code)
    return connection.execute(rows.order_by(unit.c.rank.desc(), unit.c.code)).all()


def save_unit(connection: Connection, row: dict[str, Any]) -> None:
    """Insert or update a unit."""
    upsert(connection, unit, [row])


def area(connection: Connection, office_code: str, at_ms: int) -> list[str]:
    """Return the place codes of an office's area, as of a time."""
    rows = select(office_site.c.site).where(office_site.c.office == office_code, *in_force(office_site, at_ms))
    return list(connection.scalars(rows.order_by(office_site.c.site)))


def of_site(connection: Connection, site: str, at_ms: int) -> Row[Any] | None:
    """Return the office in whose area a site lies, as of a time."""
    joined = select(office).join(office_site, office_site.c.office == office.c.code)
    return connection.execute(
        joined.where(office_site.c.site == site, *in_force(office_site, at_ms)).limit(1)
    ).one_or_none()


def with_area_later(connection: Connection, site: str, from_ms: int) -> bool:
    """Whether a site is given to some office from a later moment on."""
    rows = select(office_site.c.site).where(
        office_site.c.site == site, office_site.c.valid_from_ms > from_ms, *overlapping(office_site, from_ms, None)
    )
    return connection.execute(rows.limit(1)).first() is not None


def move_site(connection: Connection, office_code: str, site: str, from_ms: int) -> None:
    """Let a site belong to an office from a moment on; where it belonged before stays on record."""
    before = office_site.c.site == site, *in_force(office_site, from_ms)
    connection.execute(
        update(office_site).where(*before, office_site.c.valid_from_ms < from_ms).values(valid_to_ms=from_ms)
    )
    row = {"site": site, "valid_from_ms": from_ms, "office": office_code, "valid_to_ms": None}
    connection.execute(insert(office_site).values(row))
