"""Holds that a lane places: goods whose seal is not in order stand there, and are kept at once (R-068, R-072).

Nobody is asked whether he may: the gate has asked, by its manifest, and to hold is the safe side. Officers lift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.domain.holds import CHASE_FIRST_MS, reason_of, remark_of
from cloud.domain.lifecycles.hold import MACHINE, Step
from cloud.registry.holds.stepping import PLACE, Told, subject, take, write
from cloud.registry.refusals import Refusal
from cloud.store import movements
from cloud.store.registry import holds as rows
from schemas.lifecycle import MovementState
from schemas.messages import SealKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk
    from schemas.messages import Abnormal

NOTE_CHARS_MAX = 200
SEEN = "SEEN"  # goods that are held already are seen to be abnormal once more


@dataclass(frozen=True, kw_only=True)
class SeenEntry:
    """What a lane's record says; `officer`: the staff number of the officer who acted and proved who he is."""

    gate: str
    epoch: int
    seq: int
    site: str
    movement: str
    abnormal: Sequence[Abnormal]
    event_ms: int
    latest_ms: int | None  # it happened no later than this; None: the gate's clock does not say
    officer: str | None = None

    @property
    def record(self) -> str:
        """How people are told which record it is."""
        return f"{self.gate}/{self.epoch}/{self.seq}"


def hold_at_lane(desk: Desk, entry: SeenEntry) -> bool:
    """Hold the goods that a record is about, and report it if an officer made it; True if they were not held before.

    Goods that are held already get a line in their hold's history. The caller has the gates and the board told.

    Raises:
        Refusal: NOT-FOUND, STATE (cancelled before it departed, opened, or let go by an officer after this was seen).
    """
    movement = movements.find(desk.connection, entry.movement)
    if movement is None:
        raise Refusal("NOT-FOUND", entry.movement)
    never_left = movement.state == MovementState.CANCELLED and movement.departed_ms is None
    if never_left or movement.state == MovementState.OPENED:
        raise Refusal("STATE", f"{movement.id} is {movement.state}")
    reason, remark = reason_of(SealKind(movement.kind), entry.abnormal), remark_of(entry.abnormal)
    held = rows.holding(desk.connection, movement.id)
    hold_id = _place(desk, movement, entry, reason, remark) if held is None else None
    if hold_id is None:
        held = held or rows.holding(desk.connection, movement.id)
        rows.add_record(desk.connection, (entry.gate, entry.epoch, entry.seq), held.id)
        note = f"{entry.record} {remark}"[:NOTE_CHARS_MAX].strip()
        write(desk, held.id, SEEN, Told(event_ms=entry.event_ms, note=note))
        return False
    rows.add_record(desk.connection, (entry.gate, entry.epoch, entry.seq), hold_id)
    rows.detain(desk.connection, movement.id, reason, desk.now_ms)
    desk.note(Act.HOLD_PLACE, subject(hold_id), movement=movement.id, reason=reason, record=entry.record)
    if entry.officer is not None:
        told = Told(event_ms=min(entry.event_ms, desk.now_ms), officer=entry.officer)
        take(desk, rows.find(desk.connection, hold_id), Step.REPORT, told, officer=entry.officer)
    return True


def _place(desk: Desk, movement: Any, entry: SeenEntry, reason: str, remark: str) -> int | None:
    """Add the hold and return its id; None where somebody was first."""
    if entry.latest_ms is not None and rows.let_go_since(desk.connection, movement.id, entry.latest_ms):
        raise Refusal("STATE", f"{movement.id} was let go by an officer after {entry.record}")
    row = {"movement": movement.id, "kind": movement.kind, "reason": reason, "remark": remark, "site": entry.site}
    row |= {"state": MACHINE.initial, "placed_ms": desk.now_ms, "placed_by": desk.actor.account}
    try:
        with desk.connection.begin_nested():
            hold_id = rows.add(desk.connection, row | {"chase_ms": desk.now_ms + CHASE_FIRST_MS})
    except IntegrityError:  # uq_hold_holding: a person has held them in this very moment
        return None
    write(desk, hold_id, PLACE, Told(event_ms=entry.event_ms, note=entry.record))
    return hold_id
