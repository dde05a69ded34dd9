"""Which gate's manifest is due when, and the manifests that were signed; `flows.dispatch` is the reader.

A flow that changes what a gate should know calls `ask` in the same transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, case, cast, delete, func, insert, literal, select, update

from cloud.store.schema import dispatch, gate, manifest
from cloud.store.upsert import insert_into

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection, Row

MANIFESTS_KEPT = 10  # per gate, newest first: enough to see on which papers a recent decision rests


def ask(connection: Connection, now_ms: int, *, sites: Iterable[str] = (), gates: Iterable[str] = ()) -> None:
    """Make the manifests of these gates, and of all gates at these sites, due now."""
    places, ids = sorted(set(sites)), sorted(set(gates))
    if places or ids:
        _ask_where(connection, now_ms, gate.c.site.in_(places) | gate.c.id.in_(ids))


def ask_all(connection: Connection, now_ms: int) -> None:
    """Make every gate's manifest due now: a broker without persistence has forgotten them."""
    _ask_where(connection, now_ms, gate.c.id.is_not(None))


def _ask_where(connection: Connection, now_ms: int, which: ColumnElement[bool]) -> None:
    asked = select(gate.c.id, literal(now_ms), cast(literal(1), Integer)).where(which, gate.c.retired_ms.is_(None))
    statement = insert_into(connection, dispatch).from_select(["gate", "due_ms", "asked"], asked.order_by(gate.c.id))
    sooner = case((dispatch.c.due_ms > now_ms, now_ms), else_=dispatch.c.due_ms)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["gate"], set_={"due_ms": sooner, "asked": dispatch.c.asked + 1})
    )


def due(connection: Connection, now_ms: int, limit: int) -> list[tuple[str, int]]:
    """Return (gate, asked) of the gates whose manifest is due, longest waiting first."""
    waiting = select(dispatch.c.gate, dispatch.c.asked).where(dispatch.c.due_ms <= now_ms)
    rows = connection.execute(waiting.order_by(dispatch.c.due_ms, dispatch.c.gate).limit(limit))
    return [(row.gate, row.asked) for row in rows]


def done(connection: Connection, gate_id: str, asked: int, next_due_ms: int) -> None:
    """Set when this gate is due again, unless somebody asked meanwhile."""
    connection.execute(
        update(dispatch).where(dispatch.c.gate == gate_id, dispatch.c.asked == asked).values(due_ms=next_due_ms)
    )


def forget(connection: Connection, gate_id: str) -> None:
    """Send nothing more to a gate."""
    connection.execute(delete(dispatch).where(dispatch.c.gate == gate_id))


def newest(connection: Connection, gate_id: str) -> Row[Any] | None:
    """Return the last manifest signed for a gate."""
    of_gate = select(manifest).where(manifest.c.gate == gate_id)
    return connection.execute(of_gate.order_by(manifest.c.version.desc()).limit(1)).one_or_none()


def versions(connection: Connection, gates: Iterable[str]) -> dict[str, int]:
    """Return the version of the last manifest signed for each of these gates; none for a gate without."""
    newest_of = select(manifest.c.gate, func.max(manifest.c.version).label("version")).group_by(manifest.c.gate)
    rows = connection.execute(newest_of.where(manifest.c.gate.in_(sorted(set(gates)))))
    return {row.gate: row.version for row in rows}


def keep(connection: Connection, row: dict[str, Any]) -> None:
    """Store a manifest and drop those too old to matter."""
    connection.execute(insert(manifest).values(row))
    oldest = row["version"] - MANIFESTS_KEPT
    connection.execute(delete(manifest).where(manifest.c.gate == row["gate"], manifest.c.version <= oldest))


def count_due(connection: Connection, now_ms: int) -> int:
    """Return how many gates wait for a manifest."""
    return connection.scalar(select(func.count()).select_from(dispatch).where(dispatch.c.due_ms <= now_ms)) or 0
