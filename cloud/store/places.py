"""Rows of sites, their fences and their location tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from cloud.store.schema import fence, location_tag, site
from cloud.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    Ring = Sequence[Sequence[float]]

_IN_FORCE = fence.c.site == site.c.code, fence.c.version == site.c.fence_version


def find(connection: Connection, code: str) -> Row[Any] | None:
    """Return a site joined with the fence in force (ring, fictional)."""
    joined = select(site, fence.c.ring, fence.c.fictional).where(*_IN_FORCE, site.c.code == code)
    return connection.execute(joined).one_or_none()


def page(connection: Connection, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return up to `limit` sites with a code above `after`, each with its fence in force."""
    joined = select(site, fence.c.ring, fence.c.fictional).where(*_IN_FORCE, site.c.code > after)
    return connection.execute(joined.order_by(site.c.code).limit(limit)).all()


def save(connection: Connection, row: dict[str, Any]) -> None:
    """Insert or update a site."""
    upsert(connection, site, [row])


def add_fence(connection: Connection, row: dict[str, Any]) -> None:
    """Add a version of a fence; versions already written never change."""
    connection.execute(insert(fence).values(row))


def fences(connection: Connection, code: str) -> Sequence[Row[Any]]:
    """Return every version of a site's fence, oldest first."""
    return connection.execute(select(fence).where(fence.c.site == code).order_by(fence.c.version)).all()


def tags(connection: Connection, code: str) -> list[str]:
    """Return the UIDs of a site's ACTIVE location tags (R-022), sorted."""
    active = select(location_tag.c.uid).where(location_tag.c.site == code, location_tag.c.state == "ACTIVE")
    return list(connection.scalars(active.order_by(location_tag.c.uid)))


def tags_elsewhere(connection: Connection, code: str, uids: Sequence[str]) -> list[str]:
    """Return which of these tags belong to another site."""
    taken = select(location_tag.c.uid).where(location_tag.c.uid.in_(uids), location_tag.c.site != code)
    return list(connection.scalars(taken.order_by(location_tag.c.uid)))


def set_tags(connection: Connection, code: str, uids: Sequence[str]) -> None:
    """Make exactly these the ACTIVE tags of a site."""
    connection.execute(delete(location_tag).where(location_tag.c.site == code, location_tag.c.uid.not_in(uids)))
    upsert(connection, location_tag, [{"uid": uid, "site": code, "state": "ACTIVE"} for uid in uids])


def unknown(connection: Connection, codes: Sequence[str]) -> list[str]:
    """Return which of these place codes are not in the register (R-015)."""
    known = set(connection.scalars(select(site.c.code).where(site.c.code.in_(codes))))
    return sorted(set(codes) - known)
