"""Rows of route limits: how long a sealed trip may take, by origin, destination and date (A9-14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update

from cloud.store.schema import route_limit
from cloud.store.upsert import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row


def _in_force(at_ms: int) -> tuple[Any, Any]:
    ends = route_limit.c.valid_to_ms
    return route_limit.c.valid_from_ms <= at_ms, or_(ends.is_(None), ends > at_ms)


def limit_at(connection: Connection, origin: str, destination: str, at_ms: int) -> Row[Any] | None:
    """Return the limit (id, minutes, …) in force for a route at a time, or None where customs set none."""
    route = select(route_limit).where(route_limit.c.origin == origin, route_limit.c.destination == destination)
    newest = route.where(*_in_force(at_ms)).order_by(route_limit.c.valid_from_ms.desc())
    return connection.execute(newest.limit(1)).one_or_none()


def of_route(connection: Connection, origin: str, destination: str) -> Sequence[Row[Any]]:
    """Return all limits of a route, oldest first."""
    route = select(route_limit).where(route_limit.c.origin == origin, route_limit.c.destination == destination)
    return connection.execute(route.order_by(route_limit.c.valid_from_ms)).all()


def page(connection: Connection, after: int, limit: int, sites: Collection[str] | None = None) -> Sequence[Row[Any]]:
    """Return up to `limit` route limits with an id above `after`, from or to these sites only if asked."""
    rows = select(route_limit).where(route_limit.c.id > after)
    if sites is not None:
        rows = rows.where(or_(route_limit.c.origin.in_(sites), route_limit.c.destination.in_(sites)))
    return connection.execute(rows.order_by(route_limit.c.id).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a limit."""
    connection.execute(insert_into(connection, route_limit).values(row))


def end(connection: Connection, limit_id: int, at_ms: int) -> None:
    """End a limit; movements already judged by it keep naming it."""
    connection.execute(update(route_limit).where(route_limit.c.id == limit_id).values(valid_to_ms=at_ms))
