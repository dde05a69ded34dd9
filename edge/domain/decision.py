"""GO, STOP or REFER for one seal presented at one lane: pure, offline, every reason given (R-050 to R-066, R-117).

STOP: something speaks against the movement. REFER: the gate cannot decide. Neither ever hides the other's reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge.domain.objection import codes_of, verdict_of
from edge.domain.person import of_the_person
from edge.domain.seal_word import CardRead, Chip, Counters, word_of
from schemas.lifecycle import ARRIVALS, DEPARTURE, DEPARTURES, MovementState
from schemas.messages import Decision, Expected, Location, Operation, Position, SealKind, SealProof, Staff, Tag, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from edge.domain.objection import Objection
    from edge.domain.trusted_manifest import Papers

__all__ = ["CardRead", "Circumstances", "Ruling", "decide"]

REASONS_MAX = 16
_DONE = frozenset({MovementState.ARRIVED, MovementState.ARRIVED_MANUAL})

# (side, state) → the step and what speaks against it; None as step: the departure of the seal's kind
_STEPS: dict[tuple[str, MovementState], tuple[Operation | None, str | None]] = {
    ("ORIGIN", MovementState.PAIRED): (None, None),
    ("ORIGIN", MovementState.IN_TRANSIT): (Operation.INSPECT, "ALREADY-DEPARTED"),
    ("DESTINATION", MovementState.PAIRED): (Operation.ARRIVE, "NOT-DEPARTED"),
    ("DESTINATION", MovementState.IN_TRANSIT): (Operation.ARRIVE, None),
    **{(side, state): (Operation.INSPECT, "ALREADY-ARRIVED") for side in ("ORIGIN", "DESTINATION") for state in _DONE},
}


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Everything outside the card on which the decision rests."""

    papers: Papers | None
    lapsed: bool  # the papers have expired
    stale: bool = False  # they are older than this gate may rely on
    staff: Staff | None  # who is signed in
    position: Position
    direction: Literal["OUT", "IN"] | None  # of the lane; None: both
    done_here: Operation | None  # what this gate has completed of the movement; its papers may be older
    held_here: bool = False  # this gate has put it on hold, and no later papers say that an officer lifted it
    counter_seen: int | None  # the highest counter this gate has recorded of this chip
    counter_proved: int | None = None  # the highest of those whose message verified
    gps_off: bool = False  # the receiver or its service does not answer
    now: datetime | None  # None while the clock is unset


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """The decision with what it was about."""

    decision: Decision
    operation: Operation
    tag: Tag | None  # None: there was a seal, and no chip could be read
    expected: Expected | None


def decide(card: CardRead, where: Circumstances) -> Ruling:
    """Decide about a seal.

    1. What the seal says of itself, proved with its own key where the papers entrust it (R-055, C4).
    2. Whether it was ever issued, paired, scrapped.   3. Which movement it is, and which step comes next.
    4. Whether papers, hold, person, place and lane allow it.
    5. The heaviest objection is the verdict; without one, GO.
    """
    word = word_of(card, _key(card, where.papers), Counters(where.counter_seen, where.counter_proved))  # 1
    expected = where.papers.expected.get(card.uid) if where.papers else None
    operation, state_objections = _step(expected, where)  # 3
    objections = [*word.objections, *_of_the_register(card, where), *_of_the_papers(where), *state_objections]  # 2, 4
    if expected is not None:
        objections += _of_the_movement(expected, card, operation, where)
    objections += _of_the_place(where)
    verdict = verdict_of(objections)  # 5
    go = verdict is Verdict.GO
    reasons = _reasons_to_go(expected, card, operation, where, word.proof) if go else codes_of(objections)
    return Ruling(
        decision=Decision(
            verdict=verdict,
            reasons=reasons[:REASONS_MAX],
            proof=word.proof,
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


def _key(card: CardRead, papers: Papers | None) -> bytes | None:
    """Return the seal's own key, if the papers entrust it to this gate (ADR 0017)."""
    key = papers.secrets.seal_keys.get(card.uid) if papers is not None and papers.secrets is not None else None
    return bytes.fromhex(key) if key is not None else None


def _of_the_register(card: CardRead, where: Circumstances) -> list[Objection]:
    """Say what the register holds against the chip (R-032, R-053, R-063).

    That a seal stands in no list is evidence only while the lists are whole and fresh, and only of an NTAG 424 DNA:
    paper seals are customs' own until they are paired (R-035), and a telephone is no seal that anybody could issue.
    """
    papers = where.papers
    if papers is None:
        return []
    if card.uid in papers.dead:
        return [(Verdict.STOP, "SEAL-DEAD")]
    if card.uid in papers.expected:
        return []
    listed = card.uid in papers.stock or not papers.manifest.stock_whole
    if listed or card.chip != "NTAG424" or where.lapsed or where.stale:
        return [(Verdict.REFER, "UNPAIRED")]
    return [(Verdict.STOP, "SEAL-UNISSUED")]


def _step(expected: Expected | None, where: Circumstances) -> tuple[Operation, list[Objection]]:
    """Return the step this gate may do for the movement; INSPECT with an objection where there is none."""
    if where.papers is None or expected is None:
        return Operation.INSPECT, []
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
    if where.lapsed:
        return [(Verdict.REFER, "MANIFEST-EXPIRED")]
    return [(Verdict.REFER, "MANIFEST-STALE")] if where.stale else []


def _of_the_movement(expected: Expected, card: CardRead, operation: Operation, where: Circumstances) -> list[Objection]:
    objections: list[Objection] = []
    if expected.hold is not None:
        objections += [(Verdict.STOP, "HELD"), (Verdict.STOP, expected.hold.reason)]
    elif where.held_here:
        objections.append((Verdict.STOP, "HELD"))
    if not _fits(card.chip, expected.kind):
        objections.append((Verdict.STOP, "SEAL-FORM"))
    if operation in {"OUT": ARRIVALS, "IN": DEPARTURES}.get(where.direction or "", ()):
        objections.append((Verdict.REFER, "WRONG-LANE"))
    return objections + of_the_person(where.staff, operation)


def _fits(chip: Chip, kind: SealKind) -> bool:
    """An e-seal is an NTAG 424 DNA; a paper seal may be the plainer NTAG 213 (C4), never a chip of unknown make."""
    return chip == "NTAG424" or (kind is SealKind.PA and chip == "NTAG213")


def _of_the_place(where: Circumstances) -> list[Objection]:
    """R-052, R-058; a receiver that is off is named, unless a location tag has confirmed the place (R-050)."""
    location = where.position.location
    if location is Location.OUTSIDE:
        return [(Verdict.STOP, "OUTSIDE-FENCE")]
    if location is Location.CONFIRMED:
        return []
    off: list[Objection] = [(Verdict.REFER, "GPS-OFF")] if where.gps_off else []
    return [(Verdict.REFER, "PLACE-UNCONFIRMED"), *off]


def _reasons_to_go(
    expected: Expected | None, card: CardRead, operation: Operation, where: Circumstances, proof: SealProof
) -> tuple[str, ...]:
    reasons = ["ARRIVED" if operation in ARRIVALS else "DEPARTED"]
    deadline = expected.deadline if expected is not None and operation in ARRIVALS else None
    if deadline is not None and where.now is not None and where.now > deadline:
        reasons.append("LATE")  # it is received all the same; the cloud opens the case
    if proof is SealProof.VERIFIED:
        return (*reasons, "PROOF-VERIFIED")
    return (*reasons, "PROOF-LATER" if card.chip == "NTAG424" else "PROOF-NONE")
