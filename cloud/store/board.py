"""What the board shows, read in few statements; it writes only the acknowledgement of a case.

Rows come as they are stored: words, colours and times left are the pages' affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from cloud.store import changes, schema
from cloud.store.board_rows import Case, Counts, Gate, Movement, Scan, Site
from cloud.store.held import REASON, SINCE_MS, held

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

MOVEMENTS_MAX = 80
CASES_MAX = 80
SCANS_MAX = 40
# The feed orders by event time among what came last, so that it never scans the whole table.
SCANS_CONSIDERED = 1_000
GATES_MAX = 500

ACTIVE_CASE = ("PROVISIONAL", "CONFIRMED")

_movement, _cases, _record = schema.movement.c, schema.cases.c, schema.record.c
_origin, _destination = schema.site.alias("origin_site"), schema.site.alias("destination_site")


def movements(connection: Connection, now_ms: int, arrived_since_ms: int) -> list[Movement]:
    """Return what is under way, held ones first and then by deadline, followed by what arrived since, latest first."""
    rank = case(
        (held(), 0),
        (_overdue(now_ms), 1),
        (_movement.state == "IN_TRANSIT", 2),
        (_movement.state == "PAIRED", 3),
        else_=4,
    )
    statement = (
        select(
            *(_movement[name] for name in _OF_MOVEMENT),
            REASON.label("hold_reason"),
            SINCE_MS.label("hold_since_ms"),
            _origin.c.name_zh.label("origin_zh"),
            _origin.c.name_en.label("origin_en"),
            _destination.c.name_zh.label("destination_zh"),
            _destination.c.name_en.label("destination_en"),
        )
        .join_from(schema.movement, _origin, _origin.c.code == _movement.origin)
        .join(_destination, _destination.c.code == _movement.destination)
        .where(_shown(arrived_since_ms))
        .order_by(rank, func.coalesce(-_movement.arrived_ms, _movement.deadline_ms, _movement.paired_ms), _movement.id)
        .limit(MOVEMENTS_MAX)
    )
    return [Movement(**row) for row in connection.execute(statement).mappings()]


_OF_MOVEMENT = (
    *("id", "kind", "seal_no", "container", "plate", "transport_order", "state", "paired_ms", "departed_ms"),
    *("arrived_ms", "arrived_by", "deadline_ms", "origin", "destination"),
)


def _shown(arrived_since_ms: int) -> ColumnElement[bool]:
    return or_(
        _movement.state.in_(("PAIRED", "IN_TRANSIT")),
        _arrived(arrived_since_ms),
        _held(),
    )


def _held() -> ColumnElement[bool]:
    afoot = or_(_movement.state != "CANCELLED", _movement.departed_ms.is_not(None))
    return held(afoot)


def _arrived(since_ms: int) -> ColumnElement[bool]:
    return and_(_movement.state.in_(("ARRIVED", "ARRIVED_MANUAL")), _movement.arrived_ms >= since_ms)


def _overdue(now_ms: int) -> ColumnElement[bool]:
    return and_(_movement.state == "IN_TRANSIT", _movement.deadline_ms < now_ms)


def counts(connection: Connection, now_ms: int, arrived_since_ms: int) -> Counts:
    """Count movements by where they stand, and cases by whether somebody took them."""

    def among(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    moving = connection.execute(
        select(
            among(_movement.state == "PAIRED").label("waiting"),
            among(_movement.state == "IN_TRANSIT").label("in_transit"),
            among(_arrived(arrived_since_ms)).label("arrived"),
            among(_overdue(now_ms)).label("overdue"),
            among(_held()).label("held"),
        ).where(_shown(arrived_since_ms))
    ).one()
    active = and_(_cases.closed_ms.is_(None), _cases.status.in_(ACTIVE_CASE))
    waiting = connection.execute(
        select(
            func.count().label("cases"),
            among(_cases.acknowledged_ms.is_(None)).label("unacknowledged"),
        ).where(active)
    ).one()
    return Counts(**moving._mapping, **waiting._mapping)  # noqa: SLF001 -- SQLAlchemy's public name for it


def open_cases(connection: Connection) -> list[Case]:
    """Return cases that nobody closed: those still true first, then the newest occurrence."""
    still_true = case((_cases.status.in_(ACTIVE_CASE), 0), else_=1)
    statement = (
        select(
            *(_cases[name] for name in _OF_CASE),
            _movement.container,
            _movement.seal_no,
            _origin.c.name_zh.label("origin_zh"),
            _origin.c.name_en.label("origin_en"),
            _destination.c.name_zh.label("destination_zh"),
            _destination.c.name_en.label("destination_en"),
        )
        .join_from(schema.cases, schema.movement, _movement.id == _cases.movement_id, isouter=True)
        .join(_origin, _origin.c.code == _movement.origin, isouter=True)
        .join(_destination, _destination.c.code == _movement.destination, isouter=True)
        .where(_cases.closed_ms.is_(None))
        .order_by(still_true, _cases.occurred_ms.desc(), _cases.id.desc())
        .limit(CASES_MAX)
    )
    return [Case(**row) for row in connection.execute(statement).mappings()]


_OF_CASE = (
    *("id", "code", "subject", "status", "occurred_ms", "detected_ms", "acknowledged_ms"),
    *("rule_version", "inputs", "limits", "count"),
)


def codes_of_movements(connection: Connection, movement_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the codes of the open, still true cases of each movement that has any."""
    statement = (
        select(_cases.movement_id, _cases.code)
        .where(_cases.closed_ms.is_(None), _cases.status.in_(ACTIVE_CASE), _cases.movement_id.in_(movement_ids))
        .order_by(_cases.id)
    )
    codes: dict[str, list[str]] = {}
    for movement_id, code in connection.execute(statement):
        codes.setdefault(movement_id, []).append(code)
    return codes


def scans(connection: Connection) -> list[Scan]:
    """Return the newest scans by event time; what was buffered at a gate stands at its own time, not on top."""
    recent = (
        select(_record.id)
        .where(_record.kind == "SCAN")
        .order_by(_record.id.desc())
        .limit(SCANS_CONSIDERED)
        .scalar_subquery()
    )
    site = schema.site.c
    statement = (
        select(
            *(_record[name] for name in _OF_SCAN),
            _movement.container,
            _movement.seal_no,
            site.name_zh.label("site_zh"),
            site.name_en.label("site_en"),
        )
        .join_from(schema.record, schema.movement, _movement.id == _record.movement_id, isouter=True)
        .join(schema.site, site.code == _record.site, isouter=True)
        .where(_record.id.in_(recent))
        .order_by(_record.event_ms.desc(), _record.id.desc())
        .limit(SCANS_MAX)
    )
    return [Scan(**row) for row in connection.execute(statement).mappings()]


_OF_SCAN = ("id", "gate", "lane", "operation", "verdict", "event_ms", "record_ms", "proof", "jws")


def gates(connection: Connection) -> list[Gate]:
    """Return the gates in service, by site."""
    gate, status, site = schema.gate.c, schema.gate_status.c, schema.site.c
    said = ("state", "state_ms", "heard_ms", "telemetry_ms", "backlog", "oldest_s", "telemetry")
    statement = (
        select(
            gate.id,
            gate.site,
            site.name_zh.label("site_zh"),
            site.name_en.label("site_en"),
            gate.lanes,
            *(status[name] for name in said),
        )
        .join_from(schema.gate, schema.site, site.code == gate.site)
        .join(schema.gate_status, status.gate == gate.id, isouter=True)
        .where(gate.retired_ms.is_(None))
        .order_by(gate.site, gate.id)
        .limit(GATES_MAX)
    )
    return [Gate(**row) for row in connection.execute(statement).mappings()]


def sites(connection: Connection) -> list[Site]:
    """Return every place with the fence in force."""
    site, fence = schema.site.c, schema.fence.c
    statement = (
        select(site.code, site.name_zh, site.name_en, fence.ring, fence.fictional)
        .join_from(schema.site, schema.fence, and_(fence.site == site.code, fence.version == site.fence_version))
        .order_by(site.code)
    )
    return [Site(**row) for row in connection.execute(statement).mappings()]


def photos_here(connection: Connection, hashes: Sequence[str]) -> set[str]:
    """Return which of these pictures have arrived."""
    statement = select(schema.photo.c.sha256).where(schema.photo.c.sha256.in_(hashes), schema.photo.c.kind == "PHOTO")
    return set(connection.scalars(statement))


def photo_path(connection: Connection, sha256: str) -> str | None:
    """Return where a picture lies, relative to the photo directory; None while it has not arrived."""
    picture = (schema.photo.c.sha256 == sha256, schema.photo.c.kind == "PHOTO")
    return connection.scalar(select(schema.photo.c.path).where(*picture).limit(1))


def acknowledge(connection: Connection, case_id: int, now_ms: int) -> bool:
    """Note that somebody has taken an open case; False if there is none, or somebody has already."""
    return _mark(connection, case_id, _cases.acknowledged_ms.is_(None), now_ms, now_ms)


def take_back(connection: Connection, case_id: int, now_ms: int, acknowledged_since_ms: int) -> bool:
    """Undo a recent acknowledgement; False if it is too old or there is none."""
    return _mark(connection, case_id, _cases.acknowledged_ms >= acknowledged_since_ms, None, now_ms)


def _mark(
    connection: Connection, case_id: int, condition: ColumnElement[bool], acknowledged_ms: int | None, now_ms: int
) -> bool:
    statement = (
        update(schema.cases)
        .where(_cases.id == case_id, _cases.closed_ms.is_(None), condition)
        .values(acknowledged_ms=acknowledged_ms)
    )
    if connection.execute(statement).rowcount == 0:
        return False
    changes.append(connection, [(changes.Kind.CASE, {"case": case_id})], now_ms)
    return True
