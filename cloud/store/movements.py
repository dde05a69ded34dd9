"""Rows of movements as the registry makes them and the manifest needs them; their fold is written with the records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, insert, or_, select, update

from cloud.domain.lifecycles.seal import ALIVE
from cloud.store.held import held
from cloud.store.schema import movement, pairing, seal, transport_order

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row

EXPECTED_MAX = 5_000  # of one manifest (schemas.messages.Manifest)
ARRIVED_SHOWN_MS = 24 * 3_600_000  # an arrived movement stays in the manifests this long, so that a second tap is known


def find(connection: Connection, movement_id: str) -> Row[Any] | None:
    """Return one movement."""
    return connection.execute(select(movement).where(movement.c.id == movement_id)).one_or_none()


def of_order(connection: Connection, number: str) -> Sequence[Row[Any]]:
    """Return every movement an order ever had, oldest first."""
    rows = select(movement).where(movement.c.transport_order == number)
    return connection.execute(rows.order_by(movement.c.id)).all()


def live_of_seal(connection: Connection, seal_no: str) -> Row[Any] | None:
    """Return the movement that holds a seal: all but a cancelled one do (R-063)."""
    rows = select(movement).where(movement.c.seal_no == seal_no, movement.c.state != "CANCELLED")
    return connection.execute(rows).one_or_none()


def written(connection: Connection, site: str, container: str | None, seal_no: str | None) -> Sequence[Row[Any]]:
    """Return up to two movements between this site and another that go by numbers a person wrote; none without any.

    A container counts while it is sealed or under way, a seal until it ends: it is used once (R-063).
    """
    if container is None and seal_no is None:
        return ()
    rows = select(movement).where(or_(movement.c.origin == site, movement.c.destination == site))
    if container is not None:
        rows = rows.where(movement.c.container == container)
    if seal_no is not None:
        rows = rows.where(movement.c.seal_no == seal_no, movement.c.state != "CANCELLED")
    else:
        rows = rows.where(movement.c.state.in_(("PAIRED", "IN_TRANSIT")))
    return connection.execute(rows.order_by(movement.c.id).limit(2)).all()


def times_paired(connection: Connection, uid: str) -> int:
    """Return how often the seal with this chip has been paired, cancelled pairings counted."""
    return connection.scalar(select(func.count()).select_from(movement).where(movement.c.seal_uid == uid)) or 0


def open_seal(connection: Connection, movement_id: str, values: dict[str, Any]) -> bool:
    """End a movement whose seal is being opened on its way; False if it has ended already."""
    afoot = update(movement).where(movement.c.id == movement_id, movement.c.state.in_(("PAIRED", "IN_TRANSIT")))
    return connection.execute(afoot.values(values)).rowcount == 1


def page(
    connection: Connection, after: str, limit: int, *, state: str | None, sites: Collection[str] | None
) -> Sequence[Row[Any]]:
    """Return up to `limit` movements with an id above `after`, of one state and touching one of some sites if asked."""
    rows = select(movement).where(movement.c.id > after)
    if state is not None:
        rows = rows.where(movement.c.state == state)
    if sites is not None:
        rows = rows.where(or_(movement.c.origin.in_(sites), movement.c.destination.in_(sites)))
    return connection.execute(rows.order_by(movement.c.id).limit(limit)).all()


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a movement."""
    connection.execute(insert(movement).values(row))


def change_waiting(connection: Connection, movement_id: str, values: dict[str, Any]) -> bool:
    """Change a movement that still waits at its origin and is not held; False if it has departed meanwhile, or is."""
    waiting = update(movement).where(movement.c.id == movement_id, movement.c.state == "PAIRED", ~held())
    return connection.execute(waiting.values(values)).rowcount == 1


def expected_at(connection: Connection, site: str, now_ms: int) -> Sequence[Row[Any]]:
    """Return what a gate of this site may meet: leaving, coming, held, or arrived within a day; newest first if cut.

    Each with what was declared at its pairing and what its order says of the load, where there are such.
    """
    concerns = or_(movement.c.origin == site, movement.c.destination == site)
    # A scrapped seal departs no more: its pairing waits for another one, unknown to the gate.
    dead = exists().where(seal.c.seal_no == movement.c.seal_no, seal.c.state.not_in(ALIVE))
    live = or_(movement.c.state == "IN_TRANSIT", and_(movement.c.state == "PAIRED", ~dead))
    # A cancelled one that departed all the same is a container on the road (X-TO-ALTERED).
    afoot = or_(movement.c.state != "CANCELLED", movement.c.departed_ms.is_not(None)) & (movement.c.state != "OPENED")
    kept = and_(held(), afoot)
    just_arrived = and_(
        movement.c.state.in_(("ARRIVED", "ARRIVED_MANUAL")), movement.c.arrived_ms > now_ms - ARRIVED_SHOWN_MS
    )
    declared = (pairing.c.unit, pairing.c.position, pairing.c.document)
    rows = select(movement, *declared, transport_order.c.classes, transport_order.c.cargo)
    rows = rows.outerjoin(pairing, pairing.c.movement == movement.c.id)
    rows = rows.outerjoin(transport_order, transport_order.c.number == movement.c.transport_order)
    rows = rows.where(concerns, or_(live, kept, just_arrived))
    return connection.execute(rows.order_by(movement.c.paired_ms.desc(), movement.c.id).limit(EXPECTED_MAX)).all()


def count(connection: Connection) -> int:
    """Return how many movements there are."""
    return connection.scalar(select(func.count()).select_from(movement)) or 0
