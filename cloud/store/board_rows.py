"""Rows of the board as `board` reads them: what is stored, not yet how it is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Movement:
    """One sealed trip with the names of its places."""

    id: str
    kind: str
    seal_no: str
    container: str
    plate: str
    transport_order: str
    state: str
    paired_ms: int
    departed_ms: int | None
    arrived_ms: int | None
    arrived_by: str | None
    deadline_ms: int | None
    hold_reason: str | None
    hold_since_ms: int | None
    origin: str
    origin_zh: str
    origin_en: str
    destination: str
    destination_zh: str
    destination_en: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case that nobody has closed yet; the movement's fields are None where it concerns a gate or a seal."""

    id: int
    code: str
    subject: str
    status: str
    occurred_ms: int
    detected_ms: int
    acknowledged_ms: int | None
    rule_version: int
    inputs: dict[str, Any]
    limits: dict[str, Any]
    count: int
    container: str | None
    seal_no: str | None
    origin_zh: str | None
    origin_en: str | None
    destination_zh: str | None
    destination_en: str | None


@dataclass(frozen=True, slots=True)
class Scan:
    """One stored scan event; `jws` holds the rest, verified when it was stored."""

    id: int
    gate: str
    lane: str
    operation: str
    verdict: str
    event_ms: int
    record_ms: int
    proof: str | None  # VERIFIED, NOT_VERIFIED, or why the seal's message was refused
    jws: bytes
    container: str | None
    seal_no: str | None
    site_zh: str | None
    site_en: str | None


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate in service with what it last said; None where it never spoke."""

    id: str
    site: str
    site_zh: str
    site_en: str
    lanes: list[str]
    state: str | None
    state_ms: int | None
    heard_ms: int | None
    telemetry_ms: int | None
    backlog: int | None
    oldest_s: float | None
    telemetry: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Site:
    """One place with the fence in force."""

    code: str
    name_zh: str
    name_en: str
    ring: list[list[float]]
    fictional: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """Movements and cases as they stand."""

    waiting: int
    in_transit: int
    arrived: int
    overdue: int
    held: int
    cases: int
    unacknowledged: int
