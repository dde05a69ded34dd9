"""Rows of pairings: what was declared when a seal was put on a unit, beside the movement of the same id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, insert, or_, select, update

from cloud.store.schema import movement, pairing

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row, Select

_OF_MOVEMENT = ("kind", "seal_no", "seal_uid", "container", "plate", "transport_order", "origin", "destination")
_TIMES = ("paired_ms", "pairing_source", "departed_ms", "arrived_ms", "hold_reason")


def _joined() -> Select[Any]:
    names = [movement.c[name] for name in (*_OF_MOVEMENT, *_TIMES)]
    return select(pairing, *names, movement.c.state.label("movement_state")).join(
        movement, movement.c.id == pairing.c.movement
    )


def find(connection: Connection, movement_id: str) -> Row[Any] | None:
    """Return one pairing with its movement."""
    return connection.execute(_joined().where(pairing.c.movement == movement_id)).one_or_none()


def page(
    connection: Connection, after: str, limit: int, *, sites: Collection[str] | None, container: str | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` pairings with an id above `after`, touching one of `sites` (None: any)."""
    rows = _joined().where(pairing.c.movement > after)
    if sites is not None:
        rows = rows.where(or_(movement.c.origin.in_(sites), movement.c.destination.in_(sites)))
    if container is not None:
        rows = rows.where(movement.c.container == container)
    return connection.execute(rows.order_by(pairing.c.movement).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a pairing."""
    connection.execute(insert(pairing).values(row))


def move(connection: Connection, movement_id: str, old: str, new: str) -> bool:
    """Take a pairing from one state to another; False if it is no longer in the first."""
    moved = update(pairing).where(pairing.c.movement == movement_id, pairing.c.state == old)
    return connection.execute(moved.values(state=new)).rowcount == 1


def waiting_on(connection: Connection, container: str, origin: str) -> Sequence[Row[Any]]:
    """Return the live pairings of a unit that has not left its origin."""
    rows = _joined().where(movement.c.container == container, movement.c.origin == origin)
    return connection.execute(rows.where(movement.c.state == "PAIRED", pairing.c.state == "PAIRED")).all()


def after_opening(connection: Connection, opening_id: int) -> Row[Any] | None:
    """Return the pairing that sealed a unit again after an opening."""
    rows = _joined().where(pairing.c.opening == opening_id, pairing.c.state.in_(("PAIRED", "OPENED")))
    return connection.execute(rows).one_or_none()


def unreplaced(connection: Connection, order: str) -> str | None:
    """Return the pairing of an order whose seal was scrapped and that no other pairing replaces yet (R-060)."""
    successor = pairing.alias()
    answered = exists().where(successor.c.replaces == pairing.c.movement, successor.c.state != "CANCELLED")
    ids = select(pairing.c.movement).join(movement, movement.c.id == pairing.c.movement)
    ids = ids.where(movement.c.transport_order == order, pairing.c.state == "REPLACED", ~answered)
    return connection.scalar(ids.order_by(movement.c.updated_ms.desc()).limit(1))
