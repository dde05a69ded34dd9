"""What every step about a hold has in common: who may, whether the machine allows it, its row, who must be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act, Role
from cloud.domain.holds import CHASE_AGAIN_MS, DEMANDED, missing
from cloud.domain.lifecycles.hold import MACHINE, State, Step
from cloud.registry.refusals import Refusal
from cloud.registry.stepping import following
from cloud.store import changes, dispatches, movements
from cloud.store.registry import holds as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

PLACE = "PLACE"  # the first line of every history
CLOCK_AHEAD_MAX_MS = 5 * 60_000  # a yard's clock may be this much ahead: no report is turned away for it
_DEMANDED_AT = {Step.REPORT: "reported_ms", Step.STATEMENT: "statement_ms", Step.ID_COPY: "id_copy_ms"}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is said of a step; `event_ms` is when it happened, as told."""

    event_ms: int
    note: str = ""
    officer: str | None = None
    paper: str | None = None
    scan: str | None = None


def subject(hold_id: int) -> str:
    """Return how the audit log names a hold."""
    return f"hold:{hold_id}"


def of_movement(desk: Desk, movement_id: str) -> Any:
    """Return a movement; Refusal NOT-FOUND."""
    row = movements.find(desk.connection, movement_id)
    if row is None:
        raise Refusal("NOT-FOUND", movement_id)
    return row


def allowed(desk: Desk, act: Act, hold_id: int) -> tuple[Any, Any]:
    """Return a hold and its movement, if the actor may do `act` about it.

    An officer of either end may; an operator's people read at either end and act only where the goods stand.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN.
    """
    row = rows.find(desk.connection, hold_id)
    if row is None:
        raise Refusal("NOT-FOUND", subject(hold_id))
    movement = of_movement(desk, row.movement)
    either = {movement.origin, movement.destination}
    at = either if act is Act.REGISTRY_READ else places(desk, movement, row.site)
    desk.require(act, sites=at, subject=subject(hold_id))
    return row, movement


def places(desk: Desk, movement: Any, site: str) -> set[str]:
    """Return at which sites the actor must be for a step about goods that stand at `site`."""
    return {movement.origin, movement.destination} if Role.OFFICER in desk.actor.roles else {site}


def done(row: Any) -> dict[Step, int | None]:
    """Return when each demand of a hold was first met."""
    return {step: getattr(row, column) for step, column in _DEMANDED_AT.items()}


def take(desk: Desk, row: Any, step: Step, told: Told, **values: object) -> None:
    """Move a hold one step on and write the step down.

    Raises:
        Refusal: STATE where the machine forbids the step, CONFLICT where somebody else was first.
    """
    state = State(row.state)
    after = following(MACHINE, state, step, "hold")
    if told.event_ms > desk.now_ms + CLOCK_AHEAD_MAX_MS:
        raise Refusal("INVALID", "a step lies in the future")
    change: dict[str, Any] = {"state": after, **values}
    met = done(row)
    if step in DEMANDED and met[step] is None:
        met[step] = change[_DEMANDED_AT[step]] = told.event_ms
    lacks = missing(after, met)
    change["chase_ms"] = (row.chase_ms or desk.now_ms + CHASE_AGAIN_MS) if lacks else None
    if not rows.change(desk.connection, row.id, state, change):
        raise Refusal("CONFLICT", subject(row.id))
    write(desk, row.id, step, told)


def write(desk: Desk, hold_id: int, step: str, told: Told) -> None:
    """Write a step down in the history of a hold."""
    line = {"hold": hold_id, "step": step, "event_ms": told.event_ms, "at_ms": desk.now_ms, "note": told.note}
    line |= {"account": desk.actor.account, "officer": told.officer, "paper": told.paper, "scan": told.scan}
    rows.add_step(desk.connection, line)


def tell(desk: Desk, movement: Any) -> None:
    """Have the gates at both ends and the board told of a hold that came or went."""
    dispatches.ask(desk.connection, desk.now_ms, sites={movement.origin, movement.destination})
    show(desk, movement.id)


def show(desk: Desk, movement_id: str) -> None:
    """Have the board look at the movement again."""
    changes.append(desk.connection, [(changes.Kind.MOVEMENT, {"movement": movement_id})], desk.now_ms)
