"""All rules in force, asked together: about a movement or seal (by its history) and about a gate (by its incidents)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.rules import (
    s3_late_arrival,
    s7_overdue,
    x_mac,
    x_replay,
    x_seal_dead,
    x_seq_fork,
    x_sig,
    x_to_altered,
)

if TYPE_CHECKING:
    from cloud.domain.finding import Finding
    from cloud.domain.history import History
    from cloud.domain.incidents import Incidents

RULES = (s3_late_arrival, s7_overdue, x_mac, x_replay, x_seal_dead, x_to_altered)
GATE_RULES = (x_sig, x_seq_fork)


def check(history: History, now_ms: int) -> list[Finding]:
    """Return what every rule says of a history at this moment, for a read and for silence alike."""
    return [finding for rule in RULES for finding in rule.check(history, now_ms)]


def next_check(history: History, now_ms: int) -> int | None:
    """Return the first instant after `now_ms` at which silence alone changes what `check` says; None: never."""
    turns_ms = [turn_ms for rule in RULES if (turn_ms := rule.next_check(history, now_ms)) is not None]
    return min(turns_ms, default=None)


def check_gate(incidents: Incidents, now_ms: int) -> list[Finding]:
    """Return what the rules about gates say of one batch."""
    return [finding for rule in GATE_RULES for finding in rule.check(incidents, now_ms)]
