"""Parts of one gate for tests of the edge: papers, seals, and hardware that does what a test tells it to.

The clock stands still until a test moves it, so no test of time-outs waits for one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from edge.domain.faults import Faults
from edge.domain.identity import Identity
from edge.domain.trusted_manifest import Papers, trust
from edge.lane import CrashPoint, Desk, Equipment, Lane
from edge.ports import CameraError, Delivery, Fix, LinkDownError, LinkEvents, ReaderStatus, Shot, Tap
from edge.settings import CameraSettings, Session
from edge.settings import Lane as LaneSettings
from edge.store.opening import Opened, open_records
from edge.store.papers import PaperStore
from edge.store.photos import PhotoStore
from schemas import envelope, sealed
from schemas.envelope import SigningKey, Typ
from schemas.messages import (
    EventTime,
    Expected,
    Fence,
    Hold,
    Manifest,
    Operation,
    Quality,
    SealKind,
    Secrets,
    Site,
    Staff,
    Verdict,
)
from schemas.sealed import OpeningKey, Purpose
from tests.town import DESTINATION, OFFICER, ORIGIN, Place, Seal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GATE = "KEL-OUT-1"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CLOUD_KEY = SigningKey.from_seed(b"c" * 32)
GATE_KEY = SigningKey.from_seed(b"g" * 32)
OPENING_KEY = OpeningKey.of_signer(GATE_KEY.seed)
IDENTITY = Identity(gate=GATE, boot="00" * 8, key=GATE_KEY)
LOCATION_TAG = "04AA00000000A1"
SEAL = Seal(number=7)
JPEG = b"\xff\xd8 a picture \xff\xd9"
QUOTA = 64 * 2**20


def cloud_keys(kid: str) -> Any:
    """The pinned keys of the tests."""
    return CLOUD_KEY.verifying_key if kid == CLOUD_KEY.kid else None


def expected(seal: Seal = SEAL, **changes: Any) -> Expected:
    """The movement of a seal, as a manifest tells it."""
    facts: dict[str, Any] = {
        "movement": f"M{seal.number}",
        "kind": SealKind.E,
        "seal_no": seal.seal_no,
        "seal_uid": seal.uid_hex,
        "container": seal.container,
        "plate": seal.plate,
        "transport_order": seal.order,
        "origin": ORIGIN.code,
        "destination": DESTINATION.code,
        "state": "PAIRED",
    }
    return Expected(**{**facts, **changes})


def staff(**changes: Any) -> Staff:
    facts: dict[str, Any] = {
        "badge_uid": OFFICER.badge_uid,
        "staff": OFFICER.staff,
        "role": "OFFICER",
        "may": tuple(Operation),
    }
    return Staff(**{**facts, **changes})


def manifest(*movements: Expected, place: Place = ORIGIN, **changes: Any) -> Manifest:
    """A manifest for the gate at a place."""
    facts: dict[str, Any] = {
        "v": 1,
        "gate": GATE,
        "version": 1,
        "issued": NOW - timedelta(hours=1),
        "expires": NOW + timedelta(days=7),
        "site": Site(
            code=place.code,
            name_zh=place.name_zh,
            name_en=place.name_en,
            fence=Fence(version="1", ring=tuple((lon, lat) for lon, lat in place.ring)),
            location_tags=(LOCATION_TAG,),
        ),
        "staff": (staff(),),
        "expected": movements or (expected(),),
    }
    return Manifest(**{**facts, **changes})


def signed(message: Any, typ: Typ = Typ.MANIFEST, key: SigningKey = CLOUD_KEY) -> bytes:
    return key.sign(typ, envelope.encode(message))


def secrets(**changes: Any) -> Secrets:
    """What the manifest tells this gate only: the key of its one seal, the PIN verifier of its one badge."""
    facts: dict[str, Any] = {"v": 1, "gate": GATE, "seal_keys": {SEAL.uid_hex: "0F" * 16}, "pins": {}}
    return Secrets(**{**facts, **changes})


def sealed_to(reader: str = OPENING_KEY.public, purpose: Purpose = Purpose.SECRETS, **changes: Any) -> str:
    return sealed.seal(envelope.encode(secrets(**changes)), reader, purpose).decode()


def papers(*movements: Expected, **changes: Any) -> Papers:
    jws = signed(manifest(*movements, **changes))
    return trust(jws, gate=GATE, find_key=cloud_keys, in_force=None, floor=None)


def entrusted_with(papers: Papers, *seals: Seal) -> Papers:
    """The papers with the keys of these seals, as the gate holds them in memory."""
    return replace(papers, secrets=secrets(seal_keys=keys_of(*seals)))


def keys_of(*seals: Seal) -> dict[str, str]:
    return {seal.uid_hex: seal.file_key.hex().upper() for seal in seals}


def hold(reason: str = "X-MAC") -> Hold:
    return Hold(reason=reason, since=NOW - timedelta(minutes=5))


def tap(seal: Seal = SEAL, counter: int = 1, **ndef: Any) -> Tap:
    """An e-seal held to the reader."""
    return Tap(
        uid=seal.uid_hex, chip="NTAG424", outcome="READ", ndef=seal.ndef(counter, **ndef), seen_mono_s=0.0, read_s=0.03
    )


def card(uid: str = OFFICER.badge_uid) -> Tap:
    """A card of which only the UID is read."""
    return Tap(uid=uid, chip="OTHER", outcome="UID_ONLY", ndef=None, seen_mono_s=0.0, read_s=0.01)


TORN = Tap(uid="", chip="OTHER", outcome="TORN", ndef=None, seen_mono_s=0.0, read_s=0.0)


class StandingClock:
    """A clock that only a test moves."""

    def __init__(self, at: datetime = NOW, quality: Quality = Quality.NTP) -> None:
        self.at = at
        self.quality = quality
        self.mono_s = 1000.0

    def now(self) -> EventTime:
        return EventTime(at=self.at, quality=self.quality, bound_ms=50)

    def monotonic_s(self) -> float:
        return self.mono_s

    async def sleep(self, seconds: float) -> None:
        del seconds
        await asyncio.sleep(0)

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.mono_s += seconds


class Receiver:
    """A satellite receiver that says what it is told to."""

    def __init__(self, clock: StandingClock, place: Place = ORIGIN) -> None:
        self._clock = clock
        self.lat: float | None = place.lat
        self.lon: float | None = place.lon
        self.accuracy_m: float | None = 8.0
        self.mode = 3
        self.age_s = 0.5

    def fix(self) -> Fix:
        return Fix(
            mode=self.mode,
            lat=self.lat,
            lon=self.lon,
            accuracy_m=self.accuracy_m,
            gps_time=self._clock.at,
            fresh_mono_s=self._clock.mono_s - self.age_s,
        )


class StillCamera:
    """A camera that shows `jpeg`, or fails with `fault`."""

    def __init__(self) -> None:
        self.jpeg = JPEG
        self.fault: str | None = None
        self.taken = 0

    async def take(self) -> Shot:
        self.taken += 1
        if self.fault is not None:
            raise CameraError(self.fault, "as the test says")
        return Shot(jpeg=self.jpeg, width_px=1, height_px=1)


class Lamp:
    """A lamp that remembers what it showed."""

    def __init__(self) -> None:
        self.shown: list[Verdict | None] = []

    def show(self, verdict: Verdict | None) -> None:
        if not self.shown or self.shown[-1] is not verdict:
            self.shown.append(verdict)


class Hand:
    """A reader to which a test holds cards."""

    def __init__(self) -> None:
        self.hold: Callable[[Tap | ReaderStatus], None] = lambda _event: None

    def start(self, on_event: Callable[[Tap | ReaderStatus], None]) -> None:
        self.hold = on_event

    async def stop(self) -> None:
        self.hold = lambda _event: None


class WireLink:
    """A link whose other end is the test: what was published, with a say on each answer."""

    def __init__(self) -> None:
        self.up = True
        self.published: list[tuple[str, bytes]] = []
        self.answer: Callable[[str, bytes], str | None] = lambda _topic, _payload: None  # a code refuses
        self.events = LinkEvents()

    def start(self, events: LinkEvents) -> None:
        self.events = events

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        await asyncio.sleep(0)
        if not self.up:
            raise LinkDownError("LINK-DOWN")
        code = self.answer(topic, payload)
        if code is not None:
            raise LinkDownError(code)
        self.published.append((topic, payload))

    async def stop(self) -> None:
        self.up = False

    def of(self, topic: str) -> list[bytes]:
        return [payload for where, payload in self.published if where == topic]


def delivery(topic: str, payload: bytes) -> Delivery:
    return Delivery(topic=topic, payload=payload)


async def open_outbox(folder: Path, clock: StandingClock | None = None, quota: int = QUOTA) -> Opened:
    """The outbox of the gate in `folder`, as after any restart."""
    clock, file, mark = clock or StandingClock(), folder / "outbox" / "outbox.db", folder / "high-water"
    return await open_records(file, mark, IDENTITY, clock.now, quota, chance=Random(0))


@dataclass(kw_only=True)
class Booth:
    """One lane on real stores, with hardware in the test's hand."""

    folder: Path
    movements: tuple[Expected, ...] = ()
    place: Place = ORIGIN
    reached: Callable[[CrashPoint], None] = lambda _point: None
    direction: Any = None
    entrusted: tuple[Seal, ...] = ()  # whose keys the manifest brings
    quota: int = QUOTA
    clock: StandingClock = field(default_factory=StandingClock)
    camera: StillCamera = field(default_factory=StillCamera)
    lamp: Lamp = field(default_factory=Lamp)
    hand: Hand = field(default_factory=Hand)
    faults: Faults = field(default_factory=Faults)
    examiner: Any = None

    async def open(self, *, with_papers: bool = True) -> Booth:
        self.receiver = Receiver(self.clock, self.place)
        self.opened = await open_outbox(self.folder, self.clock, self.quota)
        self.papers = PaperStore(self.folder / "papers", GATE, cloud_keys, OPENING_KEY)
        self.papers.load()
        if with_papers and self.papers.in_force is None:
            await self.bring(self.movements)
        self.photos = PhotoStore(self.folder / "photos", self.opened.database, QUOTA, self.clock.now)
        await self.photos.load()
        desk = Desk(
            gate=GATE,
            clock=self.clock,
            locator=self.receiver,
            papers=self.papers,
            records=self.opened.records,
            photos=self.photos,
            faults=self.faults,
            limits=Session(),
            fix_age_max_s=5.0,
            reached=self.reached,
        )
        camera = CameraSettings(url="http://camera.example")
        settings = LaneSettings(id="1", reader="udp:127.0.0.1:1", camera=camera, direction=self.direction)
        self.lane = Lane(
            settings, desk, Equipment(reader=self.hand, camera=self.camera, light=self.lamp, examiner=self.examiner)
        )
        self.papers.on_change = self.lane.papers_changed
        return self

    async def bring(self, movements: tuple[Expected, ...] = (), **changes: Any) -> None:
        """Bring another manifest into force, with the keys of the seals that are entrusted now."""
        version = self.papers.in_force.manifest.version + 1 if self.papers.in_force else 1
        keys = sealed_to(seal_keys=keys_of(*self.entrusted)) if self.entrusted else None
        facts: dict[str, Any] = {"place": self.place, "version": version, "sealed": keys}
        await self.papers.accept(signed(manifest(*movements, **facts | changes)), self.clock.now())

    async def close(self) -> None:
        await self.opened.records.close()

    async def records(self) -> list[Any]:
        """Everything stored, decoded, in the order of storing."""
        stored = await self.opened.database.rows("SELECT jws FROM record ORDER BY id")
        return [envelope.decode_record(envelope.verify(row[0], Typ.SCAN, _gate_keys)) for row in stored]


def _gate_keys(kid: str) -> Any:
    return GATE_KEY.verifying_key if kid == GATE_KEY.kid else None
