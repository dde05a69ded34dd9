"""Rows of papers that lanes send encrypted: named by a record, put up over HTTP, in whichever order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, func, or_, select, update

from cloud.domain.lifecycles.hold import OPEN
from cloud.store.schema import hold, hold_record, paper, photo
from cloud.store.upsert import insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row

_WAITING = and_(paper.c.settled_ms.is_(None), paper.c.dismissed_by.is_(None))
_HERE = and_(photo.c.gate == paper.c.gate, photo.c.sha256 == paper.c.sha256, photo.c.kind == "PAPER")
_OF_RECORD = (
    select(hold_record.c.hold)
    .where(
        hold_record.c.gate == paper.c.gate,
        hold_record.c.epoch == paper.c.about_epoch,
        hold_record.c.seq == paper.c.about_seq,
    )
    .scalar_subquery()
)
_OF_MOVEMENT = (
    select(func.max(hold.c.id)).where(hold.c.movement == paper.c.movement, hold.c.state.in_(OPEN)).scalar_subquery()
)
# the hold that the record it is about has placed, else the one on the movement it names
TARGET = func.coalesce(_OF_RECORD, _OF_MOVEMENT)


class Wanted(NamedTuple):
    """Which papers a list is asked for; None: all."""

    waiting: bool | None = None
    hold: int | None = None


def name(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Note papers that a record names."""
    insert_new(connection, paper, rows)


def due(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Return papers that are here and not opened, or whose hold is known and that do not lie with it; with `path`."""
    possible = or_(paper.c.document.is_(None), TARGET.is_not(None))
    rows = select(paper, photo.c.path, TARGET.label("target")).join(photo, _HERE)
    rows = rows.where(_WAITING, paper.c.fault.is_(None), possible)
    return connection.execute(rows.order_by(paper.c.id).limit(limit)).all()


def find(connection: Connection, paper_id: int) -> Row[Any] | None:
    """Return one paper and lock it."""
    return connection.execute(select(paper).where(paper.c.id == paper_id).with_for_update()).one_or_none()


def page(
    connection: Connection, after: int, limit: int, sites: Collection[str] | None, wanted: Wanted
) -> Sequence[Row[Any]]:
    """Return up to `limit` papers with an id above `after`, named at these sites (None: all); with `received_ms`."""
    rows = select(paper, photo.c.received_ms).join(photo, _HERE, isouter=True).where(paper.c.id > after)
    if sites is not None:
        rows = rows.where(paper.c.site.in_(sorted(sites)))
    if wanted.waiting is not None:
        rows = rows.where(_WAITING if wanted.waiting else ~_WAITING)
    if wanted.hold is not None:
        rows = rows.where(paper.c.hold == wanted.hold)
    return connection.execute(rows.order_by(paper.c.id).limit(limit)).all()


def change(connection: Connection, paper_id: int, values: dict[str, Any]) -> None:
    """Write what became of a paper."""
    connection.execute(update(paper).where(paper.c.id == paper_id).values(values))


def try_again(connection: Connection, fault: str) -> int:
    """Forget this fault of papers that did not open: another key may be there now; returns how many."""
    again = update(paper).where(_WAITING, paper.c.fault == fault).values(fault=None)
    return connection.execute(again).rowcount
