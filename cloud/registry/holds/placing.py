"""Places a hold and reports it: both at once and never blocked by papers that are missing (R-068, R-071, R-072)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta
from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act, Role
from cloud.domain.holds import CHASE_FIRST_MS, REASONS, HoldReason
from cloud.domain.lifecycles.hold import MACHINE, Step
from cloud.registry.contract import checked
from cloud.registry.holds.stepping import PLACE, Told, allowed, of_movement, places, subject, take, tell, write
from cloud.registry.refusals import Refusal
from cloud.store.registry import holds as rows
from schemas.lifecycle import MovementState
from schemas.messages import SealKind

if TYPE_CHECKING:
    from cloud.registry.desk import Desk


OfficerId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._@-]{1,64}$(?!\n)")]  # a number or an account, never a name


@dataclass(frozen=True, kw_only=True)
class ReportEntry:
    """To which officer (staff number or person id) a hold was reported, and when."""

    officer: str
    reported_ms: int
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PlaceEntry:
    """Which goods are held and why; `report` if an officer has been told in the same breath."""

    movement: str
    reason: str
    remark: str = ""
    report: ReportEntry | None = None


def place(desk: Desk, entry: PlaceEntry) -> int:
    """Hold goods and return the hold's id; both gates' manifests say so, and no lane lets them through.

    An officer who holds knows of it: that is the report.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, HOLD-REASON, STATE (cancelled before it departed, or opened), HELD-ALREADY.
    """
    movement = of_movement(desk, entry.movement)
    site = movement.origin if movement.state == MovementState.PAIRED else movement.destination
    desk.require(Act.HOLD_PLACE, sites=places(desk, movement, site), subject=f"movement:{movement.id}")
    if entry.reason not in REASONS[SealKind(movement.kind)]:
        raise Refusal("HOLD-REASON", f"{entry.reason[:40]} on a seal of kind {movement.kind}")
    if entry.reason == HoldReason.OTHER and not entry.remark.strip():
        raise Refusal("INVALID", "remark: say what else there is")
    never_left = movement.state == MovementState.CANCELLED and movement.departed_ms is None
    if never_left or movement.state == MovementState.OPENED:  # hold the movement that takes its place
        raise Refusal("STATE", f"{movement.id} is {movement.state}")
    # the movement first, as a lane's record does: two who hold at once wait for each other in one order
    rows.detain(desk.connection, movement.id, entry.reason, desk.now_ms)
    hold_id = _add(desk, movement, site, entry)
    desk.note(Act.HOLD_PLACE, subject(hold_id), movement=movement.id, reason=entry.reason)
    if (told := _report_at_once(desk, entry)) is not None:
        _report(desk, rows.find(desk.connection, hold_id), told)
    tell(desk, movement)
    return hold_id


def report(desk: Desk, hold_id: int, entry: ReportEntry) -> None:
    """Write down that an officer was told, whatever papers are missing (自主管理辦法 §11).

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, STATE, CONFLICT, INVALID.
    """
    row, _ = allowed(desk, Act.HOLD_PLACE, hold_id)
    _report(desk, row, entry)


def _report_at_once(desk: Desk, entry: PlaceEntry) -> ReportEntry | None:
    if entry.report is None and Role.OFFICER in desk.actor.roles:
        return ReportEntry(officer=desk.actor.person or desk.actor.account, reported_ms=desk.now_ms)
    return entry.report


def _report(desk: Desk, row: Any, entry: ReportEntry) -> None:
    checked(entry.officer, OfficerId, "officer")  # whether the register knows the officer blocks no report
    told = Told(event_ms=entry.reported_ms, officer=entry.officer, note=entry.note)
    take(desk, row, Step.REPORT, told, officer=entry.officer)
    desk.note(Act.HOLD_PLACE, subject(row.id), step=Step.REPORT, officer=entry.officer)


def _add(desk: Desk, movement: Any, site: str, entry: PlaceEntry) -> int:
    row = {"movement": movement.id, "kind": movement.kind, "reason": entry.reason, "remark": entry.remark}
    row |= {"site": site, "state": MACHINE.initial, "placed_ms": desk.now_ms, "placed_by": desk.actor.account}
    try:
        hold_id = rows.add(desk.connection, row | {"chase_ms": desk.now_ms + CHASE_FIRST_MS})
    except IntegrityError as error:  # uq_hold_holding
        raise Refusal("HELD-ALREADY", movement.id) from error
    write(desk, hold_id, PLACE, Told(event_ms=desk.now_ms, note=entry.remark))
    return hold_id
