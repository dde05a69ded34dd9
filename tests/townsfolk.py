"""The town of `tests.town` entered into a cloud database, and gates that sign what happens at their lanes.

Made for tests and benchmarks of ingest, which need thousands of signed records but no kiosk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloud.registry import gates, orders, people, places, routes, stock
from cloud.store.engine import writing
from schemas import envelope, messages, sun, topics
from schemas.envelope import SigningKey, Typ
from schemas.messages import Operation, Verdict
from tests import town
from tests.desks import system_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Engine

    from schemas.sun import SunKeys

START_MS = 1_795_000_000_000  # some moment in November 2026
MINUTE_MS = 60_000
BOOT = "00" * 8
GOOD_ANSWERS = messages.Answers(container=True, seal=True, plate=True, load=True, locked=True, intact=True)


@dataclass(frozen=True)
class TownKeys:
    """The keys of every seal of the town; numbers that begin with `unknown` have none."""

    unknown: str = "?"
    made: dict[bytes, bytes] = field(default_factory=dict)

    def for_seal(self, name: str) -> SunKeys | None:
        return None if name.startswith(self.unknown) else self

    def file_key(self, uid: bytes) -> bytes | None:
        if uid not in self.made:
            self.made[uid] = sun.diversify(town.MASTER_KEY, uid)
        return self.made[uid]

    def meta_key(self) -> bytes | None:
        return None


@dataclass(kw_only=True)
class SigningGate:
    """A gate's chain: every record is signed, numbered and linked to the one before."""

    gate: str
    place: town.Place
    key: SigningKey
    epoch: int = 1
    seq: int = 0
    head: str | None = None

    @property
    def topic(self) -> str:
        return topics.scan(self.gate)

    def sign(self, typ: Typ, message: messages.Message) -> bytes:
        return self.key.sign(typ, envelope.encode(message))

    def link(self) -> messages.Link:
        self.seq += 1
        return messages.Link(gate=self.gate, epoch=self.epoch, seq=self.seq, boot=BOOT, prev=self.head)

    def record(self, message: messages.Record) -> bytes:
        jws = self.sign(Typ.SCAN, message)
        self.head = envelope.fingerprint(jws)
        return jws

    def scan(self, seal: town.Seal, operation: Operation, at_ms: int, counter: int, **changed: Any) -> bytes:
        """A scan with everything in order; `changed` replaces fields of the event."""
        return self.record(self.event(seal, operation, at_ms, counter, **changed))

    def event(
        self, seal: town.Seal, operation: Operation, at_ms: int, counter: int, **changed: Any
    ) -> messages.ScanEvent:
        fields: dict[str, Any] = {
            "link": changed.pop("link", None) or self.link(),
            "time": clock_time(at_ms),
            "lane": "1",
            "operation": operation,
            "position": messages.Position(
                location=messages.Location.CONFIRMED,
                source="GPS",
                lat=self.place.lat,
                lon=self.place.lon,
                accuracy_m=4.5,
                age_s=0.4,
                fence=f"{self.place.code}-1",
            ),
            "tag": messages.Tag(
                uid=seal.uid_hex, chip="NTAG424", ndef=seal.ndef(counter).hex().upper(), seal_no=seal.seal_no
            ),
            "decision": messages.Decision(
                verdict=Verdict.GO,
                reasons=("PROOF-LATER",),
                proof=messages.SealProof.NOT_VERIFIED,
                manifest=1,
            ),
            "actor": messages.Actor(badge_uid=town.OFFICER.badge_uid, staff=town.OFFICER.staff, method="BADGE"),
            "answers": GOOD_ANSWERS,
            "photos": (messages.Photo(sha256=picture_hash(seal, counter), size=61_440, at=moment(at_ms)),),
            "movement": f"{seal.order}-1",
            "container": seal.container,
        }
        return messages.ScanEvent(v=1, **(fields | changed))

    def heartbeat(self, at_ms: int, *, depth: int = 0, **changed: Any) -> bytes:
        fields: dict[str, Any] = {
            "gate": self.gate,
            "boot": BOOT,
            "time": clock_time(at_ms),
            "outbox_depth": depth,
            "outbox_oldest_s": float(depth),
            "head_epoch": self.epoch,
            "head_seq": self.seq,
            "manifest": 1,
            "lanes": (messages.LaneHealth(lane="1", reader_up=True, camera_up=True),),
        }
        return self.sign(Typ.TELEMETRY, messages.Telemetry(v=1, **(fields | changed)))


def moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def clock_time(at_ms: int, quality: messages.Quality = messages.Quality.GNSS, bound_ms: int | None = 20) -> Any:
    return messages.EventTime(at=moment(at_ms), quality=quality, bound_ms=bound_ms)


def picture_hash(seal: town.Seal, counter: int) -> str:
    return envelope.fingerprint(f"{seal.seal_no} {counter}".encode())


def gate_of(name: str, place: town.Place) -> SigningGate:
    return SigningGate(gate=name, place=place, key=SigningKey.from_seed(name.encode().ljust(32, b"-")))


def enter_town(engine: Engine, signing: Sequence[SigningGate], *, limit_min: int | None = town.ROUTE_LIMIT_MIN) -> None:
    """Enter places, the officer, gates, and the route limit unless it is None."""
    with writing(engine) as connection:
        for place in town.PLACES:
            entry = places.SiteEntry(
                code=place.code, name_zh=place.name_zh, name_en=place.name_en, ring=place.ring, fictional=True
            )
            places.put_site(system_at(connection, START_MS), entry)
        officer = people.StaffEntry(
            staff=town.OFFICER.staff,
            badge_uid=town.OFFICER.badge_uid,
            role="OFFICER",
            may=town.OPERATIONS,
            sites=[place.code for place in town.PLACES],
        )
        people.put_staff(system_at(connection, START_MS), officer)
        if limit_min is not None:
            route = {"origin": town.ORIGIN.code, "destination": town.DESTINATION.code}
            limit = routes.LimitEntry(**route, minutes=limit_min, valid_from_ms=0)
            routes.put_limit(system_at(connection, START_MS), limit)
        for one in signing:
            gate = gates.GateEntry(gate=one.gate, site=one.place.code, lanes=["1"], jwk=one.key.public_jwk)
            gates.put_gate(system_at(connection, START_MS), gate)


def pair(engine: Engine, seals: Iterable[town.Seal], *, departs_ms: int | None = None) -> None:
    """Issue seals and take the transport orders that pair them."""
    with writing(engine) as connection:
        for seal in seals:
            seal_entry = stock.SealEntry(seal_no=seal.seal_no, uid=seal.uid_hex, kind="E")
            stock.put_seal(system_at(connection, START_MS), seal_entry)
            entry = orders.OrderEntry(
                number=seal.order,
                origin=town.ORIGIN.code,
                destination=town.DESTINATION.code,
                container=seal.container,
                plate=seal.plate,
                departs_ms=departs_ms,
                seals=[orders.SealBlock(type=orders.TYPE_E, number=seal.seal_no)],
                classes={},
                cargo=[orders.CargoLine(document=seal.declaration)],
            )
            orders.put_order(system_at(connection, START_MS), entry)
