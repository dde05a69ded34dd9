"""The task of one lane: takes card, press or change one after the other, so that no two of them meet half-way."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from edge.domain.showing import Surroundings, show
from edge.domain.view import Act, LaneView, Refused, Step
from edge.lane.desk import Bell, Desk
from edge.lane.pictures import Pictures
from edge.lane.presses import Presses
from edge.lane.procedure import Procedure
from edge.ports import CameraError, ReaderStatus, Tap
from schemas.messages import LaneHealth, Location, Quality

if TYPE_CHECKING:
    from edge.lane.desk import Equipment
    from edge.settings import Lane as Settings

log = logging.getLogger("sealgate.lane")
INBOX_MAX = 64
TICK_S = 1.0  # how often a lane looks at its time-outs and its place


class _Press(NamedTuple):
    act: Act
    done: asyncio.Future[None]


class _PapersChanged:
    """The manifest in force is another one."""


_Item = Tap | ReaderStatus | _Press | _PapersChanged


class Lane:
    """One reader with its camera, its light and its page."""

    def __init__(
        self,
        settings: Settings,
        desk: Desk,
        equipment: Equipment,
    ) -> None:
        self.id = settings.id
        self.changed = Bell()
        self._desk = desk
        self._reader = equipment.reader
        self._camera = equipment.camera
        self._light = equipment.light
        self._pictures = Pictures(desk, equipment.camera, equipment.examiner)
        self._procedure = Procedure(settings, desk, self._pictures, equipment.light, changed=self.changed.ring)
        self._presses = Presses(self._procedure)
        self._inbox: deque[_Item] = deque()
        self._arrived = asyncio.Event()
        self._location: Location | None = None  # as last shown
        self._reader_up = False
        self._taps = 0
        self._torn = 0
        self.turn_s = desk.clock.monotonic_s()  # when the lane last took its turn: the watchdog asks

    async def run(self) -> None:
        """Serve the lane until cancelled."""
        self._light.show(None)
        self._reader.start(self._receive)
        try:
            while True:
                self.turn_s = self._desk.clock.monotonic_s()
                await self._handle(await self._next())
        finally:
            self._light.show(None)
            for item in self._inbox:
                _refuse(item)
            await self._reader.stop()

    def view(self) -> LaneView:
        """Return the whole state for the page."""
        desk, now, left_s = self._desk, self._desk.clock.now(), self._procedure.seconds_left()
        session = self._procedure.session
        pictures = self._pictures.read(session.pictures)
        return show(
            replace(session, pictures=pictures),
            Surroundings(
                id=self.changed.rung,
                gate=desk.gate,
                lane=self.id,
                papers=desk.papers.in_force,
                clock="" if now.quality is Quality.UNSET else now.at.isoformat(),
                online=desk.online(),
                waiting=desk.records.depth,
                faults=desk.faults.of(self.id),
                simulation=desk.simulation,
                location=self._location,
                seconds_left=None if left_s is None else max(0, math.ceil(left_s)),
                busy=self._procedure.busy,
                tag_s=self._procedure.judge.tag_left_s(),
                direction=self._procedure.direction,
                holds_here=tuple(desk.holds_here.items()),
                now=None if now.quality is Quality.UNSET else now.at,
            ),
        )

    async def act(self, act: Act) -> LaneView:
        """Carry out one press of the page; raises Refused where it is not possible now."""
        if len(self._inbox) >= INBOX_MAX or self._procedure.busy:
            raise Refused("NOT-NOW")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._put(_Press(act, done))
        await done
        return self.view()

    def papers_changed(self) -> None:
        """Look again at a running session: a hold shows at once."""
        self._put(_PapersChanged())

    def health(self) -> LaneHealth:
        """Return the state of the lane's hardware."""
        camera_up = not any(code.startswith("CAM-") for code in self._desk.faults.of(self.id))
        return LaneHealth(
            lane=self.id, reader_up=self._reader_up, camera_up=camera_up, taps=self._taps, torn=self._torn
        )

    async def probe_camera(self) -> None:
        """Try the camera while nobody needs it, so that a missing one is known before the next vehicle."""
        if self._procedure.session.step is not Step.IDLE:
            return
        try:
            await self._camera.take()
        except CameraError as error:
            self._procedure.camera_said(error.code)
        else:
            self._procedure.camera_said(None)

    def _receive(self, event: Tap | ReaderStatus) -> None:
        if len(self._inbox) >= INBOX_MAX:
            log.warning("lane %s cannot follow: a reader event is dropped", self.id)
            return
        self._put(event)

    def _put(self, item: _Item) -> None:
        self._inbox.append(item)
        self._arrived.set()

    async def _next(self) -> _Item | None:
        """Return what came, or None after a tick without anything."""
        try:
            async with asyncio.timeout(TICK_S):
                while not self._inbox:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return None
        return self._inbox.popleft()

    async def _handle(self, item: _Item | None) -> None:
        if isinstance(item, Tap):
            self._taps += 1
            self._torn += item.outcome == "TORN"
            await self._procedure.tap(item)
        elif isinstance(item, _Press):
            await self._press(item)
        elif isinstance(item, ReaderStatus):
            self._reader_up = item.up
            log.info("lane %s: reader %s: %s", self.id, "up" if item.up else "down", item.detail)
            self._desk.faults.report("READER-DOWN", stands=not item.up, lane=self.id)
            await (self._procedure.reader_back() if item.up else self._procedure.reader_lost())
        elif isinstance(item, _PapersChanged):
            await self._procedure.look_again()
            self.changed.ring()
        await self._procedure.tick()
        self._look_around()

    async def _press(self, press: _Press) -> None:
        try:
            await self._presses.press(press.act)
        except Refused as refusal:
            if not press.done.done():
                press.done.set_exception(refusal)
        except BaseException:
            _refuse(press)
            raise
        else:
            if not press.done.done():
                press.done.set_result(None)

    def _look_around(self) -> None:
        """Show where the lane stands as soon as it is another place."""
        location = self._procedure.judge.position().location
        if location is not self._location:
            self._location = location
            self.changed.ring()


def _refuse(item: _Item) -> None:
    if isinstance(item, _Press) and not item.done.done():
        item.done.set_exception(Refused("NOT-NOW"))
