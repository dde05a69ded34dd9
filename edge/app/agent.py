"""One gate, wired: which part hears of what, in which order they start and end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING

from edge.adapters.board import read_board
from edge.adapters.gps import GpsdLocator
from edge.adapters.mqtt import MqttLink, Patience
from edge.adapters.nfc import NfcReader
from edge.adapters.photos import Captions, HttpPut
from edge.app import care
from edge.app.eyes import Eyes
from edge.app.kiosk import KioskServer
from edge.app.parts import camera, light, pinned, target, trust
from edge.care.hardware import LaneHardware, WatchedCamera, WatchedReader
from edge.domain.faults import Faults
from edge.downlink import Downlink
from edge.health import HUNG_S, Health, Keeping, Watchdog
from edge.kiosk.app import create as create_kiosk
from edge.lane import Desk, Equipment, Lane
from edge.outbox import Outbox
from edge.ports import LinkEvents
from edge.settings import notify_socket
from edge.uploads import Uploads
from schemas import topics

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from edge.adapters.camera import CommandCamera, HttpCamera
    from edge.app.parts import Stores
    from edge.care.recent import RecentLog
    from edge.clock import SystemClock
    from edge.domain.identity import Identity
    from edge.settings import Lane as LaneSettings
    from edge.settings import Settings

log = logging.getLogger("sealgate.app")
CAMERA_PROBE_S = 30.0
GOOD_BYE_S = 2.0
LINK_FAULTS = ("LINK-REFUSED", "LINK-TAKEN-OVER")


class Agent:
    """One gate, wired; `run` serves until it is told to stop."""

    def __init__(
        self, settings: Settings, identity: Identity, clock: SystemClock, stores: Stores, recent: RecentLog
    ) -> None:
        self.settings, self.identity, self.clock, self.stores = settings, identity, clock, stores
        self.recent = recent
        self.faults = Faults()
        self.chance = SystemRandom()
        self.locator = GpsdLocator(settings.gpsd.host, settings.gpsd.port, monotonic_s=clock.monotonic_s)
        clock.fix = self.locator.fix
        self.link = MqttLink(
            target(settings, self._will),
            Patience(
                connect_timeout_s=settings.mqtt.connect_timeout_s, retry_delay_max_s=settings.mqtt.retry_delay_max_s
            ),
            self.chance,
        )
        self.cameras: list[HttpCamera | CommandCamera] = []
        self.eyes = Eyes(self._ring)
        self.hardware: dict[str, LaneHardware] = {}  # by lane
        self.lanes = [self._lane(lane) for lane in settings.lanes]
        self.outbox = self._outbox()
        self.health = self._health()
        self.put = HttpPut(
            settings.http.upload_url,
            settings.http.timeout_s,
            trust(settings.http.ca_file),
            bytes_per_s_max=settings.http.bytes_per_s_max,
        )
        self.uploads = Uploads(
            identity=identity,
            photos=stores.photos,
            records=stores.opened.records,
            put=self.put,
            clock=clock,
            faults=self.faults,
            chance=self.chance,
        )
        self.put.stand_back = self.uploads.stand_back
        self.overview = care.overview(self)
        self.downlink = self._downlink()
        simulation = settings.simulation
        self.kiosk = KioskServer(
            create_kiosk(
                {lane.id: lane for lane in self.lanes},
                Captions(stores.photos.read, settings.gate),
                control_url=simulation.control_url if simulation else None,
                palette=settings.kiosk.palette,
                voice=settings.kiosk.voice,
            ),
            settings.kiosk,
        )
        self._listen()

    async def run(self, told_to_stop: asyncio.Event) -> None:
        """Serve until told to stop; raises what a part could not go on with."""
        self._told_to_stop = told_to_stop
        for code in self.stores.opened.faults:
            self.faults.report(code, stands=True)
        async with contextlib.AsyncExitStack() as ends:
            ends.push_async_callback(self.stores.opened.records.close)
            ends.push_async_callback(self.put.close)
            for hardware in self.hardware.values():
                ends.callback(hardware.light.close)
            ends.push_async_callback(self.eyes.close)
            for each in self.cameras:
                ends.push_async_callback(each.close)
            self.locator.start()
            ends.push_async_callback(self.locator.stop)
            self.link.start(LinkEvents(on_up=self._link_up, on_down=self._link_down, on_delivery=self.downlink.take))
            ends.push_async_callback(self.link.stop)
            await self._serve(told_to_stop)

    def end(self) -> None:
        """Stop as on SIGTERM; the supervisor starts the agent again."""
        self._told_to_stop.set()

    async def _serve(self, told_to_stop: asyncio.Event) -> None:
        parts: list[Coroutine[Any, Any, None]] = [
            *(lane.run() for lane in self.lanes),
            self.outbox.run(),
            self.downlink.run(),
            self.health.run(),
            self.uploads.run(),
            self._probe_cameras(),
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(part) for part in parts]
            group.create_task(self.kiosk.run_until_told())
            self.health.watchdog.say("READY=1")
            await told_to_stop.wait()
            self.health.watchdog.say("STOPPING=1")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOOD_BYE_S):
                    await self.health.announce("OFFLINE")
            self.kiosk.end()
            for task in tasks:
                task.cancel()

    def _lane(self, settings: LaneSettings) -> Lane:
        of_lane = camera(settings.camera)
        self.cameras.append(of_lane)
        desk = Desk(
            gate=self.identity.gate,
            clock=self.clock,
            locator=self.locator,
            papers=self.stores.papers,
            records=self.stores.opened.records,
            photos=self.stores.photos,
            faults=self.faults,
            limits=self.settings.session,
            fix_age_max_s=self.settings.gpsd.age_max_s,
            online=lambda: self.link.up,
            simulation=self.settings.simulation is not None,
        )
        reader = WatchedReader(NfcReader(settings.reader, monotonic_s=self.clock.monotonic_s))
        watched = WatchedCamera(of_lane, self.clock)
        lamps = light(settings.light, partial(self._light_broken, settings.id))
        eye = self.eyes.of_lane(settings.picture)
        lane = Lane(settings, desk, Equipment(reader=reader, camera=watched, light=lamps, examiner=eye))
        self.hardware[settings.id] = LaneHardware(
            id=settings.id, view=lane.view, health=lane.health, reader=reader, camera=watched, light=lamps
        )
        return lane

    def _outbox(self) -> Outbox:
        return Outbox(
            gate=self.identity.gate,
            records=self.stores.opened.records,
            link=self.link,
            clock=self.clock,
            faults=self.faults,
            limits=self.settings.outbox,
            on_change=self._ring,
        )

    def _health(self) -> Health:
        settings, stores = self.settings, self.stores
        limits = settings.outbox
        return Health(
            identity=self.identity,
            clock=self.clock,
            gps_offset_s=self.clock.gps_offset_s,
            locator=self.locator,
            fix_age_max_s=settings.gpsd.age_max_s,
            link=self.link,
            faults=self.faults,
            records=stores.opened.records,
            photos=stores.photos,
            papers=stores.papers,
            lanes=[lane.health for lane in self.lanes],
            state_dir=settings.state_dir,
            keeping=Keeping(records_days=limits.received_keep_days, photos_h=limits.photo_keep_h),
            every_s=settings.telemetry.every_s,
            board=read_board,
            parts={"outbox": lambda: self.outbox.turn_s} | {f"lane {each.id}": _turn(each) for each in self.lanes},
            # a lane may wait for its camera while another asks the same one
            hung_after_s=HUNG_S + 3 * max(lane.camera.timeout_s for lane in settings.lanes),
            watchdog=Watchdog(notify_socket()),
        )

    def _downlink(self) -> Downlink:
        errands = care.errands(self)
        return Downlink(
            identity=self.identity,
            find_key=pinned(self.settings),
            clock=self.clock,
            link=self.link,
            faults=self.faults,
            papers=self.stores.papers,
            records=self.stores.opened.records,
            commands=self.stores.commands,
            receive=self.outbox.receive,
            look_back=self.outbox.look_back,
            report=self.health.report,
            errands=care.by_name(errands),
            restart=errands.restart,
        )

    def _listen(self) -> None:
        """Let each change be heard where it matters."""
        self.faults.changed = self._ring

        def stored(_record: object) -> None:
            self.outbox.wake()
            self.uploads.wake()

        self.stores.opened.records.on_stored = stored

        def papers_changed() -> None:
            for lane in self.lanes:
                lane.papers_changed()

        self.stores.papers.on_change = papers_changed

    def _ring(self) -> None:
        for lane in self.lanes:
            lane.changed.ring()

    def _will(self) -> tuple[str, bytes]:
        return topics.state(self.identity.gate), self.health.state("OFFLINE")

    def _link_up(self) -> None:
        self.faults.only((), among=frozenset({"LINK-DOWN", "LINK-REFUSED"}))
        self.overview.link_memory.note(self.clock.now().at)
        self.outbox.connected()
        self.uploads.wake()
        self._announcing = asyncio.create_task(self.health.announce("ONLINE"))
        self._ring()

    def _light_broken(self, lane: str, broken: bool) -> None:
        self.faults.report("LIGHT-DOWN", stands=broken, lane=lane)

    def _link_down(self, code: str) -> None:
        self.faults.report("LINK-DOWN", stands=True)
        self.overview.link_memory.note(self.clock.now().at, code)
        if code in LINK_FAULTS:
            self.faults.report(code, stands=True)
        self._ring()

    async def _probe_cameras(self) -> None:
        while True:
            await asyncio.gather(*(lane.probe_camera() for lane in self.lanes))
            await self.clock.sleep(CAMERA_PROBE_S)


def _turn(lane: Lane) -> Callable[[], float]:
    return lambda: lane.turn_s
