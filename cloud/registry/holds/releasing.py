"""Lets goods go and closes what is left: by officers only, and not before the papers are there (R-068, R-071)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.domain.holds import missing
from cloud.domain.lifecycles.hold import State, Step
from cloud.registry import documents
from cloud.registry.holds.stepping import Told, allowed, done, show, subject, take, tell
from cloud.registry.refusals import Refusal
from cloud.store.registry import holds as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk


def lift(desk: Desk, hold_id: int, finding: str) -> None:
    """Let goods go; papers that are missing stay owed. What the rules hold stays held.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, FINDING, STATE (not reported yet, or lifted before), CONFLICT.
    """
    _end(desk, hold_id, Step.LIFT, finding, lifted_ms=desk.now_ms)


def annul(desk: Desk, hold_id: int, finding: str) -> None:
    """Take back a hold that was placed in error; no papers are asked for it.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, FINDING, STATE, CONFLICT.
    """
    _end(desk, hold_id, Step.ANNUL, finding, lifted_ms=desk.now_ms, ended_ms=desk.now_ms)
    _let_go(desk, hold_id)


def complete(desk: Desk, hold_id: int, finding: str) -> None:
    """Close a lifted hold whose papers are all there; from now on the driver's papers have an end.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, FINDING, PAPERS-MISSING names them, STATE, CONFLICT.
    """
    row, movement = _ready(desk, hold_id, finding)
    if row.state == State.LIFTED and (lacks := missing(State(row.state), done(row))):
        raise Refusal("PAPERS-MISSING", ", ".join(lacks))
    take(desk, row, Step.COMPLETE, Told(event_ms=desk.now_ms, note=finding), ended_ms=desk.now_ms)
    desk.note(Act.HOLD_LIFT, subject(hold_id), step=Step.COMPLETE)
    _let_go(desk, hold_id)
    show(desk, movement.id)


def _end(desk: Desk, hold_id: int, step: Step, finding: str, **values: object) -> None:
    row, movement = _ready(desk, hold_id, finding)
    take(desk, row, step, Told(event_ms=desk.now_ms, note=finding), **values)
    rows.detain(desk.connection, movement.id, None, desk.now_ms)
    desk.note(Act.HOLD_LIFT, subject(hold_id), step=step)
    tell(desk, movement)


def _ready(desk: Desk, hold_id: int, finding: str) -> tuple[Any, Any]:
    found = allowed(desk, Act.HOLD_LIFT, hold_id)
    if not finding.strip():
        raise Refusal("FINDING", subject(hold_id))
    return found


def _let_go(desk: Desk, hold_id: int) -> None:
    """Let go of the driver's papers: unless something else rests on them, their end has come near."""
    steps = rows.steps(desk.connection, hold_id)
    documents.release(desk, *(paper for line in steps for paper in (line.paper, line.scan) if paper is not None))
