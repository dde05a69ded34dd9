"""Open cases of which we have no picture of our own, and orders to keep a yard's footage longer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, case, cast, or_, select

from cloud.domain.footage import ORDERED_MS, SIDES, WARN_MS, Side
from cloud.store.schema import cases, footage_order, manual_arrival, movement, photo, record, record_photo
from cloud.store.upsert import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row, Select

_AT_ORIGIN = cases.c.code.in_(sorted(code for code, side in SIDES.items() if side is Side.ORIGIN))
_SITE = case((_AT_ORIGIN, movement.c.origin), else_=movement.c.destination).label("site")


def _without_picture() -> Select[Any]:
    taken = (
        select(photo.c.gate)
        .join(record_photo, and_(record_photo.c.gate == photo.c.gate, record_photo.c.sha256 == photo.c.sha256))
        .join(record, record.c.id == record_photo.c.record_id)
        .where(record.c.movement_id == movement.c.id, record.c.site == _SITE.element)
    )
    handed_in = select(manual_arrival.c.movement).where(
        manual_arrival.c.movement == movement.c.id, cast(manual_arrival.c.photos, Text) != "[]", ~_AT_ORIGIN
    )
    shown = (cases.c.id, cases.c.code, cases.c.movement_id, cases.c.occurred_ms, movement.c.container, _SITE)
    ordered = (footage_order.c.number, footage_order.c.keep_until_ms, footage_order.c.ordered_ms)
    return (
        select(*shown, *ordered)
        .join(movement, movement.c.id == cases.c.movement_id)
        .outerjoin(footage_order, footage_order.c.case == cases.c.id)
        .where(
            cases.c.closed_ms.is_(None),
            cases.c.status.in_(("PROVISIONAL", "CONFIRMED")),
            cases.c.code.in_(sorted(SIDES)),
            or_(footage_order.c.case.is_not(None), ~(taken.exists() | handed_in.exists())),
        )
    )


def page(
    connection: Connection, after: int, limit: int, sites: Collection[str] | None, now_ms: int
) -> Sequence[Row[Any]]:
    """Return up to `limit` cases with an id above `after` that lack our own picture, once it is time to warn."""
    kept = or_(footage_order.c.case.is_(None), cases.c.occurred_ms > now_ms - ORDERED_MS)
    time = or_(footage_order.c.case.is_not(None), cases.c.occurred_ms <= now_ms - WARN_MS)
    rows = _without_picture().where(cases.c.id > after, kept, time)
    if sites is not None:
        rows = rows.where(_SITE.element.in_(sorted(sites)))
    return connection.execute(rows.order_by(cases.c.id).limit(limit)).all()


def find(connection: Connection, case_id: int) -> Row[Any] | None:
    """Return an open case that lacks our own picture, whatever its age."""
    return connection.execute(_without_picture().where(cases.c.id == case_id)).one_or_none()


def order(connection: Connection, row: dict[str, Any]) -> bool:
    """Note an order; False if the case has one."""
    added = insert_into(connection, footage_order).values(row).on_conflict_do_nothing()
    return connection.scalar(added.returning(footage_order.c.case)) is not None
