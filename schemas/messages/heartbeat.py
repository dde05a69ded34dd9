"""How a gate says that it lives: telemetry, birth and last will."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from schemas.messages.vocabulary import BootId, Code, Count, EventTime, GateId, Message, Model, Seconds, UtcTime


class LaneHealth(Model, frozen=True, kw_only=True):
    """State of one lane's hardware."""

    lane: Annotated[str, Meta(max_length=16)]
    reader_up: bool
    camera_up: bool
    taps: Count = 0
    torn: Count = 0  # taps that broke off; never "no seal"


class Telemetry(Message, frozen=True, kw_only=True):
    """Heartbeat: signed, since an empty outbox at a time is what makes silence evidence (B0 watermark)."""

    gate: GateId
    boot: BootId
    time: EventTime
    outbox_depth: Count
    outbox_oldest_s: Seconds
    head_epoch: Count
    head_seq: Count
    manifest: Count
    lanes: Annotated[tuple[LaneHealth, ...], Meta(max_length=16)]
    photos_waiting: Count = 0
    photos_shed: Count = 0  # given up at the quota before the cloud had them, within 90 days
    gps_age_s: Seconds | None = None
    disk_free_mb: Count | None = None
    temperature_c: float | None = None
    under_voltage: bool | None = None  # None: this board does not tell
    gps_mode: Annotated[int, Meta(ge=0, le=3)] | None = None  # gpsd: 0 unknown, 1 no fix, 2 2D, 3 3D
    manifest_age_s: Seconds | None = None
    uptime_s: Seconds | None = None
    faults: Annotated[tuple[Code, ...], Meta(max_length=32)] = ()


class GateState(Message, frozen=True, kw_only=True):
    """Birth (ONLINE) and, signed beforehand as Last Will, death (OFFLINE) of one agent run."""

    gate: GateId
    boot: BootId
    state: Literal["ONLINE", "OFFLINE"]
    at: UtcTime  # when this statement was signed
