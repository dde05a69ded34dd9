"""Lets goods go and closes what is left: by officers only, and not before the papers are there (R-068, R-071)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.domain.holds import missing
from cloud.domain.lifecycles.hold import State, Step
from cloud.registry.holds.stepping import Told, allowed, done, show, subject, take, tell
from cloud.registry.refusals import Refusal
from cloud.store.registry import documents as document_rows
from cloud.store.registry import holds as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What an officer found; `personal_keep_ms` is how long the driver's papers stay after completion (D5)."""

    finding: str
    personal_keep_ms: int | None = None


def lift(desk: Desk, hold_id: int, closing: Closing) -> None:
    """Let goods go; papers that are missing stay owed. What the rules hold stays held.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, FINDING, STATE (not reported yet, or lifted before), CONFLICT.
    """
    _end(desk, hold_id, Step.LIFT, closing, lifted_ms=desk.now_ms)


def annul(desk: Desk, hold_id: int, closing: Closing) -> None:
    """Take back a hold that was placed in error; no papers are asked for it.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, FINDING, STATE, CONFLICT.
    """
    _end(desk, hold_id, Step.ANNUL, closing, lifted_ms=desk.now_ms, ended_ms=desk.now_ms)
    _let_go(desk, hold_id, closing)


def complete(desk: Desk, hold_id: int, closing: Closing) -> None:
    """Close a lifted hold whose papers are all there; from now on the driver's papers have an end.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, FINDING, PAPERS-MISSING names them, STATE, CONFLICT.
    """
    row, movement = _ready(desk, hold_id, closing)
    if row.state == State.LIFTED and (lacks := missing(State(row.state), done(row))):
        raise Refusal("PAPERS-MISSING", ", ".join(lacks))
    take(desk, row, Step.COMPLETE, Told(event_ms=desk.now_ms, note=closing.finding), ended_ms=desk.now_ms)
    desk.note(Act.HOLD_LIFT, subject(hold_id), step=Step.COMPLETE)
    _let_go(desk, hold_id, closing)
    show(desk, movement.id)


def _end(desk: Desk, hold_id: int, step: Step, closing: Closing, **values: object) -> None:
    row, movement = _ready(desk, hold_id, closing)
    take(desk, row, step, Told(event_ms=desk.now_ms, note=closing.finding), **values)
    rows.detain(desk.connection, movement.id, None, desk.now_ms)
    desk.note(Act.HOLD_LIFT, subject(hold_id), step=step)
    tell(desk, movement)


def _ready(desk: Desk, hold_id: int, closing: Closing) -> tuple[Any, Any]:
    found = allowed(desk, Act.HOLD_LIFT, hold_id)
    if not closing.finding.strip():
        raise Refusal("FINDING", subject(hold_id))
    return found


def _let_go(desk: Desk, hold_id: int, closing: Closing) -> None:
    """Start the clock of the driver's papers, unless another hold rests on the same ones."""
    if closing.personal_keep_ms is None:
        return
    until_ms = desk.now_ms + closing.personal_keep_ms
    for sha256 in rows.papers_of_only(desk.connection, hold_id):
        document_rows.change(desk.connection, sha256, {"keep_until_ms": until_ms})
