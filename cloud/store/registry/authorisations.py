"""Rows of who may act where from when to when (R-017, R-023); what was true once is never rewritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, or_, select, union, update

from cloud.store.schema import authorisation, staff
from cloud.store.schema import person as persons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row, Table


def in_force(table: Table, at_ms: int) -> tuple[Any, Any]:
    """Return the conditions that a dated row is valid at a moment: from its first millisecond to before its last."""
    return table.c.valid_from_ms <= at_ms, or_(table.c.valid_to_ms.is_(None), table.c.valid_to_ms > at_ms)


def overlapping(table: Table, from_ms: int, to_ms: int | None) -> tuple[Any, ...]:
    """Return the conditions that a dated row shares a moment with [from_ms, to_ms)."""
    later = or_(table.c.valid_to_ms.is_(None), table.c.valid_to_ms > from_ms)
    return (later,) if to_ms is None else (later, table.c.valid_from_ms < to_ms)


def _of(person: str, capacity: str, site: str) -> tuple[Any, ...]:
    held = authorisation.c
    return held.person == person, held.capacity == capacity, held.site == site


def hold(connection: Connection, person_id: str) -> None:
    """Let nobody else change this person's authorisations until the transaction ends."""
    connection.execute(select(persons.c.id).where(persons.c.id == person_id).with_for_update())


def history(connection: Connection, person: str) -> Sequence[Row[Any]]:
    """Return every authorisation a person has, had or will have."""
    rows = select(authorisation).where(authorisation.c.person == person)
    order = authorisation.c.site, authorisation.c.capacity, authorisation.c.valid_from_ms
    return connection.execute(rows.order_by(*order)).all()


def sites_of(connection: Connection, person: str, at_ms: int, capacity: str | None = None) -> list[str]:
    """Return the place codes a person may act at, as of a time; in any capacity unless one is named."""
    rows = select(authorisation.c.site).where(authorisation.c.person == person, *in_force(authorisation, at_ms))
    if capacity is not None:
        rows = rows.where(authorisation.c.capacity == capacity)
    return list(connection.scalars(rows.distinct().order_by(authorisation.c.site)))


def sites_ever(connection: Connection, person: str) -> list[str]:
    """Return the place codes a person has been, is, or will be authorised at."""
    rows = select(authorisation.c.site).where(authorisation.c.person == person).distinct()
    return list(connection.scalars(rows.order_by(authorisation.c.site)))


def persons_at(connection: Connection, site: str, capacity: str, at_ms: int) -> list[str]:
    """Return who acts at a site in a capacity, as of a time."""
    rows = select(authorisation.c.person).where(
        authorisation.c.site == site, authorisation.c.capacity == capacity, *in_force(authorisation, at_ms)
    )
    return list(connection.scalars(rows.order_by(authorisation.c.person)))


def sharing(
    connection: Connection, person: str, capacity: str, site: str, span: tuple[int, int | None]
) -> Sequence[Row[Any]]:
    """Return what the person holds already for some moment of `span` (begin, end)."""
    rows = select(authorisation).where(*_of(person, capacity, site), *overlapping(authorisation, *span))
    return connection.execute(rows.order_by(authorisation.c.valid_from_ms)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add one authorisation; IntegrityError where somebody has just done so."""
    connection.execute(insert(authorisation).values(row))


def end(connection: Connection, person: str, capacity: str, site: str, now_ms: int) -> bool:
    """End what is in force and drop what has not begun; what was true before stays on record. False for nothing."""
    mine = _of(person, capacity, site)
    # One begun in this very millisecond was never in force for a moment.
    unbegun = connection.execute(delete(authorisation).where(*mine, authorisation.c.valid_from_ms >= now_ms)).rowcount
    ending = update(authorisation).where(*mine, *in_force(authorisation, now_ms))
    return connection.execute(ending.values(valid_to_ms=now_ms)).rowcount + unbegun > 0


def badges_at(connection: Connection, site: str, at_ms: int) -> Sequence[Row[Any]]:
    """Return the badges whose holders may act at a site in their badge's role, as of a time, by staff number."""
    held = staff.c.person == authorisation.c.person, staff.c.role == authorisation.c.capacity
    joined = select(staff).join(authorisation, held[0] & held[1])
    at = joined.where(authorisation.c.site == site, *in_force(authorisation, at_ms))
    return connection.execute(at.order_by(staff.c.staff)).all()


def pins_at(connection: Connection, site: str, at_ms: int) -> dict[str, str]:
    """Return the PIN verifiers of the badges that may act at a site, as of a time, by badge; without those of none."""
    return {row.badge_uid: row.pin for row in badges_at(connection, site, at_ms) if row.pin is not None}


def count_at(connection: Connection, site: str, at_ms: int) -> int:
    """Return how many badges may act at a site, as of a time."""
    held = staff.c.person == authorisation.c.person, staff.c.role == authorisation.c.capacity
    counted = select(func.count()).select_from(staff.join(authorisation, held[0] & held[1]))
    at = counted.where(authorisation.c.site == site, *in_force(authorisation, at_ms))
    return connection.scalar(at) or 0


def has_badge(connection: Connection, person: str) -> bool:
    """Whether gates know the person."""
    return connection.scalar(select(staff.c.staff).where(staff.c.person == person)) is not None


def next_change_ms(connection: Connection, site: str, after_ms: int) -> int | None:
    """Return when next a badge's authorisation at a site begins or ends: the gates there must be told then."""
    held = authorisation.c
    badges = staff.join(authorisation, (staff.c.person == held.person) & (staff.c.role == held.capacity))
    begins = select(held.valid_from_ms.label("at_ms")).select_from(badges)
    ends = select(held.valid_to_ms.label("at_ms")).select_from(badges)
    moments = union(
        begins.where(held.site == site, held.valid_from_ms > after_ms),
        ends.where(held.site == site, held.valid_to_ms > after_ms),
    ).subquery()
    found: int | None = connection.scalar(select(func.min(moments.c.at_ms)))
    return found
