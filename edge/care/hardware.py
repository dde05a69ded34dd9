"""The hardware of a lane as the technician sees it: the real devices, with a memory of what they last showed.

A picture or a card that is tried here is no evidence: nothing of it reaches the lane, the outbox or the picture shelf.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from edge.domain.view import Step
from edge.ports import CameraError, ReaderStatus, Tap

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from edge.domain.view import LaneView
    from edge.ports import Camera, Clock, Light, Reader, Shot
    from schemas.messages import LaneHealth


class LastPicture(NamedTuple):
    """What the last try of a camera showed."""

    at: datetime
    error: str  # code and text of the failure; empty where a picture came
    size: int = 0
    width_px: int = 0
    height_px: int = 0
    took_s: float = 0.0


class WatchedCamera:
    """Implements `edge.ports.Camera`: one picture at a time, whoever asks, and what the last try showed."""

    def __init__(self, camera: Camera, clock: Clock) -> None:
        self._camera = camera
        self._clock = clock
        self._turn = asyncio.Lock()  # a camera of this machine serves one program at a time
        self.last: LastPicture | None = None
        self.last_good: LastPicture | None = None

    async def take(self) -> Shot:
        """Return one picture, or raise CameraError."""
        async with self._turn:
            began_s = self._clock.monotonic_s()
            try:
                shot = await self._camera.take()
            except CameraError as error:
                self.last = LastPicture(self._clock.now().at, str(error))
                raise
            took_s = self._clock.monotonic_s() - began_s
            at = self._clock.now().at
            self.last = self.last_good = LastPicture(at, "", len(shot.jpeg), shot.width_px, shot.height_px, took_s)
            return shot


class WatchedReader:
    """Implements `edge.ports.Reader`: passes everything on to the lane, but the one card that was asked for here."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._to_lane: Callable[[Tap | ReaderStatus], None] = lambda _event: None
        self._asked: asyncio.Future[Tap] | None = None
        self._still: Callable[[], bool] = lambda: False
        self.status: ReaderStatus | None = None  # None: it said nothing yet
        self.last_tap_s: float | None = None  # monotonic second

    def start(self, on_event: Callable[[Tap | ReaderStatus], None]) -> None:
        """Begin to sense."""
        self._to_lane = on_event
        self._reader.start(self._receive)

    async def stop(self) -> None:
        """Close the device and end the thread."""
        await self._reader.stop()

    @property
    def asked(self) -> bool:
        """Whether the next card belongs to the technician."""
        return self._asked is not None and not self._asked.done() and self._still()

    async def read_one(self, within_s: float, still: Callable[[], bool]) -> Tap | None:
        """Return the next card, which the lane does not see; None where none came, or the lane needed the reader.

        `still` says whether the lane has no use for the reader: as soon as it has, every card is the lane's again.
        """
        self._asked, self._still = asyncio.get_running_loop().create_future(), still
        try:
            async with asyncio.timeout(within_s):
                return await self._asked
        except TimeoutError:
            return None
        finally:
            self._asked = None

    def _receive(self, event: Tap | ReaderStatus) -> None:
        if isinstance(event, ReaderStatus):
            self.status = event
        else:
            self.last_tap_s = event.seen_mono_s
            if self._asked is not None and self.asked:
                self._asked.set_result(event)
                return
        self._to_lane(event)


@dataclass(kw_only=True)
class LaneHardware:
    """One lane: what it is doing, and its devices."""

    id: str
    view: Callable[[], LaneView]
    health: Callable[[], LaneHealth]
    reader: WatchedReader
    camera: WatchedCamera
    light: Light

    @property
    def at_rest(self) -> bool:
        """Whether nobody works at the lane: only then is anything tried or ended here."""
        view = self.view()
        return view.step is Step.IDLE and not view.busy
