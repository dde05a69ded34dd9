"""What happened before the visitor came: departures and an arrival, signed by gates that are retired afterwards.

The records go the way of all records: over MQTT into ingest, which verifies them like any other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from cloud.clock import from_ms
from cloud.demo import sun
from cloud.demo.town import BADGES, DESTINATION, MINUTE_MS, ORIGIN, PAST, Load, Yard
from schemas import envelope, messages
from schemas.envelope import SigningKey, Typ, b64url
from schemas.sun import diversify

ACCURACY_M = 3.5
CLOCK_BOUND_MS = 50


@dataclass(kw_only=True)
class PastGate:
    """A gate that stood at a yard, and the chain of its records."""

    yard: Yard
    key: SigningKey
    boot: str
    records: list[bytes] = field(default_factory=list)

    def link(self) -> messages.Link:
        """Return the place of the next record."""
        prev = envelope.fingerprint(self.records[-1]) if self.records else None
        return messages.Link(gate=self.yard.past_gate, epoch=1, seq=len(self.records) + 1, boot=self.boot, prev=prev)

    def sign(self, record: messages.Record) -> None:
        """Add a record to the chain."""
        self.records.append(self.key.sign(Typ.SCAN, envelope.encode(record)))

    def upload(self, picture: bytes, at_ms: int) -> tuple[str, str]:
        """Return hash and signature with which a picture is put up."""
        sha256 = b64url(hashlib.sha256(picture).digest())
        said = messages.PhotoUpload(v=1, gate=self.yard.past_gate, sha256=sha256, size=len(picture), at=from_ms(at_ms))
        return sha256, self.key.sign(Typ.PHOTO, envelope.encode(said)).decode()


def movement_of(load: Load) -> str:
    """Return the movement that the load's order makes."""
    return f"{load.order}-1"


def begin(gate: PastGate, first_ms: int) -> None:
    """Sign the start of the gate's chain."""
    time = _time(first_ms)
    gate.sign(messages.EpochEvent(v=1, link=gate.link(), time=time, cause="ENROLMENT"))


@dataclass(frozen=True, kw_only=True)
class Passage:
    """One passage of the past: what, where and when, and the picture that was taken."""

    yard: Yard
    load: Load
    operation: messages.Operation
    at_ms: int


def tell(gate: PastGate, passage: Passage, picture: bytes, master: bytes) -> None:
    """Sign one scan as a gate would have: badge, seal, place, answers and picture."""
    load, operation = passage.load, passage.operation
    uid = bytes.fromhex(load.uid)
    leaving = operation == messages.Operation.SEAL_OUT_E
    ndef = sun.message(uid, diversify(master, uid), counter=1 if leaving else 2)
    at = _time(passage.at_ms)
    badge = BADGES[0]
    gate.sign(
        messages.ScanEvent(
            v=1,
            link=gate.link(),
            time=at,
            lane="L1",
            operation=operation,
            position=messages.Position(
                location=messages.Location.CONFIRMED,
                source="GPS",
                lat=gate.yard.lat,
                lon=gate.yard.lon,
                accuracy_m=ACCURACY_M,
                age_s=0.4,
                fence=f"{gate.yard.code}/1",
            ),
            tag=messages.Tag(uid=load.uid, chip="NTAG424", ndef=ndef.hex().upper(), seal_no=load.seal_no),
            decision=messages.Decision(
                verdict=messages.Verdict.GO,
                reasons=("DEPARTED" if leaving else "ARRIVED", "PROOF-LATER"),
                proof=messages.SealProof.NOT_VERIFIED,
                manifest=1,
            ),
            actor=messages.Actor(badge_uid=badge.uid, staff=badge.staff, method="BADGE"),
            answers=messages.Answers(container=True, seal=True, plate=True, load=True, locked=True, intact=True),
            photos=(
                messages.Photo(
                    sha256=b64url(hashlib.sha256(picture).digest()),
                    size=len(picture),
                    at=at.at - timedelta(seconds=8),
                ),
            ),
            movement=movement_of(load),
            container=load.container,
        )
    )


def passages(now_ms: int) -> list[Passage]:
    """Return everything that happened, oldest first."""
    told = [(ORIGIN, load, messages.Operation.SEAL_OUT_E, load.departed_min) for load in PAST]
    told += [(DESTINATION, load, messages.Operation.ARRIVE, load.arrived_min) for load in PAST]
    happened = [
        Passage(yard=yard, load=load, operation=operation, at_ms=ago_ms(now_ms, ago))
        for yard, load, operation, ago in told
        if ago is not None
    ]
    return sorted(happened, key=lambda passage: passage.at_ms)


def ago_ms(now_ms: int, minutes: int) -> int:
    """Return the moment that lies so many minutes back."""
    return now_ms - minutes * MINUTE_MS


def _time(at_ms: int) -> messages.EventTime:
    return messages.EventTime(at=from_ms(at_ms), quality=messages.Quality.NTP, bound_ms=CLOCK_BOUND_MS)
