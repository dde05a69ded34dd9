"""Rows of persons and of what they are: badge, specialist, officer's post, driver; names and numbers are sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from cloud.store.registry.authorisations import in_force
from cloud.store.schema import authorisation, driver, person, post, specialist, staff
from cloud.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, person_id: str) -> Row[Any] | None:
    """Return one person."""
    return connection.execute(select(person).where(person.c.id == person_id)).one_or_none()


def of_index(connection: Connection, id_index: str) -> Row[Any] | None:
    """Return the person of a blind index."""
    return connection.execute(select(person).where(person.c.id_index == id_index)).one_or_none()


def is_named(connection: Connection, person_id: str) -> bool:
    """Whether more is known of a person than a staff number."""
    row = find(connection, person_id)
    return row is not None and row.name is not None


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a person; IntegrityError where the number is known by now."""
    connection.execute(insert(person).values(row))


def change(connection: Connection, person_id: str, values: dict[str, Any]) -> None:
    """Set columns of a person."""
    connection.execute(update(person).where(person.c.id == person_id).values(values))


def page(connection: Connection, sites: Collection[str] | None, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` persons with an id above `after`; with `sites`, those ever authorised at one of them."""
    rows = select(person).where(person.c.id > after)
    if sites is not None:
        rows = rows.where(person.c.id.in_(select(authorisation.c.person).where(authorisation.c.site.in_(sites))))
    return connection.execute(rows.order_by(person.c.id).limit(limit)).all()


# ---------------------------------------------------------------- specialists


def enrolment(connection: Connection, person_id: str, operator: str) -> Row[Any] | None:
    """Return a specialist's enrolment by one operator."""
    rows = select(specialist).where(specialist.c.person == person_id, specialist.c.operator == operator)
    return connection.execute(rows).one_or_none()


def enrolments(connection: Connection, person_id: str) -> Sequence[Row[Any]]:
    """Return every enrolment of a person."""
    rows = select(specialist).where(specialist.c.person == person_id)
    return connection.execute(rows.order_by(specialist.c.operator)).all()


def save_enrolment(connection: Connection, row: dict[str, Any]) -> None:
    """Insert or update an enrolment."""
    upsert(connection, specialist, [row])


def end_enrolment(connection: Connection, person_id: str, operator: str, now_ms: int) -> bool:
    """End an enrolment; False if somebody has."""
    running = specialist.c.person == person_id, specialist.c.operator == operator, specialist.c.ended_ms.is_(None)
    return connection.execute(update(specialist).where(*running).values(ended_ms=now_ms)).rowcount == 1


def specialists(connection: Connection, operator: str, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` specialists of an operator whose enrolment runs."""
    rows = select(specialist).where(specialist.c.operator == operator, specialist.c.ended_ms.is_(None))
    rows = rows.where(specialist.c.person > after).order_by(specialist.c.person).limit(limit)
    return connection.execute(rows).all()


# ---------------------------------------------------------------- officers


def post_of(connection: Connection, person_id: str, at_ms: int) -> Row[Any] | None:
    """Return an officer's post, as of a time."""
    return connection.execute(select(post).where(post.c.person == person_id, *in_force(post, at_ms))).one_or_none()


def posts(connection: Connection, person_id: str) -> Sequence[Row[Any]]:
    """Return all posts an officer has or had, oldest first."""
    return connection.execute(select(post).where(post.c.person == person_id).order_by(post.c.valid_from_ms)).all()


def end_post(connection: Connection, person_id: str, now_ms: int) -> None:
    """End the post an officer has."""
    ending = update(post).where(post.c.person == person_id, *in_force(post, now_ms))
    connection.execute(ending.values(valid_to_ms=now_ms))


def save_post(connection: Connection, row: dict[str, Any]) -> None:
    """Begin a post; one begun in the same millisecond is replaced."""
    upsert(connection, post, [row])


def posts_at_level(connection: Connection, office: str, level: int, at_ms: int) -> Sequence[Row[Any]]:
    """Return the posts of an office with at least this level of approval, as of a time, lowest first."""
    rows = select(post).where(post.c.office == office, post.c.level >= level, *in_force(post, at_ms))
    return connection.execute(rows.order_by(post.c.level, post.c.person)).all()


def posts_at_site(connection: Connection, site: str, at_ms: int) -> Sequence[Row[Any]]:
    """Return the posts of the officers who may act at a site, as of a time."""
    held = select(authorisation.c.person).where(
        authorisation.c.site == site, authorisation.c.capacity == "OFFICER", *in_force(authorisation, at_ms)
    )
    rows = select(post).where(post.c.person.in_(held), *in_force(post, at_ms))
    return connection.execute(rows.order_by(post.c.person)).all()


# ---------------------------------------------------------------- drivers


def driver_of(connection: Connection, person_id: str) -> Row[Any] | None:
    """Return one driver."""
    return connection.execute(select(driver).where(driver.c.person == person_id)).one_or_none()


def licence_owner(connection: Connection, licence_index: str) -> str | None:
    """Return the person a licence is registered to."""
    return connection.scalar(select(driver.c.person).where(driver.c.licence_index == licence_index))


def save_driver(connection: Connection, row: dict[str, Any]) -> None:
    """Insert or update a driver."""
    upsert(connection, driver, [row])


def drivers(connection: Connection, company: str | None, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` drivers, of one trucking company if it is named."""
    rows = select(driver).where(driver.c.person > after)
    if company is not None:
        rows = rows.where(driver.c.company == company)
    return connection.execute(rows.order_by(driver.c.person).limit(limit)).all()


# ---------------------------------------------------------------- badges


def badge(connection: Connection, number: str) -> Row[Any] | None:
    """Return one badge by staff number."""
    return connection.execute(select(staff).where(staff.c.staff == number)).one_or_none()


def badge_owner(connection: Connection, badge_uid: str) -> str | None:
    """Return the staff number a badge is registered to."""
    return connection.scalar(select(staff.c.staff).where(staff.c.badge_uid == badge_uid))


def badge_of(connection: Connection, person_id: str) -> Row[Any] | None:
    """Return the badge of a person."""
    return connection.execute(select(staff).where(staff.c.person == person_id)).one_or_none()


def add_badge(connection: Connection, row: dict[str, Any]) -> None:
    """Add a badge; IntegrityError where number, badge or person has just been taken."""
    connection.execute(insert(staff).values(row))


def change_badge(connection: Connection, number: str, values: dict[str, Any]) -> None:
    """Set columns of a badge; IntegrityError where the badge has just been taken."""
    connection.execute(update(staff).where(staff.c.staff == number).values(values))


def badges(connection: Connection, sites: Collection[str] | None, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` badges with a number above `after`; with `sites`, of persons ever authorised there."""
    rows = select(staff).where(staff.c.staff > after)
    if sites is not None:
        rows = rows.where(staff.c.person.in_(select(authorisation.c.person).where(authorisation.c.site.in_(sites))))
    return connection.execute(rows.order_by(staff.c.staff).limit(limit)).all()


def count(connection: Connection) -> int:
    """Return how many persons there are."""
    return connection.scalar(select(func.count()).select_from(person)) or 0
