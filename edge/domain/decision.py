"""GO, STOP or REFER for one seal presented at one lane: pure, offline, every reason given (R-050 to R-066, R-117).

STOP: something speaks against the movement. REFER: the gate cannot decide. Neither ever hides the other's reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from schemas import sun
from schemas.envelope import Rejected
from schemas.lifecycle import ARRIVALS, DEPARTURE, DEPARTURES, MovementState
from schemas.messages import (
    Decision,
    Expected,
    Location,
    Operation,
    Position,
    SealKind,
    SealProof,
    Staff,
    Tag,
    Verdict,
)

if TYPE_CHECKING:
    from datetime import datetime

    from edge.domain.trusted_manifest import Papers

REASONS_MAX = 16
_OPENED = frozenset({"OO", "OC"})  # C4: the loop is open, or was
_UNARMED = frozenset({"II"})
_DONE = frozenset({MovementState.ARRIVED, MovementState.ARRIVED_MANUAL})
_WEIGHT = {Verdict.GO: 0, Verdict.REFER: 1, Verdict.STOP: 2}

# (side, state) → the step and what speaks against it; None as step: the departure of the seal's kind
_STEPS: dict[tuple[str, MovementState], tuple[Operation | None, str | None]] = {
    ("ORIGIN", MovementState.PAIRED): (None, None),
    ("ORIGIN", MovementState.IN_TRANSIT): (Operation.INSPECT, "ALREADY-DEPARTED"),
    ("DESTINATION", MovementState.PAIRED): (Operation.ARRIVE, "NOT-DEPARTED"),
    ("DESTINATION", MovementState.IN_TRANSIT): (Operation.ARRIVE, None),
    **{(side, state): (Operation.INSPECT, "ALREADY-ARRIVED") for side in ("ORIGIN", "DESTINATION") for state in _DONE},
}

Chip = Literal["NTAG424", "NTAG213", "OTHER"]
Objection = tuple[Verdict, str]


@dataclass(frozen=True, kw_only=True)
class CardRead:
    """A card as the reader saw it."""

    uid: str
    chip: Chip
    ndef: bytes | None


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Everything outside the card on which the decision rests."""

    papers: Papers | None
    lapsed: bool  # the papers have expired
    staff: Staff | None  # who is signed in
    position: Position
    direction: Literal["OUT", "IN"] | None  # of the lane; None: both
    done_here: Operation | None  # what this gate has completed of the movement; its papers may be older
    counter_seen: int | None  # the highest counter this gate has recorded of this chip
    now: datetime | None  # None while the clock is unset


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """The decision with what it was about."""

    decision: Decision
    operation: Operation
    tag: Tag
    expected: Expected | None


def decide(card: CardRead, where: Circumstances) -> Ruling:
    """Decide about a seal.

    1. What the seal says of itself (R-055, C4).   2. Which movement it is, and which step comes next.
    3. Whether papers, hold, person, place and lane allow it.
    4. The heaviest objection is the verdict; without one, GO.
    """
    objections = _of_the_seal(card, where.counter_seen)  # 1
    expected = where.papers.expected.get(card.uid) if where.papers else None
    operation, state_objections = _step(expected, where)  # 2
    objections += _of_the_papers(where) + state_objections  # 3
    if expected is not None:
        objections += _of_the_movement(expected, card, operation, where)
    objections += _of_the_place(where.position)
    verdict = max((verdict for verdict, _ in objections), key=_WEIGHT.__getitem__, default=Verdict.GO)  # 4
    reasons = _reasons_to_go(expected, card, operation, where) if verdict is Verdict.GO else _sorted(objections)
    return Ruling(
        decision=Decision(
            verdict=verdict,
            reasons=reasons[:REASONS_MAX],
            proof=SealProof.NOT_VERIFIED,  # no gate holds verification keys yet: the cloud checks later
            manifest=where.papers.manifest.version if where.papers else 0,
        ),
        operation=operation,
        tag=Tag(
            uid=card.uid,
            chip=card.chip,
            ndef=card.ndef.hex().upper() if card.ndef is not None else None,
            seal_no=expected.seal_no if expected else None,
        ),
        expected=expected,
    )


def counter_of(card: CardRead) -> int | None:
    """Return the read counter a seal shows in plain, unverified; None where it shows none of its own."""
    if card.chip != "NTAG424" or card.ndef is None:
        return None
    try:
        message = sun.parse(card.ndef)
    except Rejected:
        return None
    return message.counter if message.uid is not None and message.uid.hex().upper() == card.uid else None


def _of_the_seal(card: CardRead, counter_seen: int | None) -> list[Objection]:
    """The chip against its own message; only an NTAG 424 DNA has one."""
    if card.chip != "NTAG424":
        return []
    try:
        message = sun.parse(card.ndef or b"")
    except Rejected:
        return [(Verdict.STOP, "SEAL-FORM")]
    objections: list[Objection] = []
    if message.uid is not None and message.uid.hex().upper() != card.uid:
        objections.append((Verdict.STOP, "SEAL-UID"))
    if message.counter is not None and counter_seen is not None and message.counter <= counter_seen:
        objections.append((Verdict.STOP, "SEAL-REPLAY"))
    if message.tamper in _OPENED:
        objections.append((Verdict.STOP, "SEAL-OPEN"))
    if message.tamper in _UNARMED:
        objections.append((Verdict.REFER, "SEAL-UNARMED"))
    return objections


def _step(expected: Expected | None, where: Circumstances) -> tuple[Operation, list[Objection]]:
    """Return the step this gate may do for the movement; INSPECT with an objection where there is none."""
    if where.papers is None:
        return Operation.INSPECT, []
    if expected is None:
        return Operation.INSPECT, [(Verdict.REFER, "UNPAIRED")]
    state = _state(expected, where.done_here)
    if state is MovementState.CANCELLED:
        return Operation.INSPECT, [(Verdict.STOP, "CANCELLED")]
    site = where.papers.manifest.site.code
    if site not in {expected.origin, expected.destination}:
        return Operation.INSPECT, [(Verdict.STOP, "WRONG-SITE")]
    here = "ORIGIN" if site == expected.origin else "DESTINATION"
    operation, objection = _STEPS[here, state]
    return operation or DEPARTURE[expected.kind], [(Verdict.REFER, objection)] if objection else []


def _state(expected: Expected, done_here: Operation | None) -> MovementState:
    """Return the state the manifest tells, moved on by what this gate has itself completed since."""
    state = MovementState(expected.state)
    if done_here in ARRIVALS and state not in _DONE:
        return MovementState.ARRIVED
    if done_here in DEPARTURES and state is MovementState.PAIRED:
        return MovementState.IN_TRANSIT
    return state


def _of_the_papers(where: Circumstances) -> list[Objection]:
    if where.papers is None:
        return [(Verdict.REFER, "NO-MANIFEST")]
    return [(Verdict.REFER, "MANIFEST-EXPIRED")] if where.lapsed else []


def _of_the_movement(expected: Expected, card: CardRead, operation: Operation, where: Circumstances) -> list[Objection]:
    objections: list[Objection] = []
    if expected.hold is not None:
        objections += [(Verdict.STOP, "HELD"), (Verdict.STOP, expected.hold.reason)]
    if not _fits(card.chip, expected.kind):
        objections.append((Verdict.STOP, "SEAL-FORM"))
    if operation in {"OUT": ARRIVALS, "IN": DEPARTURES}.get(where.direction or "", ()):
        objections.append((Verdict.REFER, "WRONG-LANE"))
    if where.staff is None:
        objections.append((Verdict.REFER, "BADGE-FIRST"))
    elif operation is not Operation.INSPECT and not _may(where.staff, operation):
        objections.append((Verdict.REFER, "ROLE"))
    return objections


def _fits(chip: Chip, kind: SealKind) -> bool:
    """An e-seal is an NTAG 424 DNA; a paper seal may be the plainer NTAG 213 (C4), never a chip of unknown make."""
    return chip == "NTAG424" or (kind is SealKind.PA and chip == "NTAG213")


def _may(staff: Staff, operation: Operation) -> bool:
    """R-049: a paper seal departs by an officer only, whatever the manifest grants a specialist."""
    if operation is Operation.SEAL_OUT_P and staff.role != "OFFICER":
        return False
    return operation in staff.may


def _of_the_place(position: Position) -> list[Objection]:
    if position.location is Location.OUTSIDE:
        return [(Verdict.STOP, "OUTSIDE-FENCE")]
    return [(Verdict.REFER, "PLACE-UNCONFIRMED")] if position.location is Location.UNCONFIRMED else []


def _reasons_to_go(
    expected: Expected | None, card: CardRead, operation: Operation, where: Circumstances
) -> tuple[str, ...]:
    reasons = ["ARRIVED" if operation in ARRIVALS else "DEPARTED"]
    deadline = expected.deadline if expected is not None and operation in ARRIVALS else None
    if deadline is not None and where.now is not None and where.now > deadline:
        reasons.append("LATE")  # it is received all the same; the cloud opens the case
    reasons.append("PROOF-LATER" if card.chip == "NTAG424" else "PROOF-NONE")
    return tuple(reasons)


def _sorted(objections: list[Objection]) -> tuple[str, ...]:
    """Heaviest first, else in the order found, each once."""
    ordered = sorted(objections, key=lambda objection: -_WEIGHT[objection[0]])
    return tuple(dict.fromkeys(code for _, code in ordered))
