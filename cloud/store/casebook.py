"""Cases as people and systems read them; rules write them in `cases`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, or_, select

from cloud.store.schema import cases, gate
from cloud.store.schema import movement as trip

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row


def find(connection: Connection, case_id: int) -> Row[Any] | None:
    """Return one case."""
    return connection.execute(select(cases).where(cases.c.id == case_id)).one_or_none()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which cases are asked for; None does not limit them.

    `sites` are those where the movement begins or ends, or where the gate stands.
    """

    code: str | None = None
    movement: str | None = None
    sites: Collection[str] | None = None


def page(connection: Connection, after: int, limit: int, wanted: Wanted) -> Sequence[Row[Any]]:
    """Return up to `limit` cases with an id above `after`."""
    code, movement, sites = wanted.code, wanted.movement, wanted.sites
    rows = select(cases).where(cases.c.id > after)
    if sites is not None:
        here = select(trip.c.id).where(or_(trip.c.origin.in_(sites), trip.c.destination.in_(sites)))
        gates = select(literal("gate:") + gate.c.id).where(gate.c.site.in_(sites))
        rows = rows.where(or_(cases.c.movement_id.in_(here), cases.c.subject.in_(gates)))
    if code is not None:
        rows = rows.where(cases.c.code == code)
    if movement is not None:
        rows = rows.where(cases.c.movement_id == movement)
    return connection.execute(rows.order_by(cases.c.id).limit(limit)).all()
