"""After the recovery: what an outage left to be done, and the scrap of seals that were never paired (R-076)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act
from cloud.domain.outages import Side, Task, task
from cloud.registry.outages.declaring import found
from cloud.registry.outages.inbox import Item, with_papers
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import register
from cloud.registry.stock import scraps
from cloud.store import movements, seals
from cloud.store.registry import evidence as rows
from schemas.lifecycle import MovementState

if TYPE_CHECKING:
    from typing import Any

    from cloud.registry.desk import Desk

REASON_CHARS_MAX = 500


@dataclass(frozen=True, kw_only=True)
class Work:
    """An item of evidence and what is left to do for its seal."""

    item: Item
    movement: str | None
    task: Task | None

    @property
    def id(self) -> int:
        """The item's id: lists go by it."""
        return int(self.item.row.id)


def works(desk: Desk, outage: int, after: int, limit: int) -> list[Work]:
    """Return the outage's items by id, within the actor's sites, each with what is left to do; Refusal NOT-FOUND.

    A seal that was never paired is scrapped (R-076); a movement that is still under way is read in, or received by
    hand (R-078); whatever ended is done.
    """
    scope = desk.scope(Act.REGISTRY_READ, subject=f"outage:{outage}")
    found(desk, outage)
    items = with_papers(desk, rows.page(desk.connection, after, limit, rows.Wanted(outage=outage), scope))
    return [_work(desk, item) for item in items]


def scrap(desk: Desk, item: int, reason: str) -> None:
    """Register the seal of an item as scrapped, whichever its kind: the origin's operator or officer does it (R-076).

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, INVALID, OUTAGE-UNKNOWN, OUTAGE-ONGOING, NOTHING-LEFT, STATE, CONFLICT.
    """
    subject = f"evidence:{item}"
    desk.require(Act.RECONCILE, subject=subject)
    row = rows.find(desk.connection, item)
    if row is None:
        raise Refusal("NOT-FOUND", subject)
    desk.require(Act.RECONCILE, sites=[row.site], subject=subject)
    if not 1 <= len(reason.strip()) <= REASON_CHARS_MAX:
        raise Refusal("INVALID", f"reason: 1 to {REASON_CHARS_MAX} characters")
    _check(desk, row)
    entry = {"evidence": item, "seal_no": row.seal_no, "reason": reason.strip()}
    try:
        rows.add_scrap(desk.connection, entry | {"account": desk.actor.account, "at_ms": desk.now_ms})
    except IntegrityError as error:
        raise Refusal("NOTHING-LEFT", row.seal_no) from error
    if seals.find(desk.connection, row.seal_no) is not None:
        scraps.scrap_sealed(desk, row.seal_no, reason.strip())  # it never returns to use
    desk.note(Act.RECONCILE, subject, seal=row.seal_no, kind=row.kind)


def _check(desk: Desk, row: Any) -> None:
    if row.outage is None:
        raise Refusal("OUTAGE-UNKNOWN", f"evidence:{row.id} belongs to no declared outage")
    if found(desk, row.outage).end_ms is None:
        raise Refusal("OUTAGE-ONGOING", f"outage:{row.outage}")
    left = _work(desk, with_papers(desk, [row])[0]).task
    if left is None:
        raise Refusal("NOTHING-LEFT", row.seal_no)
    if left is not Task.SCRAP or row.side != Side.ORIGIN:
        raise Refusal("STATE", f"{row.seal_no} is paired: {left}")


def _work(desk: Desk, item: Item) -> Work:
    row = item.row
    movement = movements.live_of_seal(desk.connection, row.seal_no)
    if movement is None and row.movement is not None:
        movement = movements.find(desk.connection, row.movement)
    dead = register.is_scrapped(desk, row.seal_no) or bool(rows.scrapped(desk.connection, [row.seal_no]))
    state = None if movement is None else MovementState(movement.state)
    name = None if movement is None else movement.id
    return Work(item=item, movement=name, task=task(state, seal_dead=dead))
