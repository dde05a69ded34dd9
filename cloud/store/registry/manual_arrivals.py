"""Rows of arrivals that an officer entered by hand, and the movements that wait for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from cloud.domain.outages import RECEIVABLE
from cloud.store.schema import manual_arrival, movement

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, movement_id: str) -> Row[Any] | None:
    """Return what was entered for a movement."""
    return connection.execute(select(manual_arrival).where(manual_arrival.c.movement == movement_id)).one_or_none()


def receivable(
    connection: Connection, after: str, limit: int, *, kind: str, within: Collection[str] | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` movements of a kind that none has ended, with an id above `after`, bound for these sites."""
    states = movement.c.state.in_(RECEIVABLE)
    rows = select(movement).where(movement.c.id > after, movement.c.kind == kind, states)
    if within is not None:
        rows = rows.where(movement.c.destination.in_(sorted(within)))
    return connection.execute(rows.order_by(movement.c.id).limit(limit)).all()


def close(connection: Connection, movement_id: str, values: dict[str, Any]) -> bool:
    """Change a movement that none has ended; False if somebody was faster."""
    still = update(movement).where(movement.c.id == movement_id, movement.c.state.in_(RECEIVABLE))
    return connection.execute(still.values(values)).rowcount == 1


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add what was entered."""
    connection.execute(insert(manual_arrival).values(row))
