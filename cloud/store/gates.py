"""Rows of gates and their keys; what a gate says of itself is written by ingest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, select, update

from cloud.store.schema import gate, gate_key, gate_status
from cloud.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row, Select

_ACTIVE = (gate_key.c.revoked_ms.is_(None), gate_key.c.replaced_ms.is_(None))
_STATUS = (gate_status.c.state, gate_status.c.state_ms, gate_status.c.heard_ms, gate_status.c.backlog)
_SAID = (gate_status.c.manifest, gate_status.c.telemetry_ms, gate_status.c.telemetry)


def _joined() -> Select[Any]:
    active = and_(gate_key.c.gate == gate.c.id, *_ACTIVE)
    rows = select(gate, gate_key.c.kid, gate_key.c.alg, gate_key.c.jwk, *_STATUS, *_SAID)
    return rows.outerjoin(gate_key, active).outerjoin(gate_status, gate_status.c.gate == gate.c.id)


def find(connection: Connection, gate_id: str) -> Row[Any] | None:
    """Return a gate with its active key and its last known state."""
    return connection.execute(_joined().where(gate.c.id == gate_id)).one_or_none()


def page(connection: Connection, after: str, limit: int, sites: Collection[str] | None = None) -> Sequence[Row[Any]]:
    """Return up to `limit` gates with an id above `after`, at these sites only if asked."""
    rows = _joined().where(gate.c.id > after)
    if sites is not None:
        rows = rows.where(gate.c.site.in_(sites))
    return connection.execute(rows.order_by(gate.c.id).limit(limit)).all()


def save(connection: Connection, row: dict[str, Any]) -> None:
    """Insert or update a gate."""
    upsert(connection, gate, [row])


def key(connection: Connection, kid: str) -> Row[Any] | None:
    """Return a key with the gate it belongs to and when that gate retired, revoked or not."""
    joined = select(gate_key, gate.c.retired_ms, gate.c.site).join(gate, gate.c.id == gate_key.c.gate)
    return connection.execute(joined.where(gate_key.c.kid == kid)).one_or_none()


def keys(connection: Connection, gate_id: str) -> Sequence[Row[Any]]:
    """Return every key a gate has or had, the first one first."""
    rows = select(gate_key).where(gate_key.c.gate == gate_id)
    return connection.execute(rows.order_by(gate_key.c.registered_ms, gate_key.c.kid)).all()


def add_key(connection: Connection, row: dict[str, Any]) -> None:
    """Register a key."""
    connection.execute(insert(gate_key).values(row))


def replace_key(connection: Connection, gate_id: str, now_ms: int) -> None:
    """Let the key a gate has make way for another; what it signed still counts."""
    active = update(gate_key).where(gate_key.c.gate == gate_id, *_ACTIVE)
    connection.execute(active.values(replaced_ms=now_ms))


def reinstate_key(connection: Connection, kid: str) -> None:
    """Let a replaced key be the active one again; the one that took its place has made way before."""
    connection.execute(update(gate_key).where(gate_key.c.kid == kid).values(replaced_ms=None))


def revoke_keys(connection: Connection, gate_id: str, now_ms: int, kid: str | None = None) -> None:
    """Revoke one key of a gate, or all it has or had; the rows stay, since old records were signed with them."""
    trusted = update(gate_key).where(gate_key.c.gate == gate_id, gate_key.c.revoked_ms.is_(None))
    which = trusted if kid is None else trusted.where(gate_key.c.kid == kid)
    connection.execute(which.values(revoked_ms=now_ms))


def retire(connection: Connection, gate_id: str, now_ms: int) -> None:
    """Take a gate out of service."""
    connection.execute(update(gate).where(gate.c.id == gate_id).values(retired_ms=now_ms))
