"""Puts a seal on a unit in the register, and takes it off again: the movement, the pairing, its fee, the use record.

No questions are asked here: `cloud.registry.orders` and `pairings` ask them first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from cloud.domain.fees import Reason
from cloud.domain.lifecycles.pairing import MACHINE, State, Step
from cloud.registry.fees import decisions
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import papers, register
from cloud.registry.stepping import following
from cloud.store import changes, dispatches, held, movements, seals
from cloud.store.registry import openings, pairings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloud.registry.desk import Desk
    from cloud.registry.sealing.declared import Declared, Load


def bind(desk: Desk, seal: Any, load: Load, declared: Declared, source: str) -> str:
    """Pair `seal` with a unit and return the movement's id; of two at once for the same seal, one is refused.

    Raises:
        Refusal: SEAL-PAIRED, OPENING-RESEALED, REPLACED-ALREADY.
    """
    identity = _identity(desk, seal, load, source)
    opening = declared.opening or _unsealed(desk, load, declared)
    movement = _movement(desk, seal, load, identity=identity, source=source)
    try:
        with desk.connection.begin_nested():
            movements.add(desk.connection, movement)
    except IntegrityError as error:
        raise Refusal("SEAL-PAIRED", seal.seal_no) from error
    try:
        with desk.connection.begin_nested():
            pairings.add(desk.connection, _pairing(desk, declared, identity=identity, opening=opening))
    except IntegrityError as error:  # the uniqueness of what it seals again or replaces
        raise Refusal("OPENING-RESEALED" if opening else "REPLACED-ALREADY", identity) from error
    register.used(desk, seal, load, declared.document, identity)
    exemption = _exemption(desk, load, declared, opening=opening, identity=identity)
    decisions.decide(desk, movement, declared, exemption)
    if declared.replaces is not None:
        register.replaced(desk, declared.replaces, seal.seal_no)
    papers.answered(desk, load, declared.document, identity)
    _stock_changed(desk, seal.site)
    return identity


def _identity(desk: Desk, seal: Any, load: Load, source: str) -> str:
    """Name the movement after the order that makes it, else after the seal; each pairing has a number of its own."""
    if source == "TO" and load.order is not None:
        made = [row for row in movements.of_order(desk.connection, load.order) if row.pairing_source == "TO"]
        return f"{load.order}-{len(made) + 1}"
    return f"P-{seal.seal_no}-{movements.times_paired(desk.connection, seal.uid) + 1}"


def _movement(desk: Desk, seal: Any, load: Load, *, identity: str, source: str) -> dict[str, Any]:
    return {
        "id": identity,
        "kind": seal.kind,
        "seal_no": seal.seal_no,
        "seal_uid": seal.uid,
        "container": load.container,
        "plate": load.plate,
        "transport_order": load.order,
        "origin": load.origin,
        "destination": load.destination,
        "paired_ms": desk.now_ms,
        "pairing_source": source,
        "state": "PAIRED",
        "due_ms": desk.now_ms,  # due at once: `watch` finds when its first rule can fire
        "updated_ms": desk.now_ms,
    }


def _pairing(desk: Desk, declared: Declared, *, identity: str, opening: int | None) -> dict[str, Any]:
    return {
        "movement": identity,
        "state": MACHINE.initial,
        "account": desk.actor.account,
        "unit": declared.unit,
        "size_type": declared.size_type,
        "traffic": declared.traffic,
        "document": declared.document,
        "doors": declared.doors,
        "other_seals": [{"type": other.type, "number": other.number} for other in declared.other_seals],
        "position": declared.position,
        "original_seal": declared.original_seal,
        "photo": declared.photo,
        "permit": declared.permit,
        "opening": opening,
        "replaces": declared.replaces,
        "application": declared.application,
    }


def _unsealed(desk: Desk, load: Load, declared: Declared) -> int | None:
    """Return the opening that this seal closes again: the same unit with the same goods (R-041)."""
    row = openings.unsealed(desk.connection, load.container, declared.document)
    return None if row is None else row.id


def _exemption(desk: Desk, load: Load, declared: Declared, *, opening: int | None, identity: str) -> Reason | None:
    if opening is not None:
        return Reason.RESEALED
    if declared.replaces is not None:
        return Reason.REPLACED
    if declared.exemption is not None:
        return declared.exemption
    beside = pairings.waiting_on(desk.connection, load.container, load.origin)
    same_goods = [row for row in beside if row.movement != identity and row.document == declared.document]
    return Reason.SAME_UNIT if same_goods else None  # §5: per unit and time, whatever the number of seals


def release(desk: Desk, movement_id: str, step: Step) -> None:
    """Cancel or replace a pairing that has not departed; a cancelled one's charge goes back.

    Raises:
        Refusal: ORDER-DEPARTED, STATE, HELD.
    """
    take(desk, movement_id, step)
    values = {"state": "CANCELLED", "due_ms": None, "updated_ms": desk.now_ms}
    if not movements.change_waiting(desk.connection, movement_id, values):
        raise no_longer_waiting(desk, movement_id)
    papers.unanswered(desk, movement_id)
    free = movements.find(desk.connection, movement_id)
    seal = None if free is None else seals.find(desk.connection, free.seal_no)
    _stock_changed(desk, None if seal is None else seal.site)
    if step is Step.CANCEL:
        decisions.reverse(desk, movement_id)


def no_longer_waiting(desk: Desk, movement_id: str) -> Refusal:
    """Say why a pairing cannot change any more: it is held, or it departed between a look and a write.

    No new seal and no new order lead goods out of a hold: an officer lifts it first (R-068).
    """
    row = movements.find(desk.connection, movement_id)
    return Refusal("ORDER-DEPARTED" if row is None or held.shown(row) is None else "HELD", movement_id)


def take(desk: Desk, movement_id: str, step: Step) -> None:
    """Let a pairing take a step.

    Raises:
        Refusal: STATE where the table has no such step, CONFLICT where somebody else was first.
    """
    row = pairings.find(desk.connection, movement_id)
    if row is None:
        raise Refusal("NOT-FOUND", movement_id)
    after = following(MACHINE, State(row.state), step, movement_id)
    if not pairings.move(desk.connection, movement_id, row.state, after):
        raise Refusal("CONFLICT", movement_id)


def _stock_changed(desk: Desk, site: str | None) -> None:
    """Have the gates told at whose stock the seal is, wherever it is paired."""
    if site is not None:
        dispatches.ask(desk.connection, desk.now_ms, sites=[site])


def tell(desk: Desk, touched: Iterable[str], sites: Iterable[str]) -> None:
    """Have the gates of these sites told, and the board; last in the transaction."""
    dispatches.ask(desk.connection, desk.now_ms, sites=sites)
    changes.append(desk.connection, [(changes.Kind.MOVEMENT, {"movement": name}) for name in touched], desk.now_ms)
