"""報廢: a broken seal is scrapped; an e-seal then goes to the centre, a paper seal into store (R-060…R-063)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act, Role
from cloud.domain.lifecycles.seal import ALIVE, MACHINE, State, Step
from cloud.registry.desk import Denied
from cloud.registry.refusals import Refusal
from cloud.registry.stepping import following
from cloud.registry.stock.seals import found, places_of
from cloud.store import changes, dispatches, movements
from cloud.store import seals as rows
from cloud.store.registry import seal_registers
from schemas.lifecycle import MovementState
from schemas.messages import SealKind
from schemas.reasons import REASONS

if TYPE_CHECKING:
    from cloud.registry.desk import Desk


@dataclass(frozen=True, kw_only=True)
class LaneScrap:
    """What a lane's record says of a seal that could not be read; each name may be missing."""

    site: str
    record: str  # gate/epoch/sequence
    movement: str | None
    uid: str | None
    seal_no: str | None  # as a person wrote it
    grounds: str | None  # code of schemas.reasons
    staff: str | None
    event_ms: int | None  # when it had happened; None: the gate's clock does not say


@dataclass(frozen=True, kw_only=True)
class Scrapped:
    """Who must be told: the gates of these sites, and of the pairing that waits for another seal now."""

    sites: tuple[str, ...]
    movement: str | None = None


def scrap(desk: Desk, seal_no: str, reason: str) -> None:
    """Scrap a seal of one's own site: unpaired, or paired and unreadable there; gates let a dead seal pass no more.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, INVALID, STATE, CONFLICT.
    """
    seal = found(desk, seal_no)
    _require(desk, Act.SEAL_SCRAP, seal)
    _told(reason, "reason")
    _step(desk, seal, Step.SCRAP, {"reason": reason})
    desk.note(Act.SEAL_SCRAP, f"seal:{seal_no}")
    _tell(desk, seal_no)


def scrap_sealed(desk: Desk, seal_no: str, reason: str) -> None:
    """Scrap a seal that was put on in an outage and never paired; the caller has asked who may (R-076).

    Raises:
        Refusal: NOT-FOUND, STATE, CONFLICT.
    """
    _step(desk, found(desk, seal_no), Step.SCRAP, {"reason": reason})
    _tell(desk, seal_no)


def scrap_at_lane(desk: Desk, entry: LaneScrap) -> Scrapped:
    """Scrap the seal that a lane of its own place, or of its pairing's origin, could not read (R-060).

    One that is scrapped already stays so. The pairing waits for another seal; the caller has gates and board told.

    Raises:
        Refusal: NOT-FOUND (no seal, or not one only), FORBIDDEN (another place's), STATE (it has departed), CONFLICT.
    """
    seal = _one(desk, entry)
    moving = movements.live_of_seal(desk.connection, seal.seal_no)
    if entry.site not in {seal.site, moving.origin if moving is not None else None}:
        raise Denied(Act.SEAL_SCRAP, f"seal:{seal.seal_no}", f"{seal.seal_no} is not of {entry.site}")
    if moving is not None and moving.state != MovementState.PAIRED:
        raise Refusal("STATE", f"{seal.seal_no}: {moving.id} is {moving.state}")
    places = tuple(places_of(desk, seal))
    if seal.state not in ALIVE:
        return Scrapped(sites=places)
    known = REASONS.get(entry.grounds or "")
    reason = known.zh if known is not None else entry.grounds or "車道無法讀取"
    detail = {"reason": reason, "record": entry.record, "staff": entry.staff or ""}
    _step(desk, seal, Step.SCRAP, detail, entry.event_ms)
    desk.note(Act.SEAL_SCRAP, f"seal:{seal.seal_no}", record=entry.record)
    return Scrapped(sites=places, movement=None if moving is None else moving.id)


def _one(desk: Desk, entry: LaneScrap) -> Any:
    """Return the one seal that chip, number and movement name; where they name several it is for a person to say."""
    of_movement = None if entry.movement is None else movements.find(desk.connection, entry.movement)
    of_chip = None if entry.uid is None else rows.by_uid(desk.connection, entry.uid)
    told = {entry.seal_no, of_movement and of_movement.seal_no, of_chip and of_chip.seal_no} - {None}
    if len(told) != 1:
        raise Refusal("NOT-FOUND", "seal: " + (", ".join(sorted(map(str, told))) or "—"))
    return found(desk, str(told.pop()))


def send(desk: Desk, seal_no: str, by: str) -> None:
    """Send a scrapped e-seal to the centre (R-061); `by` names way and number of the dispatch.

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, INVALID, SCRAP-KIND, STATE, CONFLICT.
    """
    seal = _of_kind(found(desk, seal_no), SealKind.E)
    _require(desk, Act.SEAL_SEND, seal)
    _told(by, "by")
    _step(desk, seal, Step.SEND, {"by": by})
    desk.note(Act.SEAL_SEND, f"seal:{seal_no}")


def diagnose(desk: Desk, seal_no: str, cause: str) -> None:
    """Say at the centre why an e-seal failed (R-061).

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, INVALID, SCRAP-KIND, STATE, CONFLICT.
    """
    seal = _of_kind(found(desk, seal_no), SealKind.E)
    desk.require(Act.SEAL_DIAGNOSE, subject=f"seal:{seal_no}")
    _told(cause, "cause")
    _step(desk, seal, Step.DIAGNOSE, {"cause": cause})
    desk.note(Act.SEAL_DIAGNOSE, f"seal:{seal_no}")


def store(desk: Desk, seal_no: str, place: str) -> None:
    """Put a scrapped paper seal where such are kept together (R-062).

    Raises:
        Refusal: NOT-FOUND, FORBIDDEN, INVALID, SCRAP-KIND, STATE, CONFLICT.
    """
    seal = _of_kind(found(desk, seal_no), SealKind.PA)
    _require(desk, Act.SEAL_STORE, seal)
    _told(place, "place")
    _step(desk, seal, Step.STORE, {"place": place})
    desk.note(Act.SEAL_STORE, f"seal:{seal_no}")


def _require(desk: Desk, act: Act, seal: Any) -> None:
    """Ask for a grant at one of the seal's places; a seal that is at none is customs' own, and not for others."""
    places, subject = places_of(desk, seal), f"seal:{seal.seal_no}"
    desk.require(act, sites=places, subject=subject)
    if not places and desk.actor.roles.isdisjoint({Role.OFFICER, Role.CENTRE}):
        raise Denied(act, subject, "the seal is customs' own")


def _tell(desk: Desk, seal_no: str) -> None:
    """Have the gates told of its stock and its way; asked after the seal has changed, so that no pairing slips in."""
    dispatches.ask(desk.connection, desk.now_ms, sites=places_of(desk, found(desk, seal_no)))
    moving = movements.live_of_seal(desk.connection, seal_no)
    if moving is not None:
        changes.append(desk.connection, [(changes.Kind.MOVEMENT, {"movement": moving.id})], desk.now_ms)


def _at(desk: Desk, seal: Any) -> str | None:
    """Return in which place's register a step stands: of the stock, of the way, or of who takes the step."""
    places = [
        *places_of(desk, seal),
        *seal_registers.sites_of(desk.connection, seal.seal_no),
        *sorted(desk.actor.sites),
    ]
    return places[0] if places else None


def _of_kind(seal: Any, kind: SealKind) -> Any:
    if seal.kind != kind:
        raise Refusal("SCRAP-KIND", seal.seal_no)
    return seal


def _told(text: str, field: str) -> None:
    if not text.strip():
        raise Refusal("INVALID", f"{field}: must be told")


def _step(desk: Desk, seal: Any, step: Step, detail: dict[str, str], event_ms: int | None = None) -> None:
    after = following(MACHINE, State(seal.state), step, f"seal {seal.seal_no}")
    if not rows.move(desk.connection, seal.seal_no, seal.state, {"state": after}):
        raise Refusal("CONFLICT", seal.seal_no)
    row = {"seal_no": seal.seal_no, "kind": seal.kind, "step": step, "site": _at(desk, seal), "detail": detail}
    entered = {"account": desk.actor.account, "at_ms": desk.now_ms, "event_ms": event_ms}
    seal_registers.add_step(desk.connection, row | entered)
