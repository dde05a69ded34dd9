"""Joins the parts of one gate into one process: settings and key in, lanes, flows and the kiosk page out.

Only wiring stands here. If a part fails by our own mistake, the whole agent ends and systemd starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
import ssl
from dataclasses import dataclass
from random import SystemRandom
from typing import TYPE_CHECKING

import uvicorn

from edge.adapters import key as key_files
from edge.adapters.camera import HttpCamera
from edge.adapters.gps import GpsdLocator
from edge.adapters.light import LedLight, NoLight
from edge.adapters.mqtt import MqttLink, Patience, Target
from edge.adapters.nfc import NfcReader
from edge.adapters.photos import Captions, HttpPut
from edge.clock import SystemClock
from edge.domain.faults import Faults
from edge.domain.identity import Identity
from edge.downlink import Downlink
from edge.health import Health, Keeping, Watchdog
from edge.kiosk.app import create as create_kiosk
from edge.lane import Desk, Lane
from edge.outbox import Outbox
from edge.ports import LinkEvents
from edge.settings import notify_socket, secret
from edge.store.commands import CommandStore
from edge.store.opening import open_records
from edge.store.papers import PaperStore
from edge.store.photos import PhotoStore
from edge.uploads import Uploads
from schemas import topics
from schemas.envelope import VerifyingKey
from schemas.messages import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from typing import Any

    from edge.ports import Light
    from edge.settings import Lane as LaneSettings
    from edge.settings import Mqtt, Settings
    from edge.store.opening import Opened

log = logging.getLogger("sealgate.app")
BOOT_BYTES = 8
CAMERA_PROBE_S = 30.0
KIOSK_STOP_S = 1
OPEN_FILES_MAX = 64  # connections waiting at the kiosk's door
LINK_FAULTS = ("LINK-REFUSED", "LINK-TAKEN-OVER")


@dataclass(kw_only=True)
class Stores:
    """What stands on the gate's disk."""

    opened: Opened
    papers: PaperStore
    photos: PhotoStore
    commands: CommandStore


class Agent:
    """One gate, wired; `run` serves until it is told to stop."""

    def __init__(self, settings: Settings, identity: Identity, clock: SystemClock, stores: Stores) -> None:
        self.settings, self.identity, self.clock, self.stores = settings, identity, clock, stores
        self.faults = Faults()
        self.chance = SystemRandom()
        self.locator = GpsdLocator(settings.gpsd.host, settings.gpsd.port, monotonic_s=clock.monotonic_s)
        clock.fix = self.locator.fix
        self.link = MqttLink(
            _target(settings, self._will),
            Patience(
                connect_timeout_s=settings.mqtt.connect_timeout_s, retry_delay_max_s=settings.mqtt.retry_delay_max_s
            ),
            self.chance,
        )
        self.cameras: list[HttpCamera] = []
        self.lanes = [self._lane(lane) for lane in settings.lanes]
        self.outbox = self._outbox()
        self.health = self._health()
        self.downlink = self._downlink()
        self.put = HttpPut(settings.http.upload_url, settings.http.timeout_s, _trust(settings.http.ca_file))
        self.uploads = Uploads(
            identity=identity,
            photos=stores.photos,
            records=stores.opened.records,
            put=self.put,
            clock=clock,
            faults=self.faults,
            chance=self.chance,
        )
        self._listen()

    async def run(self, told_to_stop: asyncio.Event) -> None:
        """Serve until told to stop; raises what a part could not go on with."""
        for code in self.stores.opened.faults:
            self.faults.report(code, stands=True)
        self.locator.start()
        self.link.start(LinkEvents(on_up=self._link_up, on_down=self._link_down, on_delivery=self.downlink.take))
        parts: list[Coroutine[Any, Any, None]] = [
            *(lane.run() for lane in self.lanes),
            self.outbox.run(),
            self.downlink.run(),
            self.health.run(),
            self.uploads.run(),
            self._probe_cameras(),
            self._kiosk(),
        ]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(part) for part in parts]
                await told_to_stop.wait()
                self.health.watchdog.say("STOPPING=1")
                await self.health.announce("OFFLINE")
                for task in tasks:
                    task.cancel()
        finally:
            await self._close()

    async def _close(self) -> None:
        await self.link.stop()
        await self.locator.stop()
        for camera in self.cameras:
            await camera.close()
        await self.put.close()
        await self.stores.opened.records.close()

    def _lane(self, settings: LaneSettings) -> Lane:
        of_camera = settings.camera
        camera = HttpCamera(
            of_camera.url,
            user=of_camera.user,
            password=secret(of_camera.password_file) or "",
            timeout_s=of_camera.timeout_s,
        )
        self.cameras.append(camera)
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
        return Lane(
            settings, desk, NfcReader(settings.reader, monotonic_s=self.clock.monotonic_s), camera, _light(settings)
        )

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
            watchdog=Watchdog(notify_socket()),
        )

    def _downlink(self) -> Downlink:
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
        )

    def _listen(self) -> None:
        """Let each change be heard where it matters."""
        self.faults.changed = self._ring
        self.stores.opened.records.on_stored = lambda _stored: self.outbox.wake()

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
        self.outbox.connected()
        self.uploads.wake()
        self._announcing = asyncio.create_task(self.health.announce("ONLINE"))
        self._ring()

    def _link_down(self, code: str) -> None:
        self.faults.report("LINK-DOWN", stands=True)
        if code in LINK_FAULTS:
            self.faults.report(code, stands=True)
        self._ring()

    async def _probe_cameras(self) -> None:
        while True:
            await asyncio.gather(*(lane.probe_camera() for lane in self.lanes))
            await self.clock.sleep(CAMERA_PROBE_S)

    async def _kiosk(self) -> None:
        """Serve the page inside this loop; uvicorn leaves signals to us."""
        settings, simulation = self.settings, self.settings.simulation
        app = create_kiosk(
            {lane.id: lane for lane in self.lanes},
            Captions(self.stores.photos.read, settings.gate),
            control_url=simulation.control_url if simulation else None,
        )
        config = uvicorn.Config(
            app,
            host=settings.kiosk.host,
            port=settings.kiosk.port,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=KIOSK_STOP_S,
            backlog=OPEN_FILES_MAX,
        )
        server = _Kiosk(config)
        try:
            await server.serve()
        finally:
            server.should_exit = True
        raise RuntimeError("the kiosk page ended by itself")


class _Kiosk(uvicorn.Server):
    """Uvicorn that leaves signals to the agent."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(settings: Settings) -> None:
    """Run one gate until SIGTERM or SIGINT."""
    identity = Identity(gate=settings.gate, boot=secrets.token_hex(BOOT_BYTES), key=key_files.load(settings.key_file))
    clock = SystemClock()
    told_to_stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    agent = Agent(settings, identity, clock, await open_stores(settings, identity, clock))
    log.info("gate %s starts with key %s", settings.gate, identity.key.kid)
    await agent.run(told_to_stop)


async def open_stores(settings: Settings, identity: Identity, clock: SystemClock) -> Stores:
    """Open what stands on disk; raises NotStoredError where the disk refuses."""
    state, limits = settings.state_dir, settings.outbox
    opened = await open_records(
        state / "outbox" / "outbox.db", settings.high_water, identity, clock.now, limits.bytes_max
    )
    papers = PaperStore(state / "papers", settings.gate, pinned(settings))
    refusal = papers.load()
    if refusal is not None:
        opened.faults.append("PAPERS-REFUSED")
    photos = PhotoStore(state / "photos", opened.database, limits.photo_bytes_max)
    await photos.load()
    return Stores(opened=opened, papers=papers, photos=photos, commands=CommandStore(opened.database))


def pinned(settings: Settings) -> Callable[[str], VerifyingKey | None]:
    """Return the finder of the cloud's keys; ValueError for a key that is none."""
    keys = {key.kid: key for key in map(VerifyingKey.from_jwk, settings.cloud.pinned_keys)}
    return keys.get


def _target(settings: Settings, will: Callable[[], tuple[str, bytes]]) -> Target:
    mqtt, gate = settings.mqtt, settings.gate
    return Target(
        host=mqtt.host,
        port=mqtt.port,
        client_id=gate,
        subscriptions=(topics.receipt(gate), topics.manifest(gate), topics.command(gate)),
        will=will,
        keepalive_s=mqtt.keepalive_s,
        session_expiry_s=mqtt.session_expiry_s,
        will_delay_s=mqtt.will_delay_s,
        tls=_mutual_trust(mqtt),
        username=mqtt.username,
        password=secret(mqtt.password_file),
    )


def _mutual_trust(mqtt: Mqtt) -> ssl.SSLContext | None:
    if mqtt.tls is None:
        return None
    context = ssl.create_default_context(cafile=mqtt.tls.ca_file)
    if mqtt.tls.cert_file is not None:
        context.load_cert_chain(mqtt.tls.cert_file, mqtt.tls.key_file)
    return context


def _trust(ca_file: object) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=str(ca_file)) if ca_file is not None else None


def _light(settings: LaneSettings) -> Light:
    if settings.light is None:
        return NoLight()
    lamps = {Verdict.GO: settings.light.go, Verdict.STOP: settings.light.stop, Verdict.REFER: settings.light.refer}
    return LedLight(lamps, settings.light.buzzer)
