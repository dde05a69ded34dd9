"""What the cloud may ask of the device: a test picture, diagnostics, a restart. Nothing here touches evidence."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.ports import CameraError
from edge.store.commands import Outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from edge.care.hardware import LaneHardware
    from edge.ports import Clock
    from edge.store.photos import Kind, PhotoStore
    from schemas.messages import Command

log = logging.getLogger("sealgate.care")
LOOK_S = 0.5
REST_WAIT_MAX_S = (
    300.0  # a restart waits so long for lanes at work; each step of a session has its own limit below that
)


@dataclass(kw_only=True)
class Errands:
    """The errands of one gate, run one after the other."""

    clock: Clock
    lanes: Mapping[str, LaneHardware]
    photos: PhotoStore
    bundle: Callable[[], Awaitable[bytes]]  # the diagnostics, packed
    wake: Callable[[], None]  # the uploads
    end: Callable[[], None]  # the agent

    async def test_photo(self, command: Command) -> Outcome:
        """Take a picture at a lane at rest and put it up."""
        name = command.lane or (next(iter(self.lanes)) if len(self.lanes) == 1 else "")
        lane = self.lanes.get(name)
        if lane is None:
            return Outcome("REFUSED", f"no lane {name!r} here: {', '.join(self.lanes)}")
        if not lane.at_rest:
            return Outcome("FAILED", f"lane {name} is at work")
        try:
            shot = await lane.camera.take()
        except CameraError as error:
            return Outcome("FAILED", f"{error.code} at lane {name}")
        sha256 = await self._put_up(shot.jpeg, "TEST")
        return Outcome("DONE", f"lane {name}: {shot.width_px}x{shot.height_px}, {len(shot.jpeg)} bytes", sha256)

    async def diagnostics(self, _command: Command) -> Outcome:
        """Collect log and state of the hardware and put them up."""
        packed = await self.bundle()
        return Outcome("DONE", f"{len(packed)} bytes", await self._put_up(packed, "DIAGNOSTICS"))

    async def may_restart(self, _command: Command) -> Outcome:
        """Say DONE once every lane is at rest; the restart itself comes after the answer."""
        give_up_s = self.clock.monotonic_s() + REST_WAIT_MAX_S
        while busy := self._busy():
            if self.clock.monotonic_s() >= give_up_s:
                return Outcome("FAILED", f"lane {busy} is at work")
            await self.clock.sleep(LOOK_S)
        return Outcome("DONE", "restarting")

    async def restart(self) -> None:
        """End the agent; its supervisor starts it again. A session that began meanwhile is let finish first."""
        while self._busy():
            await self.clock.sleep(LOOK_S)
        log.warning("the agent ends because the cloud asked for a restart")
        self.end()

    def _busy(self) -> str | None:
        return next((lane.id for lane in self.lanes.values() if not lane.at_rest), None)

    async def _put_up(self, content: bytes, kind: Kind) -> str:
        sha256 = await self.photos.put_up(content, kind, round(self.clock.now().at.timestamp() * 1000))
        self.wake()
        return sha256
