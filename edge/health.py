"""The gate's pulse: faults with codes, telemetry, birth and death, housekeeping, and the watchdog of systemd."""

from __future__ import annotations

import asyncio
import errno
import logging
import shutil
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from edge.clock import clock_fault
from edge.ports import Board, LinkDownError
from edge.store.database import DISK_RESERVE_BYTES, NotStoredError
from edge.store.files import write_atomically
from schemas import topics
from schemas.envelope import Typ
from schemas.messages import GateState, Telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from edge.domain.faults import Faults
    from edge.domain.identity import Identity
    from edge.ports import Clock, Link, Locator
    from edge.store.papers import PaperStore
    from edge.store.photos import PhotoStore
    from edge.store.records import RecordStore
    from schemas.messages import LaneHealth

log = logging.getLogger("sealgate.health")
LOOK_S = 1.0
HOUSEKEEPING_S = 3600.0
DISK_LOW_BYTES = 256 * 2**20
GPS_FAULTS = frozenset({"GPS-SILENT", "GPS-NO-FIX", "GPS-STALE", "GPS-DOWN"})
CLOCK_FAULTS = frozenset({"CLOCK-UNSET", "CLOCK-OFF"})
PAPER_FAULTS = frozenset({"NO-PAPERS", "PAPERS-OLD"})
PROBE_S = 60.0  # how often the disk is really written to
PROBE_FILE = "health-probe"
HUNG_S = 30.0  # a part that gave no sign of life for so long hangs; systemd then waits WatchdogSec more
HOT_C = 80.0  # from here a Raspberry Pi slows down
GPS_MODE_MAX = 3


class Watchdog:
    """sd_notify(3): a datagram to the address that systemd gave us, or nothing without one."""

    def __init__(self, address: str | None) -> None:
        self._address = "\0" + address[1:] if address and address.startswith("@") else address

    def say(self, state: str) -> None:
        """Send READY=1, WATCHDOG=1 or STOPPING=1."""
        if self._address:
            kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK  # nobody waits for systemd
            with socket.socket(socket.AF_UNIX, kind) as sock:
                try:
                    sock.connect(self._address)
                    sock.send(state.encode())
                except OSError as error:
                    log.warning("systemd cannot be told %s: %s", state, error)


@dataclass(kw_only=True)
class Keeping:
    """How long things are kept that the cloud has."""

    records_days: float
    photos_h: float


@dataclass(kw_only=True)
class Health:
    """The pulse of one gate."""

    identity: Identity
    clock: Clock
    gps_offset_s: Callable[[], float | None]  # system time minus satellite time
    locator: Locator
    fix_age_max_s: float
    link: Link
    faults: Faults
    records: RecordStore
    photos: PhotoStore
    papers: PaperStore
    lanes: Sequence[Callable[[], LaneHealth]]
    state_dir: Path
    keeping: Keeping
    every_s: float
    board: Callable[[], Board] = Board
    parts: Mapping[str, Callable[[], float]] = field(default_factory=dict)  # monotonic second of each one's last turn
    hung_after_s: float = HUNG_S
    watchdog: Watchdog = field(default_factory=lambda: Watchdog(None))

    def __post_init__(self) -> None:
        """Begin to count how long this run lasts."""
        self._began_s = self.clock.monotonic_s()
        self._probing_since_s: float | None = None  # a write to the disk is under way
        self._hung: tuple[str, ...] = ()  # as last said

    async def run(self) -> None:
        """Look every second, report every `every_s`, tidy every hour, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pulse())
            group.create_task(self._reports())  # on its own: a link that hangs must not stop the pulse
            group.create_task(self._probes())  # and neither must a disk

    async def _pulse(self) -> None:
        housekeeping_s = self.clock.monotonic_s()
        while True:
            self.look()
            # a database that hangs starves the watchdog, which is what it is for
            self.faults.report("DISK-FULL", stands=not await self.records.has_room())
            if self.alive():
                self.watchdog.say("WATCHDOG=1")
            if self.clock.monotonic_s() >= housekeeping_s:
                housekeeping_s = self.clock.monotonic_s() + HOUSEKEEPING_S
                await self._tidy()
            await self.clock.sleep(LOOK_S)

    def alive(self) -> bool:
        """Whether lanes, outbox and disk take their turns: only then systemd is told, and ends an agent that hangs."""
        now_s = self.clock.monotonic_s()
        turns = {name: turn_s() for name, turn_s in self.parts.items()}
        if self._probing_since_s is not None:
            turns["disk"] = self._probing_since_s
        hung = tuple(name for name, turn_s in turns.items() if now_s - turn_s > self.hung_after_s)
        if hung != self._hung:
            log.critical("hanging parts: %s", ", ".join(hung) or "none any more")
            self._hung = hung
        return not hung

    async def _probes(self) -> None:
        """Write to the disk now and then: one that takes no writes is told, one that hangs shows in `alive`."""
        while True:
            self._probing_since_s = self.clock.monotonic_s()
            try:
                await asyncio.to_thread(write_atomically, self.state_dir / PROBE_FILE, b"")
                failed = False
            except OSError as error:
                failed = error.errno not in {errno.ENOSPC, errno.EDQUOT}  # a full one has its own code
                log.error("the disk cannot be written: %s", error)  # noqa: TRY400 - the cause is the text
            self._probing_since_s = None
            self.faults.report("DISK-FAILED", stands=failed)
            await self.clock.sleep(PROBE_S)

    async def _reports(self) -> None:
        while True:
            await self.report()
            await self.clock.sleep(self.every_s)

    def look(self) -> None:
        """Bring the standing faults up to date."""
        now, faults = self.clock.now(), self.faults
        fault = clock_fault(now, self.gps_offset_s())
        faults.only((fault,) if fault else (), among=CLOCK_FAULTS)
        faults.only(self._gps(), among=GPS_FAULTS)
        papers, lapsed = self.papers.current(now)
        old = lapsed or self.papers.is_stale(now)
        faults.only(("NO-PAPERS",) if papers is None else ("PAPERS-OLD",) if old else (), among=PAPER_FAULTS)
        faults.report("SECRETS-UNREAD", stands=self.papers.unopened is not None)
        faults.report("LINK-DOWN", stands=not self.link.up)
        free = shutil.disk_usage(self.state_dir).free
        faults.report("PICTURES-SHED", stands=self.photos.shed_lately(round(now.at.timestamp() * 1000)))
        faults.report("DISK-LOW", stands=DISK_RESERVE_BYTES <= free < DISK_LOW_BYTES)
        board = self.board()
        faults.report("POWER-LOW", stands=board.under_voltage is True)
        faults.report("BOARD-HOT", stands=board.temperature_c is not None and board.temperature_c >= HOT_C)

    def _gps(self) -> tuple[str, ...]:
        fix = self.locator.fix()
        if fix.mode < 2 or fix.lat is None:  # noqa: PLR2004 - gpsd: 2 is a two-dimensional fix
            return (fix.why if fix.why in GPS_FAULTS else "GPS-NO-FIX",)
        stale = self.clock.monotonic_s() - fix.fresh_mono_s > self.fix_age_max_s
        return ("GPS-STALE",) if stale else ()

    async def report(self) -> None:
        """Send telemetry now, if the link is up; it is not stored: the next one tells as much."""
        signed = self.identity.sign(Typ.TELEMETRY, await self.telemetry())
        await self._publish(topics.telemetry(self.identity.gate), signed)

    async def telemetry(self) -> Telemetry:
        """Return how the gate is now."""
        oldest_ms, photos_waiting = await self.records.oldest_unsent_ms(), await self.photos.waiting()
        now, up_s = self.clock.now(), self.clock.monotonic_s()
        head, papers, fix, board = self.records.head, self.papers.in_force, self.locator.fix(), self.board()
        reckoned = self.papers.reckoned(now)
        return Telemetry(
            v=1,
            gate=self.identity.gate,
            boot=self.identity.boot,
            time=now,
            outbox_depth=self.records.depth,
            outbox_oldest_s=max(0.0, now.at.timestamp() - oldest_ms / 1000) if oldest_ms is not None else 0.0,
            head_epoch=head.epoch if head else 0,
            head_seq=head.seq if head else 0,
            manifest=papers.manifest.version if papers else 0,
            lanes=tuple(lane() for lane in self.lanes),
            photos_waiting=photos_waiting,
            photos_shed=self.photos.shed,
            # the receiver's thread may have been at it since we looked at the clock
            gps_age_s=max(0.0, round(up_s - fix.fresh_mono_s, 1)) if fix.fresh_mono_s > 0 else None,
            disk_free_mb=shutil.disk_usage(self.state_dir).free // 2**20,
            temperature_c=board.temperature_c,
            under_voltage=board.under_voltage,
            gps_mode=min(max(fix.mode, 0), GPS_MODE_MAX),
            manifest_age_s=_age_s(reckoned, papers.manifest.issued) if papers and reckoned else None,
            uptime_s=round(up_s - self._began_s, 1),
            faults=self.faults.all(),
        )

    async def announce(self, state: Literal["ONLINE", "OFFLINE"]) -> None:
        """Say that this run is alive, or that it ends; retained."""
        await self._publish(topics.state(self.identity.gate), self.state(state), retain=True)

    def state(self, state: Literal["ONLINE", "OFFLINE"]) -> bytes:
        """Return the signed statement; OFFLINE is also what the broker keeps as Last Will."""
        identity = self.identity
        message = GateState(v=1, gate=identity.gate, boot=identity.boot, state=state, at=self.clock.now().at)
        return identity.sign(Typ.STATE, message)

    async def _publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        if not self.link.up:
            return
        try:
            await self.link.publish(topic, payload, retain=retain)
        except LinkDownError as error:
            log.info("%s did not leave: %s", topic, error)

    async def _tidy(self) -> None:
        """Let go of what the cloud has had for long enough, and note the time seen."""
        await self.papers.observe(self.clock.now())
        now = self.papers.reckoned(self.clock.now())
        if now is None:  # without a trusted time nothing can be said to be old
            return
        now_ms = round(now.timestamp() * 1000)
        try:
            gone = await self.records.expire(now_ms - round(self.keeping.records_days * 86_400_000))
            await self.photos.expire(now_ms - round(self.keeping.photos_h * 3_600_000))
        except NotStoredError as error:
            log.warning("housekeeping waits: %s", error)
            return
        log.info("housekeeping: %d received records let go", gone)


def _age_s(now: datetime, then: datetime) -> float:
    return max(0.0, round((now - then).total_seconds(), 1))
