"""What gates say of themselves: birth and death, heartbeats, answers to commands, and the watermark of each site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, or_, select, update

from cloud.store.bulk import fetch
from cloud.store.schema import cases, command, gate, gate_status, movement
from cloud.store.upsert import insert_into

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from schemas.messages import Reply

INT32_MAX = 2**31 - 1
_HEARD = (
    "INSERT INTO gate_status (gate, state, state_ms, heard_ms) VALUES ({marks})"
    " ON CONFLICT (gate) DO UPDATE SET heard_ms = excluded.heard_ms"
)
_WATERMARKS = (
    "SELECT gate.site, min(gate_status.empty_ms) FROM gate LEFT JOIN gate_status ON gate_status.gate = gate.id"
    " WHERE gate.site {among} AND gate.retired_ms IS NULL"
    " GROUP BY gate.site HAVING count(*) = count(gate_status.empty_ms)"
)
CLOCK_AHEAD_MAX_MS = 5_000  # what gates say may be dated so far ahead of our clock and still be the newest (B0)


def states(connection: Connection, gates: Iterable[str]) -> dict[str, tuple[str, int, str | None]]:
    """Return (state, when it was signed, boot) of gates that were heard of."""
    statement = select(gate_status.c.gate, gate_status.c.state, gate_status.c.state_ms, gate_status.c.boot).where(
        gate_status.c.gate.in_(sorted(set(gates)))
    )
    return {row.gate: (row.state, row.state_ms, row.boot) for row in connection.execute(statement)}


def set_state(connection: Connection, gate_id: str, said: tuple[str, int, str], now_ms: int) -> None:
    """Store a birth or a death: (state, when it was signed, boot)."""
    state, state_ms, boot = said
    row = {"gate": gate_id, "state": state, "state_ms": state_ms, "boot": boot, "heard_ms": now_ms}
    statement = insert_into(connection, gate_status)
    changed = {name: statement.excluded[name] for name in row if name != "gate"}
    connection.execute(statement.on_conflict_do_update(index_elements=["gate"], set_=changed), row)


def heard(connection: Connection, gates: Iterable[str], now_ms: int) -> None:
    """Note that something signed by these gates has just come."""
    rows = [(one, "ONLINE", 0, now_ms) for one in sorted(set(gates))]
    if rows:
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        connection.exec_driver_sql(_HEARD.format(marks=", ".join([mark] * len(rows[0]))), rows)


def set_telemetry(connection: Connection, gate_id: str, values: Mapping[str, Any], empty_ms: int | None) -> bool:
    """Store a heartbeat unless a newer one is there; return whether the gate's watermark moved on."""
    before = connection.scalar(select(gate_status.c.empty_ms).where(gate_status.c.gate == gate_id))
    statement = insert_into(connection, gate_status)
    row = {"gate": gate_id, "state": "ONLINE", "state_ms": 0, **values}
    fresh = {name: statement.excluded[name] for name in values}
    told_ms = gate_status.c.telemetry_ms
    # What a wrong clock dated ahead must not hide all that follow.
    ahead = told_ms > statement.excluded.heard_ms + CLOCK_AHEAD_MAX_MS
    newer = or_(told_ms.is_(None), told_ms <= statement.excluded.telemetry_ms, ahead)
    connection.execute(statement.on_conflict_do_update(index_elements=["gate"], set_=fresh, where=newer), row)
    if empty_ms is None or (before is not None and before >= empty_ms):
        return False
    connection.execute(update(gate_status).where(gate_status.c.gate == gate_id).values(empty_ms=empty_ms))
    return True


def watermarks(connection: Connection, sites: Iterable[str]) -> dict[str, int]:
    """Return up to when every read of a site is known: the oldest "nothing waits here" of its gates (B0).

    A site is left out while one of its gates has never said so.
    """
    wanted = sorted(set(sites))
    if not wanted:
        return {}
    return dict(fetch(connection, _WATERMARKS, wanted))


def recheck_provisional(connection: Connection, gates: Iterable[str], now_ms: int) -> None:
    """Make the movements due whose provisional cases a new watermark at these gates' sites may settle.

    A case that another worker opens in the same moment is not seen here; the next heartbeat settles it.
    """
    wanted = sorted(set(gates))
    if not wanted:
        return
    sites = select(gate.c.site).where(gate.c.id.in_(wanted))
    waiting = select(cases.c.movement_id).where(cases.c.status == "PROVISIONAL", cases.c.closed_ms.is_(None))
    sooner = case((or_(movement.c.due_ms.is_(None), movement.c.due_ms > now_ms), now_ms), else_=movement.c.due_ms)
    where = and_(movement.c.id.in_(waiting.where(cases.c.movement_id.is_not(None))), movement.c.destination.in_(sites))
    connection.execute(update(movement).where(where).values(due_ms=sooner))


def answer(connection: Connection, gate_id: str, reply: Reply, at_ms: int) -> bool:
    """Store a gate's first answer to a command of ours; return whether there was one waiting."""
    waiting = (command.c.id == reply.command, command.c.gate == gate_id, command.c.answered_ms.is_(None))
    values = {"answered_ms": at_ms, "outcome": reply.outcome, "note": reply.note, "sha256": reply.sha256}
    return connection.execute(update(command).where(*waiting).values(values)).rowcount == 1
