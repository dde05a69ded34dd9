"""The real emulator in a thread of its own, for the strip to drive: two badges, two seals, one location tag."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from edge.emulate.process import Emulator
from edge.emulate.settings import (
    CableSettings,
    CameraSettings,
    CardSettings,
    EmulatorSettings,
    GpsSettings,
    ReaderSettings,
)
from tests.processes import free_port

if TYPE_CHECKING:
    from pathlib import Path

STOP_S = 10.0

CARDS = (
    CardSettings(id="badge-1", kind="uid", uid="04A1B2C3", label_zh="專責人員識別證", label_en="Specialist's badge"),
    CardSettings(
        id="seal-1",
        kind="ntag424",
        uid="04112233445566",
        label_zh="電子封條",
        label_en="E-seal",
        seal_no="ES26-418823",
        container="EGHU9058710",
        plate="KLB-2291",
    ),
    CardSettings(
        id="seal-2",
        kind="ntag424",
        uid="04112233445577",
        label_zh="電子封條",
        label_en="E-seal",
        seal_no="ES26-418700",
        container="TCLU4265727",
        plate="KLB-1180",
    ),
    CardSettings(id="place-1", kind="ntag213", uid="04998877665544", label_zh="位置標籤", label_en="Location tag"),
)


class RunningEmulator:
    """One emulator; `control_url` once it runs."""

    def __init__(self, state_dir: Path) -> None:
        self._settings = EmulatorSettings(
            state_dir=str(state_dir),
            readers=(ReaderSettings(lane="OUT-1", kind="udp"),),
            cards=CARDS,
            gps=GpsSettings(lat=25.07, lon=121.66, source="own"),
            camera=CameraSettings(),
            cables=(CableSettings(name="mqtt", to_port=free_port()), CableSettings(name="http", to_port=free_port())),
        )
        self._ready = threading.Event()
        self._done: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)
        self.control_url = ""

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(STOP_S)

    def stop(self) -> None:
        if self._loop is not None and self._done is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._done.set)
            self._thread.join(STOP_S)

    async def _serve(self) -> None:
        emulator = Emulator(self._settings, bytes)
        self._done, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await emulator.start()
        self.control_url = f"http://127.0.0.1:{emulator.control.port}"
        self._ready.set()
        await self._done.wait()
        await emulator.stop()
        open_still = asyncio.all_tasks() - {asyncio.current_task()}  # connections that clients keep alive
        for connection in open_still:
            connection.cancel()
        await asyncio.gather(*open_still, return_exceptions=True)
