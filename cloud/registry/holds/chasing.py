"""Asks again for what a hold lacks: the board shows it anew and its history says how often (R-071)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.holds import CHASE_AGAIN_MS
from cloud.registry.holds.stepping import Told, show, write
from cloud.store.registry import holds as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

CHASED_MAX = 200  # in one round


def chase(desk: Desk) -> int:
    """Chase every hold whose papers are overdue; returns how many."""
    due = rows.to_chase(desk.connection, desk.now_ms, CHASED_MAX)
    for row in due:
        again = {"chases": row.chases + 1, "chase_ms": desk.now_ms + CHASE_AGAIN_MS}
        rows.change(desk.connection, row.id, row.state, again)
        write(desk, row.id, "CHASE", Told(event_ms=desk.now_ms))
    for movement in sorted({row.movement for row in due}):
        show(desk, movement)
    return len(due)
