"""One lane on real stores with the real drivers over emulated hardware, and a person who works at it.

Only the wall clock is the test's, so that it can jump; everything else waits for what really happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from edge.adapters.camera import HttpCamera
from edge.adapters.gps import GpsdLocator
from edge.adapters.nfc import NfcReader
from edge.domain.faults import Faults
from edge.domain.view import Act, Refused, Step
from edge.emulate.deck import OfferedCard
from edge.emulate.process import Emulator
from edge.emulate.settings import CardSettings, EmulatorSettings
from edge.lane import Desk, Equipment, Lane
from edge.settings import CameraSettings, Session
from edge.settings import Lane as LaneSettings
from edge.store.papers import PaperStore
from edge.store.photos import PhotoStore
from schemas import envelope, pin
from schemas.messages import EventTime, Location, Quality, Verdict
from tests.edge_gate import (
    GATE,
    LOCATION_TAG,
    NOW,
    OPENING_KEY,
    QUOTA,
    Lamp,
    cloud_keys,
    expected,
    keys_of,
    manifest,
    open_outbox,
    sealed_to,
    signed,
)
from tests.town import OFFICER, ORIGIN, Seal
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WITHIN_S = 20.0  # a busy machine may take its time; what is shown is that it comes
LANE = "1"
FORGED, STOCK = Seal(number=901), Seal(number=902)  # seals of their own: whatever is done to them stays with them
SMALL = {"width_px": 320, "height_px": 180, "password": "pw"}
# silence is noticed after a few polls, and a reader that is back is tried soon: nothing here is about patience
GPS_POLL_S, GPS_SILENT_S, REOPEN_S = 0.02, 0.2, 0.05
CARDS: dict[str, dict[str, Any]] = {
    "badge": {"kind": "uid", "uid": OFFICER.badge_uid},
    "stranger": {"kind": "uid", "uid": "DEADBEEF"},
    "phone": {"kind": "odd", "uid": "08C0FFEE"},
    "visitor": {"kind": "odd", "uid": "04998877665544"},
    "place": {"kind": "ntag213", "uid": LOCATION_TAG},
    "other-place": {"kind": "ntag213", "uid": "04AA00000000F9"},
    "forged": {"kind": "ntag424", "uid": FORGED.uid_hex, "key": "00" * 16, "counter": 4000},
    "stock": {"kind": "ntag424", "uid": STOCK.uid_hex, "key": STOCK.file_key.hex()},
}


class JumpingClock:
    """Time as it passes, with a wall clock that a test may set."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self.set_by = timedelta()

    def now(self) -> EventTime:
        passed = timedelta(seconds=time.monotonic() - self._began_s)
        return EventTime(at=NOW + passed + self.set_by, quality=Quality.NTP, bound_ms=50)

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class FaultBooth:
    """The lane, its hardware, and seals enough for a movement after each fault."""

    folder: Path
    seals: tuple[Seal, ...]
    clock: JumpingClock = field(default_factory=JumpingClock)
    faults: Faults = field(default_factory=Faults)
    lamp: Lamp = field(default_factory=Lamp)
    _held: Seal | None = None

    async def open(self) -> FaultBooth:
        await self._plug_in()
        self.opened = await open_outbox(self.folder, self.clock)
        self.papers = PaperStore(self.folder / "papers", GATE, cloud_keys, OPENING_KEY)
        movements = [expected(seal) for seal in (*self.seals, FORGED)]
        pins = {OFFICER.badge_uid: pin.verifier("4711")}
        keys = sealed_to(seal_keys=keys_of(*self.seals, FORGED), pins=pins)
        papers = manifest(*movements, sealed=keys, stock=(STOCK.uid_hex,), stock_whole=True)
        await self.papers.accept(signed(papers), self.clock.now())
        self.photos = PhotoStore(self.folder / "photos", self.opened.database, QUOTA, self.clock.now)
        await self.photos.load()
        self.lane = Lane(
            LaneSettings(id=LANE, reader="emulated", camera=CameraSettings(url=self.emulator.camera.url(LANE))),
            Desk(
                gate=GATE,
                clock=self.clock,
                locator=self.locator,
                papers=self.papers,
                records=self.opened.records,
                photos=self.photos,
                faults=self.faults,
                limits=Session(),
                fix_age_max_s=5.0,
            ),
            Equipment(reader=self.reader, camera=self.camera, light=self.lamp),
        )
        self._running = asyncio.create_task(self.lane.run())
        await self.sees(lambda: self.lane.health().reader_up, "the reader is up")
        await self.sees(lambda: self.view.location == "CONFIRMED", "the place is confirmed")
        return self

    async def _plug_in(self) -> None:
        document = {
            "state_dir": str(self.folder / "emulator"),
            "readers": [{"lane": LANE}],
            "gps": {"lat": ORIGIN.lat, "lon": ORIGIN.lon, "source": "own"},
            "camera": SMALL,
        }
        self.emulator = Emulator(msgspec.convert(document, EmulatorSettings), lambda size: bytes(range(size)))
        await self.emulator.start()
        for name, settings in CARDS.items():
            self._offer(name, settings)
        assert self.emulator.gps is not None
        assert self.emulator.camera is not None
        path = self.emulator.deck.readers[LANE].path
        self.reader = NfcReader(path, monotonic_s=time.monotonic, reopen_delay_s=REOPEN_S)
        self.camera = HttpCamera(self.emulator.camera.url(LANE), user="gate", password="pw", timeout_s=WITHIN_S)
        self.locator = GpsdLocator(
            "127.0.0.1",
            self.emulator.gps.port,
            monotonic_s=time.monotonic,
            poll_s=GPS_POLL_S,
            silent_after_s=GPS_SILENT_S,
        )
        self.locator.start()

    def _offer(self, name: str, settings: dict[str, Any]) -> None:
        card = msgspec.convert({"id": name, "label_zh": "卡", "label_en": "card", **settings}, CardSettings)
        self.emulator.deck.cards[name] = OfferedCard(card, None, lambda size: bytes(range(size)))

    async def close(self) -> None:
        assert not self._running.done(), "the lane ended"
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running
        await self.locator.stop()
        await self.camera.close()
        await self.opened.records.close()
        await self.emulator.stop()

    # ------------------------------------------------------------------------------------------ what a person does

    @property
    def view(self) -> Any:
        return self.lane.view()

    @property
    def location(self) -> Location:
        """Where the lane would say it stands, now."""
        return self.lane._procedure.judge.position().location

    async def sees(self, condition: Callable[[], Any], what: str) -> None:
        await eventually(condition, WITHIN_S, what=what)

    async def at(self, *steps: Step) -> None:
        await self.sees(lambda: self.view.step in steps, f"the lane is at {steps}")

    async def hold(self, card: str, *, frames_max: int | None = None) -> None:
        """Hold a card to the reader until the lane has read it; one that leaves after some frames, until it heard.

        A reader that stumbles on a busy machine tells of a torn read, and reads the card again while it lies there.
        """
        if self.emulator.deck.lying[LANE] == card and self.lane.health().reader_up:
            self.emulator.deck.remove(LANE)
            await self.sees(lambda: not self.reader._held, f"{card} is taken away before it comes again")
        taps = self.lane.health().taps
        self.emulator.deck.present(card, LANE, hold_s=None, frames_max=frames_max)
        while True:
            await self.sees(lambda: self.lane.health().taps > taps, f"the lane hears of {card}")  # noqa: B023
            await self.settle()
            if frames_max is not None or self.view.notice != "TORN":
                return
            taps = self.lane.health().taps

    async def settle(self) -> None:
        """Let the lane finish what it has begun."""
        await self.sees(lambda: not self.lane._inbox and not self.view.busy, "the lane is at rest")
        with contextlib.suppress(Refused):  # refused at every step, and only after all that came before it
            await self.lane.act(Act(act="answer"))

    async def press(self, act: str, **fields: Any) -> None:
        await self.lane.act(Act(act=act, **fields))

    async def tap_seal(self, seal: Seal) -> None:
        """Hold the seal to the reader; each reading costs a step of its counter."""
        counter = self.emulator.deck.cards["seal"].counter if self._held == seal else 0
        facts = {"kind": "ntag424", "uid": seal.uid_hex, "key": seal.file_key.hex(), "counter": counter}
        self._offer("seal", facts | {"container": seal.container, "plate": seal.plate, "seal_no": seal.seal_no})
        self._held = seal
        self.emulator.scenes.follow(LANE, self.emulator.deck.cards["seal"].settings)
        await self.hold("seal")

    async def answer_yes(self, until: str | None = None) -> None:
        """Answer the questions one by one, up to one of them."""
        while self.view.step is Step.CHECKS and (check := self.view.check) not in {None, until}:
            await self.lane.act(Act(act="answer", check=check, ok=True))

    async def begin(self, seal: Seal) -> None:
        """From whatever the lane shows to its questions about this seal, if nothing speaks against it."""
        await self.leave()
        if self.view.step is Step.IDLE:
            await self.hold("badge")
        if self.view.step is Step.SIGNED_IN:
            await self.tap_seal(seal)

    async def leave(self) -> None:
        """Leave what is not on the plain way of this movement, and the light of the one before."""
        if self.view.step in {Step.LOOKUP, Step.GROUNDS, Step.PIN}:
            await self.press("cancel")
        if self.view.step in {Step.VERDICT, Step.PAPERS}:
            await self.press("acknowledge")

    async def choose(self, operation: str, seal: Seal, *grounds: str) -> None:
        """Sign in, choose another operation, read the seal and say why."""
        await self.leave()
        await self.hold("badge")
        await self.press("operation", choice=operation)
        await self.tap_seal(seal)
        for choice in grounds:
            await self.press("choose", choice=choice)

    async def go_on(self) -> None:
        """Do what the screen asks, as far as it lets one; a picture that failed by itself is tried once more."""
        await self.answer_yes()
        if self.view.step is Step.PHOTO:
            await self.press("photo")
        if self.view.step is Step.CONFIRM:
            await self.press("confirm")

    async def depart(self, seal: Seal) -> None:
        """A whole genuine movement, or the rest of it."""
        await self.begin(seal)
        await self.go_on()
        assert (self.view.step, self.view.verdict) == (Step.VERDICT, Verdict.GO), self.view

    async def goes(self) -> list[Any]:
        """Every record that was shown green, in the order of storing."""
        return [event for event in await self.scans() if event.decision.verdict is Verdict.GO]

    async def scans(self) -> list[Any]:
        return [decoded(row[0]) for row in await self.opened.database.rows("SELECT jws FROM record ORDER BY id")][1:]


def decoded(jws: bytes) -> Any:
    return envelope.decode_record(envelope.unb64url(jws.split(b".")[1]))
