"""Rows of location tags and of every step in their lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from cloud.store.schema import location_tag, site, tag_step

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, tag: int) -> Row[Any] | None:
    """Return one tag."""
    return connection.execute(select(location_tag).where(location_tag.c.id == tag)).one_or_none()


def page(
    connection: Connection, after: int, limit: int, *, sites: Collection[str] | None, state: str | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` tags with an id above `after`, of these sites and in this state if asked."""
    rows = select(location_tag).where(location_tag.c.id > after)
    if sites is not None:
        rows = rows.where(location_tag.c.site.in_(sorted(sites)))
    if state is not None:
        rows = rows.where(location_tag.c.state == state)
    return connection.execute(rows.order_by(location_tag.c.id).limit(limit)).all()


def steps(connection: Connection, tag: int) -> Sequence[Row[Any]]:
    """Return what was done to a tag, oldest first."""
    return connection.execute(select(tag_step).where(tag_step.c.tag == tag).order_by(tag_step.c.id)).all()


def in_use(connection: Connection, uid: str) -> int | None:
    """Return the tag, not retired, that a chip belongs to."""
    rows = select(location_tag.c.id).where(location_tag.c.uid == uid, location_tag.c.state != "RETIRED")
    return connection.scalar(rows)


def active(connection: Connection, code: str) -> list[str]:
    """Return the UIDs of a site's ACTIVE tags, the only ones that prove a place (R-022), sorted."""
    rows = select(location_tag.c.uid).where(location_tag.c.site == code, location_tag.c.state == "ACTIVE")
    return [uid for uid in connection.scalars(rows.order_by(location_tag.c.uid)) if uid is not None]


def lock_site(connection: Connection, code: str) -> None:
    """Let one change of a site's tags wait for the other."""
    connection.execute(select(site.c.code).where(site.c.code == code).with_for_update())


def add(connection: Connection, row: dict[str, Any]) -> int:
    """Add a tag and return its id."""
    inserted = connection.execute(insert(location_tag).values(row)).inserted_primary_key
    if inserted is None:
        raise AssertionError("an inserted row has a key")
    return int(inserted[0])


def move(connection: Connection, tag: int, state: str, values: dict[str, Any]) -> bool:
    """Change a tag that is still in `state`; False if somebody was faster."""
    still = update(location_tag).where(location_tag.c.id == tag, location_tag.c.state == state)
    return connection.execute(still.values(values)).rowcount == 1


def record(connection: Connection, row: dict[str, Any]) -> None:
    """Add a step to a tag's record."""
    connection.execute(insert(tag_step).values(row))
