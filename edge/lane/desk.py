"""What the lanes of a gate share, the bell that tells of a change, and the names of the places where power may fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from edge.lane.pins import Pins

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.domain.faults import Faults
    from edge.domain.view import HoldView
    from edge.ports import Camera, Clock, Examiner, Light, Locator, Reader
    from edge.settings import Session as Limits
    from edge.store.papers import PaperStore
    from edge.store.photos import PhotoStore
    from edge.store.records import RecordStore


HOLDS_HERE_MAX = 50


class CrashPoint(StrEnum):
    """Where the power may fail between tap and light: each has a test that cuts it there."""

    TAP_READ = "TAP_READ"
    DECIDED = "DECIDED"
    PICTURE_TAKEN = "PICTURE_TAKEN"
    PICTURE_ON_DISK = "PICTURE_ON_DISK"
    EVENT_COMMITTED = "EVENT_COMMITTED"
    MARK_RAISED = "MARK_RAISED"
    LIGHT_SHOWN = "LIGHT_SHOWN"


class Bell:
    """Rings whenever a lane's view has changed."""

    def __init__(self) -> None:
        self.rung = 0
        self._waiting = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits."""
        self.rung += 1
        waiting, self._waiting = self._waiting, asyncio.Event()
        waiting.set()

    async def wait(self, after: int | None = None) -> int:
        """Return at the next ring, or at once if it has rung since `after`."""
        if after is None or after >= self.rung:
            await self._waiting.wait()
        return self.rung


@dataclass(frozen=True, kw_only=True)
class Equipment:
    """The hardware of one lane."""

    reader: Reader
    camera: Camera
    light: Light
    examiner: Examiner | None = None  # None: nobody looks at the pictures


@dataclass(kw_only=True)
class Desk:
    """The gate around a lane."""

    gate: str
    clock: Clock
    locator: Locator
    papers: PaperStore
    records: RecordStore
    photos: PhotoStore
    faults: Faults
    limits: Limits
    fix_age_max_s: float
    holds_here: dict[str, HoldView] = field(default_factory=dict)  # made at these lanes, by movement, until papers tell
    pins: Pins = field(init=False)
    online: Callable[[], bool] = lambda: False
    simulation: bool = False
    reached: Callable[[CrashPoint], None] = lambda _point: None

    def __post_init__(self) -> None:
        """Set up what the lanes count together."""
        self.pins = Pins(self.clock)
