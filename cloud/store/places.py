"""Rows of sites and their fences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select

from cloud.store.schema import fence, site
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


def locked(connection: Connection, code: str) -> Row[Any] | None:
    """Return a site as `find` does, locked until the transaction ends."""
    joined = select(site, fence.c.ring, fence.c.fictional).where(*_IN_FORCE, site.c.code == code)
    return connection.execute(joined.with_for_update(of=site)).one_or_none()


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


def closed(connection: Connection, codes: Sequence[str], at_ms: int) -> list[str]:
    """Return which of these place codes take no part at this time."""
    before, after = site.c.valid_from_ms > at_ms, site.c.valid_to_ms <= at_ms
    rows = select(site.c.code).where(site.c.code.in_(codes), or_(before, after))
    return list(connection.scalars(rows.order_by(site.c.code)))


def unknown(connection: Connection, codes: Sequence[str]) -> list[str]:
    """Return which of these place codes are not in the register (R-015)."""
    known = set(connection.scalars(select(site.c.code).where(site.c.code.in_(codes))))
    return sorted(set(codes) - known)
