"""One emulator in the test's own loop, and a reader whose events can be awaited one by one."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.adapters.nfc import NfcReader
from edge.emulate.process import Emulator
from edge.emulate.settings import EmulatorSettings
from edge.ports import ReaderStatus, Tap

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

EVENT_S_MAX = 30.0
POLL_S = 0.06  # over UDP a presence check that comes sooner would be taken for a repeat

CARDS = [
    {"id": "seal", "kind": "ntag424", "uid": "04E1A2B3C4D580", "key": "00" * 15 + "01", "counter": 7,
     "container": "TGHU1234567", "seal_no": "KE26A0000123", "plate": "HAA-5678"},
    {"id": "seal-2", "kind": "ntag424", "uid": "04E1A2B3C4D590", "mirror": "encrypted"},
    {"id": "badge", "kind": "uid", "uid": "DEADBEEF"},
    {"id": "place", "kind": "ntag213", "uid": "04112233445566"},
    {"id": "place-2", "kind": "ntag213", "uid": "04112233445577"},
    {"id": "visitor", "kind": "odd", "uid": "04998877665544"},
]  # fmt: skip


class Events:
    """What a reader tells, in order; waits have a deadline."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Tap | ReaderStatus] = asyncio.Queue()

    async def next(self) -> Tap | ReaderStatus:
        return await asyncio.wait_for(self.queue.get(), EVENT_S_MAX)

    async def tap(self) -> Tap:
        """The next tap; a reader that stumbles on a busy machine is another test's matter."""
        while not isinstance(event := await self.next(), Tap):
            pass
        return event

    async def read(self) -> Tap:
        """The next tap that came through; a torn one before it is read again by the reader itself."""
        while (tap := await self.tap()).outcome == "TORN":
            pass
        return tap

    async def status(self, *, up: bool) -> ReaderStatus:
        """The next status of this kind; taps before it are another test's matter."""
        while not isinstance(event := await self.next(), ReaderStatus) or event.up is not up:
            pass
        return event


def settings(folder: Path, **tables: object) -> EmulatorSettings:
    cards = [{"label_zh": "卡", "label_en": "card", **card} for card in CARDS]
    document = {"state_dir": str(folder / "state"), "readers": [{"lane": "1"}], "cards": cards, **tables}
    return msgspec.convert(document, EmulatorSettings)


@pytest.fixture
async def emulate(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Emulator]]]:
    """Start an emulator with the given tables; it ends with the test."""
    started: list[Emulator] = []

    async def start(**tables: object) -> Emulator:
        emulator = Emulator(settings(tmp_path, **tables), lambda size: bytes(range(size)))
        await emulator.start()
        started.append(emulator)
        return emulator

    yield start
    for emulator in started:
        await emulator.stop()


@pytest.fixture
async def listen() -> AsyncIterator[Callable[[str], Awaitable[Events]]]:
    """Start a reader at a path and wait until it is up; it stops with the test."""
    readers: list[NfcReader] = []

    async def start(path: str, *, until_up: bool = True) -> Events:
        events, reader = Events(), NfcReader(path, monotonic_s=time.monotonic, poll_s=POLL_S)
        readers.append(reader)
        reader.start(events.queue.put_nowait)
        if until_up:
            await events.status(up=True)
        return events

    yield start
    for reader in readers:
        await reader.stop()
