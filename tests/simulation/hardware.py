"""The hardware of a simulated lane, behind the ports of `edge.ports`: cards, camera, receiver, lamp."""

from __future__ import annotations

import contextvars
import io
from typing import TYPE_CHECKING

from PIL import Image

from edge.ports import Fix, ReaderStatus, Shot, Tap

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from datetime import datetime

    from schemas.messages import Verdict
    from tests.simulation.machine import Machine
    from tests.simulation.virtual import VirtualLoop
    from tests.town import Place

READ_S = 0.03
ACCURACY_M = 12.0
SIDE_PX = 16


class SimReader:
    """A reader to which the world holds cards."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._on_event: Callable[[Tap | ReaderStatus], None] = lambda _event: None
        self._context = contextvars.copy_context()

    def start(self, on_event: Callable[[Tap | ReaderStatus], None]) -> None:
        self._on_event = on_event
        self._context = contextvars.copy_context()  # events run as part of the machine that listens
        self._emit(ReaderStatus(up=True, detail="simulated"))

    async def stop(self) -> None:
        self._on_event = lambda _event: None

    def hold(self, uid: str, ndef: bytes | None) -> None:
        """Hold a card to the reader: a seal with its message, or a badge."""
        self._emit(
            Tap(
                uid=uid,
                chip="OTHER" if ndef is None else "NTAG424",
                outcome="UID_ONLY" if ndef is None else "READ",
                ndef=ndef,
                seen_mono_s=self._loop.time(),
                read_s=READ_S,
            )
        )

    def tear(self, uid: str) -> None:
        """A card that left too early."""
        seen_s = self._loop.time()
        self._emit(Tap(uid=uid, chip="OTHER", outcome="TORN", ndef=None, seen_mono_s=seen_s, read_s=READ_S))

    def _emit(self, event: Tap | ReaderStatus) -> None:
        self._context.copy().run(self._on_event, event)


class SimCamera:
    """A camera whose every picture differs."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    async def take(self) -> Shot:
        raw = io.BytesIO()
        Image.new("RGB", (SIDE_PX, SIDE_PX)).save(raw, "JPEG")
        comment = self._chance.randbytes(16)
        jpeg = raw.getvalue()
        # a COM segment right after SOI: another picture by its bytes, the same to look at
        unique = jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]
        return Shot(jpeg=unique, width_px=SIDE_PX, height_px=SIDE_PX)


class SimLocator:
    """A receiver that stands in the middle of its yard."""

    def __init__(self, loop: VirtualLoop, place: Place, now: Callable[[], datetime]) -> None:
        self._loop = loop
        self._place = place
        self._now = now

    def fix(self) -> Fix:
        return Fix(
            mode=3,
            lat=self._place.lat,
            lon=self._place.lon,
            accuracy_m=ACCURACY_M,
            gps_time=self._now(),
            fresh_mono_s=self._loop.time(),
        )


class SimLight:
    """A lamp whose every change is written down outside the gate."""

    def __init__(self, machine: Machine, seen: Callable[[Verdict], None]) -> None:
        self._machine = machine
        self._seen = seen

    def show(self, verdict: Verdict | None) -> None:
        if verdict is None:
            return
        self._machine.stops_at("before the light")
        self._seen(verdict)
