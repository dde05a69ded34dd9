"""Movements as the fold reads and writes them; what people and systems change of a movement is not here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, select

from cloud.domain.history import Journey, RouteLimit
from cloud.store.bulk import fetch, update_rows
from cloud.store.schema import movement, route_limit
from schemas.lifecycle import MovementState
from schemas.messages import SealKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

DUE_MAX = 200  # movements taken by one sweep
_SETTLED = {MovementState.CANCELLED, MovementState.ARRIVED_MANUAL, MovementState.OPENED}
_FOLDED = (
    *("state", "departed_ms", "arrived_ms", "arrived_by", "deadline_ms", "route_limit"),
    *("hold_reason", "hold_since_ms", "due_ms"),
)
_KNOWN = ("id", "seal_uid", "kind", "origin", "destination")
_COLUMNS = ", ".join(f"movement.{name}" for name in (*_KNOWN, *_FOLDED))
_KEPT = (
    f"SELECT transport_order.departs_ms, {_COLUMNS} FROM movement"  # noqa: S608 -- names of our schema
    " LEFT JOIN transport_order ON transport_order.number = movement.transport_order"
)
_ORDERED = " ORDER BY movement.id"  # one order everywhere: two workers cannot block each other
_BY_SEAL = _KEPT + " WHERE movement.seal_uid {among}" + _ORDERED
_BY_ID = _KEPT + " WHERE movement.id {among}" + _ORDERED
_SERIES = "SELECT uid, coalesce(series, seal_no) FROM seal WHERE uid {among}"
_LIMITS = select(route_limit).where(
    route_limit.c.origin.in_(bindparam("origins", expanding=True)),
    route_limit.c.destination.in_(bindparam("destinations", expanding=True)),
)
_STATES = {one.value: one for one in MovementState}
_KINDS = {one.value: one for one in SealKind}


class Folded(NamedTuple):
    """The columns that the fold keeps; two equal ones need no writing. The last is nobody's news."""

    state: str
    departed_ms: int | None
    arrived_ms: int | None
    arrived_by: str | None
    deadline_ms: int | None
    route_limit: int | None
    hold_reason: str | None
    hold_since_ms: int | None
    due_ms: int | None


class Kept(NamedTuple):
    """A movement as stored, locked until the transaction ends."""

    seal_uid: str
    journey: Journey
    folded: Folded


def by_seal(connection: Connection, uids: Iterable[str]) -> list[Kept]:
    """Return and lock the movements, past and present, of these seals."""
    wanted = sorted(set(uids))
    return _locked(connection, _BY_SEAL, wanted) if wanted else []


def any_due(connection: Connection, now_ms: int) -> bool:
    """Return whether a movement's next check is due."""
    return connection.scalar(select(movement.c.id).where(movement.c.due_ms <= now_ms).limit(1)) is not None


def due(connection: Connection, now_ms: int) -> list[Kept]:
    """Return and lock movements whose next check is due, longest waiting first; those another sweep holds are left."""
    ids = select(movement.c.id).where(movement.c.due_ms <= now_ms).order_by(movement.c.due_ms, movement.c.id)
    wanted = list(connection.scalars(ids.limit(DUE_MAX).with_for_update(skip_locked=True)))
    return _locked(connection, _BY_ID, wanted) if wanted else []


def _locked(connection: Connection, statement: str, wanted: Sequence[str]) -> list[Kept]:
    rows = fetch(connection, statement, wanted, lock="movement")
    limits = _limits(connection, {(origin, destination) for _, _, _, _, origin, destination, *_ in rows})
    return [_kept(row, limits) for row in rows]


def _kept(row: Sequence[Any], limits: Mapping[tuple[str, str], tuple[RouteLimit, ...]]) -> Kept:
    departs_ms, movement_id, seal_uid, kind, origin, destination, *folded = row
    state = _STATES[folded[0]]
    settled = state if state in _SETTLED else None
    route = limits.get((origin, destination), ())
    return Kept(
        seal_uid, Journey(movement_id, _KINDS[kind], origin, destination, settled, departs_ms, route), Folded(*folded)
    )


def _limits(connection: Connection, routes: set[tuple[str, str]]) -> dict[tuple[str, str], tuple[RouteLimit, ...]]:
    found: dict[tuple[str, str], tuple[RouteLimit, ...]] = {}
    if routes:
        origins, destinations = {route[0] for route in routes}, {route[1] for route in routes}
        places = {"origins": sorted(origins), "destinations": sorted(destinations)}
        for row in connection.execute(_LIMITS, places):
            limit = RouteLimit(row.id, row.minutes, row.valid_from_ms, row.valid_to_ms)
            route = (row.origin, row.destination)
            found[route] = (*found.get(route, ()), limit)
    return found


def write(connection: Connection, rows: Sequence[tuple[str, Folded]], now_ms: int) -> None:
    """Store what the fold of these movements has become."""
    values = [(*folded, now_ms, movement_id) for movement_id, folded in rows]
    update_rows(connection, movement, (*_FOLDED, "updated_ms"), "id", values)


def seal_series(connection: Connection, uids: Iterable[str]) -> dict[str, str]:
    """Return what names the verification key of these chips: their series, else their printed numbers."""
    wanted = sorted(set(uids))
    return dict(fetch(connection, _SERIES, wanted)) if wanted else {}
