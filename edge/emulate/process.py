"""The emulator as a process: builds the parts of `emulator.toml` and tells in `state.json` where they are.

`sealgate-edge emulate --config emulator.toml` calls `run`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.emulate.cable import Cable
from edge.emulate.camera import EmulatedCamera
from edge.emulate.control import Control
from edge.emulate.deck import Deck, FrontEnd, OfferedCard
from edge.emulate.gps import GpsEmulator
from edge.emulate.pn532 import Pn532
from edge.emulate.scene import Scenes
from edge.emulate.settings import CameraSettings, ConfigError, EmulatorSettings, ReaderSettings, read_settings
from edge.emulate.udp import UdpField

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)
STATE_FILE = "state.json"
EXIT_CONFIG = 2


class Emulator:
    """All parts of one emulator; `start` and `stop` once each, on one event loop."""

    def __init__(self, settings: EmulatorSettings, draw: Callable[[int], bytes]) -> None:
        self._settings = settings
        self.state_dir = Path(settings.state_dir).absolute()
        self.state_dir.mkdir(parents=True, exist_ok=True)
        card_dir = Path(settings.card_dir).absolute() if settings.card_dir else None
        if card_dir is not None:
            card_dir.mkdir(parents=True, exist_ok=True)
        cards = {
            card.id: OfferedCard(card, card_dir / f"{card.uid.upper()}.json" if card_dir else None, draw)
            for card in settings.cards
        }
        self.deck = Deck(cards, {})
        self.scenes = Scenes(settings.camera or CameraSettings())
        self.gps = GpsEmulator(settings.gps) if settings.gps else None
        self.camera = EmulatedCamera(settings.camera, self.scenes.picture, draw) if settings.camera else None
        self.cables = tuple(Cable(cable) for cable in settings.cables)
        self.control = Control(self.deck, self.scenes, self.gps, self.camera, self.cables)

    async def start(self) -> None:
        """Start every part, then write `state.json`."""
        for reader in self._settings.readers:
            self.deck.add_reader(reader.lane, await self._front_end(reader))
        for cable in self.cables:
            await cable.start()
        if self.gps is not None:
            await self.gps.start()
        if self.camera is not None:
            await self.camera.start()
        await self.control.start(self._settings.control_port)
        fresh = self.state_dir / (STATE_FILE + ".new")
        fresh.write_text(json.dumps(self.whereabouts(), indent=2, ensure_ascii=False), encoding="utf-8")
        fresh.replace(self.state_dir / STATE_FILE)

    async def stop(self) -> None:
        """Stop every part and withdraw `state.json`."""
        (self.state_dir / STATE_FILE).unlink(missing_ok=True)
        await self.control.stop()
        if self.camera is not None:
            await self.camera.stop()
        if self.gps is not None:
            await self.gps.stop()
        for cable in self.cables:
            await cable.stop()
        for reader in self.deck.readers.values():
            reader.close()

    def whereabouts(self) -> dict[str, Any]:
        """Return what others need to find the parts: paths for the agent's settings, ports, addresses."""
        return {
            "pid": os.getpid(),
            "control_url": f"http://127.0.0.1:{self.control.port}",
            "readers": {lane: reader.path for lane, reader in self.deck.readers.items()},
            "gpsd": {"host": "127.0.0.1", "port": self.gps.port, "kind": self.gps.kind} if self.gps else None,
            "cameras": {lane: self.camera.url(lane) for lane in self.deck.readers} if self.camera else {},
            "cables": {cable.name: {"host": "127.0.0.1", "port": cable.port} for cable in self.cables},
        }

    async def _front_end(self, reader: ReaderSettings) -> FrontEnd:
        if reader.kind == "udp":
            loop = asyncio.get_running_loop()
            _, field = await loop.create_datagram_endpoint(UdpField, local_addr=("127.0.0.1", reader.port))
            return field
        chip = Pn532(self.state_dir / f"reader-{reader.lane}")
        chip.plug()
        return chip


async def serve(settings: EmulatorSettings) -> None:
    """Run until SIGTERM or SIGINT."""
    emulator, told = Emulator(settings, secrets.token_bytes), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    try:
        await emulator.start()
        log.info("emulator ready: %s", json.dumps(emulator.whereabouts()))
        await told.wait()
    finally:
        with contextlib.suppress(OSError):
            await emulator.stop()


def run(config_path: Path) -> None:
    """Run the emulator that `config_path` describes; a bad file ends with a sentence and exit code 2."""
    try:
        settings = read_settings(Path(config_path))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_CONFIG) from error
    asyncio.run(serve(settings))
