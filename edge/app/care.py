"""Joins the parts that care for the device: overview, diagnostics, errands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from edge.care.diagnostics import pack, versions, without_secrets
from edge.care.errands import Errands
from edge.care.status import Overview

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from edge.adapters.gps import GpsdLocator
    from edge.adapters.mqtt import MqttLink
    from edge.app.parts import Stores
    from edge.care.hardware import LaneHardware
    from edge.care.recent import RecentLog
    from edge.clock import SystemClock
    from edge.domain.faults import Faults
    from edge.domain.identity import Identity
    from edge.health import Health
    from edge.settings import Settings
    from edge.store.commands import Outcome
    from edge.uploads import Uploads
    from schemas.messages import Command


class CaredFor(Protocol):
    """What of an agent is looked after."""

    settings: Settings
    identity: Identity
    clock: SystemClock
    stores: Stores
    recent: RecentLog
    faults: Faults
    locator: GpsdLocator
    link: MqttLink
    hardware: dict[str, LaneHardware]
    health: Health
    uploads: Uploads
    overview: Overview

    def end(self) -> None:
        """Stop as on SIGTERM."""


def overview(agent: CaredFor) -> Overview:
    """Return what looks at every part of an agent."""
    return Overview(
        settings=agent.settings,
        identity=agent.identity,
        clock=agent.clock,
        gps_offset_s=agent.clock.gps_offset_s,
        locator=agent.locator,
        link=agent.link,
        records=agent.stores.opened.records,
        papers=agent.stores.papers,
        lanes=tuple(agent.hardware.values()),
        telemetry=agent.health.telemetry,
        faults_of=agent.faults.of,
    )


def bundle(whole: Overview, recent: RecentLog) -> Callable[[], Awaitable[bytes]]:
    """Return what packs the diagnostics of an agent."""

    async def packed() -> bytes:
        status = await whole.status()
        state = {"status": status, "versions": versions(), "settings": without_secrets(whole.settings)}
        return await asyncio.to_thread(pack, state, recent.lines())

    return packed


def errands(agent: CaredFor) -> Errands:
    """Return what the cloud may ask of an agent's device."""
    return Errands(
        clock=agent.clock,
        lanes=agent.hardware,
        photos=agent.stores.photos,
        bundle=bundle(agent.overview, agent.recent),
        wake=agent.uploads.wake,
        end=agent.end,
    )


def by_name(errands: Errands) -> Mapping[str, Callable[[Command], Awaitable[Outcome]]]:
    """Return the errands under the names of their commands."""
    return {
        "TEST_PHOTO": errands.test_photo,
        "DIAGNOSTICS": errands.diagnostics,
        "RESTART": errands.may_restart,
    }
