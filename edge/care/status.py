"""How the gate and its hardware are now: one document for the technician's page and for diagnostics.

It names no person and no card; where the gate stands is no secret.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from schemas.messages import Telemetry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from edge.care.hardware import LaneHardware
    from edge.domain.identity import Identity
    from edge.ports import Clock, Link, Locator
    from edge.settings import Settings
    from edge.store.papers import PaperStore
    from edge.store.records import RecordStore


class LaneStatus(Struct, frozen=True, kw_only=True):
    """One lane: what it does, and what its devices last showed."""

    id: str
    step: str
    at_rest: bool
    reader: str  # path, as the settings write it
    reader_up: bool
    reader_detail: str  # chip, or why it is down
    reader_asked: bool  # the next card is the technician's
    taps: int
    torn: int
    light: str  # "gpio", "led" or "none"
    camera_up: bool
    camera_error: str
    picture_at: datetime | None
    picture_bytes: int
    picture_size: str  # "1920x1080"
    picture_took_s: float
    faults: tuple[str, ...]


class GpsStatus(Struct, frozen=True, kw_only=True):
    """The receiver's last word."""

    mode: int
    why: str
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    age_s: float | None
    satellites_used: int | None
    satellites_seen: int | None


class PapersStatus(Struct, frozen=True, kw_only=True):
    """The manifest in force; version 0: none."""

    version: int = 0
    issued: datetime | None = None
    expires: datetime | None = None
    lapsed: bool = False
    age_s: float | None = None


class Status(Struct, frozen=True, kw_only=True):
    """One gate, whole."""

    gate: str
    boot: str
    key: str  # thumbprint of the gate's public key
    telemetry: Telemetry
    lanes: tuple[LaneStatus, ...]
    gps: GpsStatus
    papers: PapersStatus
    gps_offset_s: float | None  # system time minus satellite time
    broker: str  # host:port
    link_up: bool
    link_since: datetime | None
    link_code: str  # why it went down the last time
    refused: int  # records that the cloud will not take
    disk_total_mb: int
    faults: tuple[str, ...]


@dataclass(kw_only=True)
class LinkMemory:
    """When the link last changed, and why."""

    since: datetime | None = None
    code: str = ""

    def note(self, at: datetime, code: str = "") -> None:
        """Remember a change; the first of several failures in a row counts."""
        if not code or not self.code:
            self.since = at
        self.code = code


@dataclass(kw_only=True)
class Overview:
    """Looks at every part of one gate."""

    settings: Settings
    identity: Identity
    clock: Clock
    gps_offset_s: Callable[[], float | None]
    locator: Locator
    link: Link
    records: RecordStore
    papers: PaperStore
    lanes: Sequence[LaneHardware]
    telemetry: Callable[[], Awaitable[Telemetry]]
    faults_of: Callable[[str], tuple[str, ...]]
    link_memory: LinkMemory = field(default_factory=LinkMemory)

    async def status(self) -> Status:
        """Return how everything is now."""
        telemetry, mqtt = await self.telemetry(), self.settings.mqtt
        return Status(
            gate=self.identity.gate,
            boot=self.identity.boot,
            key=self.identity.key.kid,
            telemetry=telemetry,
            lanes=tuple(self._lane(lane) for lane in self.lanes),
            gps=self._gps(),
            papers=self._papers(telemetry),
            gps_offset_s=self.gps_offset_s(),
            broker=f"{mqtt.host}:{mqtt.port}",
            link_up=self.link.up,
            link_since=self.link_memory.since,
            link_code=self.link_memory.code,
            refused=await self.records.refused(),
            disk_total_mb=shutil.disk_usage(self.settings.state_dir).total // 2**20,
            faults=telemetry.faults,
        )

    def _lane(self, lane: LaneHardware) -> LaneStatus:
        settings = next(one for one in self.settings.lanes if one.id == lane.id)
        health, said, last, good = lane.health(), lane.reader.status, lane.camera.last, lane.camera.last_good
        return LaneStatus(
            id=lane.id,
            step=lane.view().step,
            at_rest=lane.at_rest,
            reader=settings.reader,
            reader_up=health.reader_up,
            reader_detail=said.detail if said else "",
            reader_asked=lane.reader.asked,
            taps=health.taps,
            torn=health.torn,
            light=settings.light.kind if settings.light else "none",
            camera_up=health.camera_up,
            camera_error=last.error if last else "",
            picture_at=good.at if good else None,
            picture_bytes=good.size if good else 0,
            picture_size=f"{good.width_px}x{good.height_px}" if good else "",
            picture_took_s=round(good.took_s, 3) if good else 0.0,
            faults=self.faults_of(lane.id),
        )

    def _gps(self) -> GpsStatus:
        fix = self.locator.fix()
        age_s = max(0.0, round(self.clock.monotonic_s() - fix.fresh_mono_s, 1)) if fix.fresh_mono_s > 0 else None
        return GpsStatus(
            mode=fix.mode,
            why=fix.why,
            lat=fix.lat,
            lon=fix.lon,
            accuracy_m=round(fix.accuracy_m, 1) if fix.accuracy_m is not None else None,
            age_s=age_s,
            satellites_used=fix.satellites_used,
            satellites_seen=fix.satellites_seen,
        )

    def _papers(self, telemetry: Telemetry) -> PapersStatus:
        papers, lapsed = self.papers.current(self.clock.now())
        if papers is None:
            return PapersStatus()
        return PapersStatus(
            version=papers.manifest.version,
            issued=papers.manifest.issued.astimezone(UTC),
            expires=papers.manifest.expires.astimezone(UTC),
            lapsed=lapsed,
            age_s=telemetry.manifest_age_s,
        )
