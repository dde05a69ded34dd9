"""Lifts what the rules hold: a seal with a wrong code, a counter used twice, an order cancelled under way (R-068)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloud.domain.authority import Act
from cloud.domain.holds import RULES_THAT_HOLD
from cloud.registry.holds.stepping import of_movement, tell
from cloud.registry.refusals import Refusal
from cloud.store.registry import holds as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk


@dataclass(frozen=True, kw_only=True)
class RuleLift:
    """Which hold of the rules an officer has looked into, as it was shown, and what was found."""

    movement: str
    reason: str
    finding: str


def lift_of_rules(desk: Desk, entry: RuleLift) -> None:
    """Lift one hold of the rules; another rule's certain case that nobody lifted yet holds the goods on.

    A person's hold is not touched, and the same evidence does not bring the lifted one back: only news does.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, FINDING, STATE (the rules hold nothing), CONFLICT (another reason by now).
    """
    movement = of_movement(desk, entry.movement)
    subject = f"movement:{movement.id}"
    desk.require(Act.HOLD_LIFT, sites={movement.origin, movement.destination}, subject=subject)
    if not entry.finding.strip():
        raise Refusal("FINDING", subject)
    if movement.hold_reason is None:
        raise Refusal("STATE", f"the rules do not hold {movement.id}")
    if movement.hold_reason != entry.reason:
        raise Refusal("CONFLICT", f"held for {movement.hold_reason}")
    seen = (movement.hold_reason, movement.hold_since_ms)
    free = {"hold_reason": None, "hold_since_ms": None, "updated_ms": desk.now_ms}
    if not rows.lift_of_rules(desk.connection, movement.id, seen, free):
        raise Refusal("CONFLICT", subject)
    line = {"movement": movement.id, "reason": entry.reason, "since_ms": movement.hold_since_ms}
    line |= {"count": rows.case_count(desk.connection, movement.id, entry.reason), "lifted_ms": desk.now_ms}
    rows.add_rule_lift(desk.connection, line | {"account": desk.actor.account, "finding": entry.finding})
    following = rows.standing(desk.connection, movement.id, RULES_THAT_HOLD)
    if following is not None:
        held = {"hold_reason": following.code, "hold_since_ms": following.detected_ms}
        rows.hold_by_rule(desk.connection, movement.id, held)
    desk.note(Act.HOLD_LIFT, subject, reason=entry.reason, still=following.code if following else None)
    tell(desk, movement)
