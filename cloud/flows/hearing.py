"""Heartbeats, births, deaths and replies of gates: what they say of themselves beside their records (B0 watermark)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cloud.domain.intervals import UNKNOWN, interval_of, millis
from cloud.flows.restored import catch_up
from cloud.store import dispatches, heard
from cloud.store.changes import Kind
from schemas.messages import GateState, Reply, Telemetry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from cloud.flows.intake import Proven


def hear(connection: Connection, proven: Sequence[Proven], now_ms: int) -> list[tuple[Kind, dict[str, str]]]:
    """Store what the gates of a batch say of themselves; return the changes people should see."""
    changed: set[str] = set()
    advanced: set[str] = set()
    heard.heard(connection, {one.gate for one in proven}, now_ms)
    for one in proven:
        if isinstance(one.said, Telemetry):
            changed.add(one.gate)
            if _store_heartbeat(connection, one.said, now_ms):
                advanced.add(one.gate)
        elif isinstance(one.said, GateState) and _store_state(connection, one.said, now_ms):
            changed.add(one.gate)
        elif isinstance(one.said, Reply):
            heard.answer(connection, one.gate, one.said, millis(one.said.at))
    heard.recheck_provisional(connection, advanced, now_ms)
    catch_up(connection, [one.said for one in proven if isinstance(one.said, Telemetry)], now_ms)
    return [(Kind.GATE, {"gate": gate}) for gate in sorted(changed)]


def _store_heartbeat(connection: Connection, heartbeat: Telemetry, now_ms: int) -> bool:
    values = {
        "boot": heartbeat.boot,
        "telemetry_ms": millis(heartbeat.time.at),
        "heard_ms": now_ms,
        "backlog": min(heartbeat.outbox_depth, heard.INT32_MAX),
        "oldest_s": heartbeat.outbox_oldest_s,
        "manifest": heartbeat.manifest,
        "telemetry": msgspec.to_builtins(heartbeat),
    }
    # An empty outbox proves silence only as far as the gate's clock is believed, and never beyond now.
    interval = interval_of(heartbeat.time)
    empty_ms = min(interval.lower_ms, now_ms) if heartbeat.outbox_depth == 0 and interval != UNKNOWN else None
    return heard.set_telemetry(connection, heartbeat.gate, values, empty_ms)


def _store_state(connection: Connection, said: GateState, now_ms: int) -> bool:
    """Store a birth or death; within one run of the agent the broker's order is the true one.

    The will is signed before the birth it follows, so its time says nothing there; but the will of an earlier run that
    comes late must not bury the gate, which has been born again. A time far ahead of ours is a wrong clock's
    and hides nothing that follows.
    """
    at_ms = millis(said.at)
    known = heard.states(connection, [said.gate]).get(said.gate)
    if known is not None and known[2] != said.boot and at_ms < known[1] <= now_ms + heard.CLOCK_AHEAD_MAX_MS:
        return False
    heard.set_state(connection, said.gate, (said.state, at_ms, said.boot), now_ms)
    if said.state == "ONLINE":
        dispatches.ask(connection, now_ms, gates=[said.gate])  # a broker without persistence has lost its manifest
    return known is None or known[0] != said.state
