"""Rows of staff numbers, their badges, and where they may act at which time; no names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, or_, select, update

from cloud.store.schema import staff, staff_place
from cloud.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, number: str) -> Row[Any] | None:
    """Return one staff row."""
    return connection.execute(select(staff).where(staff.c.staff == number)).one_or_none()


def page(connection: Connection, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` staff with a number above `after`."""
    return connection.execute(select(staff).where(staff.c.staff > after).order_by(staff.c.staff).limit(limit)).all()


def badge_owner(connection: Connection, badge_uid: str) -> str | None:
    """Return the staff number a badge is registered to."""
    return connection.scalar(select(staff.c.staff).where(staff.c.badge_uid == badge_uid))


def save(connection: Connection, row: dict[str, Any]) -> None:
    """Insert or update a staff row."""
    upsert(connection, staff, [row])


def places(connection: Connection, number: str) -> Sequence[Row[Any]]:
    """Return every authorisation a person has or had (R-017)."""
    rows = select(staff_place).where(staff_place.c.staff == number)
    return connection.execute(rows.order_by(staff_place.c.site, staff_place.c.valid_from_ms)).all()


def _in_force(at_ms: int) -> tuple[Any, Any]:
    ends = staff_place.c.valid_to_ms
    return staff_place.c.valid_from_ms <= at_ms, or_(ends.is_(None), ends > at_ms)


def sites_of(connection: Connection, number: str, at_ms: int) -> list[str]:
    """Return the place codes a person may act at, as of a time."""
    rows = select(staff_place.c.site).where(staff_place.c.staff == number, *_in_force(at_ms))
    return list(connection.scalars(rows.distinct().order_by(staff_place.c.site)))


def authorise(connection: Connection, number: str, sites: Sequence[str], now_ms: int) -> None:
    """Begin authorisations at these places now."""
    rows = [{"staff": number, "site": code, "valid_from_ms": now_ms, "valid_to_ms": None} for code in sites]
    if rows:
        # One ended and begun again within the same millisecond is one that never ended.
        again = (staff_place.c.staff == number, staff_place.c.site.in_(sites), staff_place.c.valid_from_ms == now_ms)
        connection.execute(delete(staff_place).where(*again))
        connection.execute(insert(staff_place), rows)


def end(connection: Connection, number: str, sites: Sequence[str], now_ms: int) -> None:
    """End authorisations at these places now; what was true before stays on record."""
    ending = update(staff_place).where(staff_place.c.staff == number, staff_place.c.site.in_(sites), *_in_force(now_ms))
    connection.execute(ending.values(valid_to_ms=now_ms))


def at_site(connection: Connection, code: str, at_ms: int) -> Sequence[Row[Any]]:
    """Return the staff who may act at a site, as of a time, sorted by number."""
    joined = select(staff).join(staff_place, staff_place.c.staff == staff.c.staff)
    return connection.execute(
        joined.where(staff_place.c.site == code, *_in_force(at_ms)).distinct().order_by(staff.c.staff)
    ).all()


def count_at_site(connection: Connection, code: str, at_ms: int) -> int:
    """Return how many people may act at a site, as of a time."""
    counted = select(func.count(staff_place.c.staff.distinct())).where(staff_place.c.site == code, *_in_force(at_ms))
    return connection.scalar(counted) or 0
