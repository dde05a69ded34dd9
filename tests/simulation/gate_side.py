"""One gate in the simulated world: the shipped lane, store, outbox, downlink and pulse on a machine without threads.

Its disk and what people saw of its lights outlive its power cuts.
"""

from __future__ import annotations

import asyncio
import contextvars
from random import Random
from typing import TYPE_CHECKING, Any

from edge.domain.faults import Faults
from edge.domain.identity import Identity
from edge.downlink import Downlink
from edge.health import Health, Keeping
from edge.lane.desk import Desk, Equipment
from edge.lane.lane import Lane
from edge.outbox import Outbox
from edge.ports import LinkEvents
from edge.settings import CameraSettings
from edge.settings import Lane as LaneSettings
from edge.settings import Outbox as OutboxLimits
from edge.settings import Session as SessionLimits
from edge.store.commands import CommandStore
from edge.store.opening import open_records
from edge.store.papers import PaperStore
from edge.store.photos import PhotoStore
from schemas.sealed import OpeningKey
from tests.simulation.broker import SimLink
from tests.simulation.cloud_side import CLOUD_KEY
from tests.simulation.hardware import SimCamera, SimLight, SimLocator, SimReader
from tests.simulation.machine import Machine
from tests.simulation.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from edge.domain.view import LaneView
    from edge.store.records import RecordStore
    from schemas.envelope import SigningKey, VerifyingKey
    from schemas.messages import Verdict
    from tests.simulation.broker import Broker, Trace
    from tests.simulation.virtual import VirtualLoop
    from tests.town import Place

LANE = "L1"
BOOT_DELAY_S = 8.0
TELEMETRY_EVERY_S = 30.0
FIX_AGE_MAX_S = 5.0
BYTES_MAX = 64 * 2**20


class GateSide:
    """One gate with one lane."""

    def __init__(  # noqa: PLR0917 -- what a gate of this world is made of
        self,
        name: str,
        place: Place,
        key: SigningKey,
        folder: Path,
        broker: Broker,
        chance: Random,
        trace: Trace,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._loop: VirtualLoop = loop  # type: ignore[assignment]  # the world runs on no other
        self.id = name
        self.place = place
        self.key = key
        self.folder = folder
        self.broker = broker
        self.chance = chance
        self.trace = trace
        self.clock = VirtualClock(self._loop)
        self.shown: dict[str, Verdict] = {}  # lights that people saw, by the record behind them
        self.reader = SimReader(self._loop)
        self.lane: Lane | None = None
        self.records: RecordStore | None = None
        self.link: SimLink | None = None
        self.machine: Machine | None = None
        self.boots = 0
        self._machines: list[Machine] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._context = contextvars.copy_context()

    def power_up(self) -> None:
        """Start the machine; it comes back by itself after each power cut."""
        self.boots += 1
        self.machine = Machine(self.id, self._power_gone)
        self._machines.append(self.machine)
        self._context = contextvars.copy_context()
        self._context.run(self.machine.enter)
        self._run(self._boot(self.machine))

    def inside(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run what a person does here as part of this gate's machine."""
        return self._start(work)

    def view(self) -> LaneView | None:
        """What the screen shows; None while it is dark."""
        return self.lane.view() if self.lane is not None else None

    def fails_at(self, point: str) -> None:
        """The power goes when the flow next passes a named point."""
        if self.machine is not None:
            self.trace.note(f"{self.id} will fail at {point}")
            self.machine.fails_at = point

    def cut_power(self, where: str) -> None:
        """The power goes now."""
        if self.machine is not None and self.machine.alive:
            self.machine.cut(where)

    # ------------------------------------------------------------- as edge.app joins the parts

    async def _boot(self, machine: Machine) -> None:
        identity = Identity(gate=self.id, boot=self.chance.randbytes(8).hex(), key=self.key)
        opened = await open_records(
            self.folder / "outbox.db", self.folder / "mark", identity, self.clock.now, BYTES_MAX, chance=Random(self.id)
        )
        records, faults = opened.records, Faults()
        papers = PaperStore(self.folder, self.id, find_cloud_key, OpeningKey.of_signer(identity.key.seed))
        papers.load()
        photos = PhotoStore(self.folder / "photos", opened.database, BYTES_MAX, self.clock.now)
        await photos.load(sweep="STORE-DAMAGED" not in opened.faults)
        link = SimLink(self.id, self.broker)
        self.reader, locator = SimReader(self._loop), SimLocator(self._loop, self.place, lambda: self.clock.now().at)
        desk = Desk(
            gate=self.id,
            clock=self.clock,
            locator=locator,
            papers=papers,
            records=records,
            photos=photos,
            faults=faults,
            limits=SessionLimits(),
            fix_age_max_s=FIX_AGE_MAX_S,
            online=lambda: link.up,
            reached=machine.stops_at,
        )
        light = SimLight(machine, self._seen)
        lane = Lane(LANE_SETTINGS, desk, Equipment(reader=self.reader, camera=SimCamera(self.chance), light=light))
        papers.on_change = lane.papers_changed
        limits = OutboxLimits()
        outbox = Outbox(gate=self.id, records=records, link=link, clock=self.clock, faults=faults, limits=limits)
        records.on_stored = lambda _stored: outbox.wake()
        health = Health(
            identity=identity,
            clock=self.clock,
            gps_offset_s=lambda: None,
            locator=locator,
            fix_age_max_s=FIX_AGE_MAX_S,
            link=link,
            faults=faults,
            records=records,
            photos=photos,
            papers=papers,
            lanes=[lane.health],
            state_dir=self.folder,
            keeping=Keeping(records_days=14, photos_h=72),
            every_s=TELEMETRY_EVERY_S,
        )
        downlink = Downlink(
            identity=identity,
            find_key=find_cloud_key,
            clock=self.clock,
            link=link,
            faults=faults,
            papers=papers,
            records=records,
            commands=CommandStore(opened.database),
            receive=outbox.receive,
            look_back=outbox.look_back,
            report=health.report,
        )

        def on_up() -> None:
            outbox.connected()
            self._run(health.announce("ONLINE"))

        self.lane, self.records, self.link = lane, records, link
        for work in (lane.run(), outbox.run(), downlink.run(), health.run()):
            self._run(work)
        link.start(LinkEvents(on_up=on_up, on_delivery=downlink.take))
        self.trace.note(f"{self.id} up, boot {identity.boot}, head {records.head}")

    # ------------------------------------------------------------- power

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self._loop.create_task(work, context=self._context.copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _run(self, work: Coroutine[Any, Any, Any]) -> None:
        """Start a task of the product, which nothing but a power cut may end with an exception."""
        self._start(work).add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._loop.call_exception_handler(
                {"message": f"{self.id}: a task of the product failed", "exception": error}
            )

    def _power_gone(self, machine: Machine, where: str) -> None:
        self.trace.note(f"{self.id} power cut {where}")
        del machine
        self._switch_off()
        self._loop.call_later(self.chance.uniform(1.0, BOOT_DELAY_S), self.power_up, context=contextvars.Context())

    def shut(self) -> None:
        """The world ends: let go of the files."""
        self._switch_off()
        for machine in self._machines:
            machine.scrap()

    def _switch_off(self) -> None:
        if self.link is not None:
            self.link.unplug()
        if self.records is not None:
            self.records._high_water.close()
        self.lane = self.records = self.link = self.machine = None
        for task in self._tasks:
            task.cancel()
        self._tasks = set()

    def _seen(self, verdict: Verdict) -> None:
        view = self.view()
        if view is not None and view.record is not None:
            self.trace.note(f"{self.id} light {verdict} for {view.record}")
            self.shown[view.record] = verdict


LANE_SETTINGS = LaneSettings(id=LANE, reader="simulated", camera=CameraSettings(url="http://camera"))


def find_cloud_key(kid: str) -> VerifyingKey | None:
    """The one key that the gates have pinned."""
    key = CLOUD_KEY.verifying_key
    return key if kid == key.kid else None
