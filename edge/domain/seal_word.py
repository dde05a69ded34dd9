"""What a seal says of itself, and how far it can be believed: form, proof, counter, tamper loop (R-055, C4).

The cloud judges the same bytes on arrival (`cloud.flows.seal_proof`); the two may never contradict each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from schemas import sun
from schemas.envelope import Rejected
from schemas.messages import SealProof, Verdict

if TYPE_CHECKING:
    from edge.domain.objection import Objection
    from schemas.sun import SunMessage

Chip = Literal["NTAG424", "NTAG213", "OTHER"]

# permanent + current status of the loop (C4)
_LOOP: dict[str, Objection] = {
    "OO": (Verdict.STOP, "SEAL-OPEN"),
    "OC": (Verdict.STOP, "SEAL-RECLOSED"),
    "II": (Verdict.REFER, "SEAL-UNARMED"),
}


@dataclass(frozen=True, kw_only=True)
class CardRead:
    """A card as the reader saw it."""

    uid: str
    chip: Chip
    ndef: bytes | None


class Counters(NamedTuple):
    """The highest read counters that this gate has recorded of a chip; None: none."""

    seen: int | None = None  # of any message that was not found to be forged
    proved: int | None = None  # of messages whose MAC verified


class SealWord(NamedTuple):
    """What the seal's message is worth."""

    proof: SealProof
    objections: tuple[Objection, ...] = ()


@dataclass(frozen=True)
class _OwnKey:
    """The one key that a gate may hold of a chip: no fleet-wide key ever leaves the cloud (ADR 0017)."""

    key: bytes

    def file_key(self, _uid: bytes) -> bytes:
        return self.key

    def meta_key(self) -> None:
        return None


def word_of(card: CardRead, key: bytes | None, counters: Counters) -> SealWord:
    """Judge the message of a chip, with its SDMFileReadKey (16 bytes) where this gate has been given it.

    1. An NTAG 424 DNA has a message of our form, and so has every chip of which we hold a key.
    2. The message is this chip's own, and its MAC verifies.
    3. Its counter is above the last one.    4. The loop is closed and always was.
    """
    if card.chip != "NTAG424" and key is None:
        return SealWord(SealProof.NOT_VERIFIED)
    if card.ndef is None:  # 1: broken off or not ours: that accuses nobody of forgery
        return SealWord(SealProof.NOT_VERIFIED, ((Verdict.STOP, "SEAL-FORM"),))
    try:
        message = sun.parse(card.ndef)
    except Rejected:
        return SealWord(SealProof.FAILED if key else SealProof.NOT_VERIFIED, ((Verdict.STOP, "SEAL-FORM"),))
    proof, counter, tamper, refusal = _proved(message, card, key)  # 2
    objections = [refusal] if refusal else []
    if card.chip != "NTAG424":  # only that make ever gets a key: whatever repeats its message here is another
        objections.append((Verdict.STOP, "SEAL-FORM"))
    if _repeats(counter, proof, counters):  # 3
        objections.append((Verdict.STOP, "SEAL-REPLAY"))
    if tamper in _LOOP:  # 4: said by a forged message too, and then no better for it
        objections.append(_LOOP[tamper])
    return SealWord(proof, tuple(objections))


def counter_of(card: CardRead) -> int | None:
    """Return the read counter a seal shows in plain, unverified; None where it shows none of its own."""
    if card.chip != "NTAG424" or card.ndef is None:
        return None
    try:
        message = sun.parse(card.ndef)
    except Rejected:
        return None
    return message.counter if _is_own(message, card) else None


def _proved(
    message: SunMessage, card: CardRead, key: bytes | None
) -> tuple[SealProof, int | None, str | None, Objection | None]:
    """Return proof, counter and tamper status as far as they are known, and why the message is not this chip's."""
    refusal: Objection | None = None
    if message.uid is not None and not _is_own(message, card):
        refusal = (Verdict.STOP, "SEAL-UID")
    if key is not None:
        try:
            read = sun.verify(message, bytes.fromhex(card.uid), _OwnKey(key))
        except Rejected as error:
            if error.code != "SUN-KEY":  # else the encrypted mirror, whose key no gate has: the cloud proves it
                return SealProof.FAILED, message.counter, message.tamper, refusal or (Verdict.STOP, "SEAL-FORGED")
        else:
            return SealProof.VERIFIED, read.counter, read.tamper, None
    return SealProof.NOT_VERIFIED, message.counter, message.tamper, refusal


def _is_own(message: SunMessage, card: CardRead) -> bool:
    return message.uid is not None and message.uid.hex().upper() == card.uid


def _repeats(counter: int | None, proof: SealProof, counters: Counters) -> bool:
    """Whether the counter was used before, judged by words of the same worth or better.

    A proved read is measured by proved ones only: else one forged read with a high counter, from a time without the
    key, would lock the genuine seal out. Without a key nothing better is known than what was seen. A forged message's
    counter is nobody's word.
    """
    if counter is None or proof is SealProof.FAILED:
        return False
    known = (counters.proved,) if proof is SealProof.VERIFIED else counters
    return any(last is not None and counter <= last for last in known)
