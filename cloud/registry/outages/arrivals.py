"""收櫃異常處理, ES104 for e-seals and EPS104 for paper seals: an officer receives a container by hand (R-078…R-081).

The movement ends as ARRIVED_MANUAL. The fold takes a state that a person has set as settled
(`cloud.domain.history.Journey.settled`), so whatever read arrives later is kept as evidence and changes it no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.domain.outages import RECEIVABLE, SCREENS, Cause, Screen
from cloud.registry import documents
from cloud.registry.contract import checked
from cloud.registry.outages.declaring import covering
from cloud.registry.refusals import Refusal
from cloud.store import changes, dispatches, movements
from cloud.store.registry import evidence
from cloud.store.registry import manual_arrivals as rows
from schemas.lifecycle import MovementState
from schemas.messages import SealKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

PHOTOS_MAX = 20
REMARK_CHARS_MAX = 500


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What the destination's officer enters."""

    screen: str
    movement: str
    cause: str
    arrived_ms: int
    photos: Sequence[str]  # 進站影像, SHA-256 of documents
    outage: int | None = None  # needed for the cause OUTAGE
    remark: str = ""


def enter(desk: Desk, entry: Arrival) -> None:
    """Close a movement that no read can close any more (R-078, R-079, R-081, R-092).

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, INVALID, SCREEN-KIND, STATE, CONFLICT, ARRIVAL-TIME, ARRIVAL-IMAGE,
            OUTAGE-UNKNOWN, OUTAGE-SCOPE, OUTAGE-ONGOING, DOCUMENT-UNKNOWN.
    """
    subject = f"movement:{entry.movement}"[:80]
    desk.require(Act.ARRIVAL_MANUAL, subject=subject)
    movement = movements.find(desk.connection, entry.movement)
    if movement is None:
        raise Refusal("NOT-FOUND", subject)
    desk.require(Act.ARRIVAL_MANUAL, sites=[movement.destination], subject=subject)
    screen, cause = Screen(checked(entry.screen, Screen, "screen")), Cause(checked(entry.cause, Cause, "cause"))
    _check(desk, entry, movement, screen)
    _check_outage(desk, entry, movement, cause)
    _check_photos(desk, entry, movement, cause)
    values = {"state": MovementState.ARRIVED_MANUAL, "arrived_ms": entry.arrived_ms, "updated_ms": desk.now_ms}
    # Due at once: `watch` then finds that silence proves nothing any more.
    if not rows.close(desk.connection, movement.id, values | {"due_ms": desk.now_ms}):
        raise Refusal("CONFLICT", subject)
    row = {"movement": movement.id, "screen": screen, "site": movement.destination, "cause": cause}
    row |= {"arrived_ms": entry.arrived_ms, "outage": entry.outage, "photos": list(entry.photos)}
    row |= {"remark": entry.remark.strip(), "account": desk.actor.account, "at_ms": desk.now_ms}
    rows.add(desk.connection, row)
    desk.note(Act.ARRIVAL_MANUAL, subject, screen=screen, cause=cause, outage=entry.outage)
    dispatches.ask(desk.connection, desk.now_ms, sites=[movement.origin, movement.destination])
    changes.append(desk.connection, [(changes.Kind.MOVEMENT, {"movement": movement.id})], desk.now_ms)


def selectable(desk: Desk, screen: Screen, after: str, limit: int) -> Sequence[Any]:
    """Return the movements that a screen offers: of its kind of seal only, bound for the officer's own sites."""
    kind = next(kind for kind, one in SCREENS.items() if one is screen)
    scope = desk.scope(Act.ARRIVAL_MANUAL, subject=f"screen:{screen}")
    return rows.receivable(desk.connection, after, limit, kind=kind, within=scope)


def entered(desk: Desk, movement: str) -> Any:
    """Return what was entered for a movement; Refusal NOT-FOUND, FORBIDDEN."""
    subject = f"movement:{movement}"[:80]
    desk.require(Act.REGISTRY_READ, subject=subject)
    row = rows.find(desk.connection, movement)
    if row is None:
        raise Refusal("NOT-FOUND", subject)
    desk.require(Act.REGISTRY_READ, sites=[row.site], subject=subject)
    return row


def _check(desk: Desk, entry: Arrival, movement: Any, screen: Screen) -> None:
    if SCREENS[SealKind(movement.kind)] is not screen:
        raise Refusal("SCREEN-KIND", f"{screen} takes no movement of a seal of kind {movement.kind}")
    if movement.state not in RECEIVABLE:
        raise Refusal("STATE", f"the movement is {movement.state}")
    earliest_ms = movement.departed_ms or 0
    if not earliest_ms <= entry.arrived_ms <= desk.now_ms:
        raise Refusal("ARRIVAL-TIME", "after its departure, and not in the future")
    if len(entry.remark) > REMARK_CHARS_MAX or len(entry.photos) > PHOTOS_MAX:
        raise Refusal("INVALID", f"at most {REMARK_CHARS_MAX} characters, {PHOTOS_MAX} images")


def _check_outage(desk: Desk, entry: Arrival, movement: Any, cause: Cause) -> None:
    if cause is Cause.UNREADABLE:
        if entry.outage is not None:
            raise Refusal("INVALID", "outage: only for the cause OUTAGE")
        return
    if entry.outage is None:
        raise Refusal("OUTAGE-UNKNOWN", "name the declared outage")
    if covering(desk, entry.outage, movement.origin, movement.destination).end_ms is None:
        raise Refusal("OUTAGE-ONGOING", f"outage:{entry.outage}")


def _check_photos(desk: Desk, entry: Arrival, movement: Any, cause: Cause) -> None:
    """An image of the arrival, or after an outage the sealing photos that lie in the inbox already (R-077)."""
    sent = cause is Cause.OUTAGE and evidence.has_photo(desk.connection, movement.id)
    if not entry.photos and not sent:
        raise Refusal("ARRIVAL-IMAGE", movement.id)
    documents.require(desk, *entry.photos, sites=[movement.destination])
