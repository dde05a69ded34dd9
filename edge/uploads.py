"""Pictures go up over HTTP, signed by the gate's key over hash and length; events first, then pictures.

The queue is on disk and survives restarts; a picture leaves it only when the cloud says that it has it, or will not.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from schemas.envelope import Typ
from schemas.messages import PhotoUpload

if TYPE_CHECKING:
    import random

    from edge.domain.faults import Faults
    from edge.domain.identity import Identity
    from edge.ports import Clock
    from edge.store.photos import PhotoStore, Waiting
    from edge.store.records import RecordStore

log = logging.getLogger("sealgate.uploads")
LOOK_AGAIN_S = 5.0
EVENTS_FIRST_S = 1.0  # how long to stand back while events wait
EVENTS_FIRST_MAX = 30  # so often in a row: a record the cloud cannot take must not hold pictures for ever
RETRY_DELAY_S = 1.0
RETRY_DELAY_MAX_S = 60.0
DONE = frozenset({200, 201, 204, 409})  # 409: the cloud has it already
REFUSED = frozenset({400, 413, 415, 422})  # these bytes will never be taken


class UploadError(Exception):
    """The server could not be reached or did not answer in time."""


class Put(Protocol):
    """The HTTP side of an upload."""

    async def __call__(self, sha256: str, jpeg: bytes, signature: bytes) -> int:
        """PUT a picture and return the status; raises UploadError."""


@dataclass(kw_only=True)
class Uploads:
    """The picture queue of one gate."""

    identity: Identity
    photos: PhotoStore
    records: RecordStore
    put: Put
    clock: Clock
    faults: Faults
    chance: random.Random

    def __post_init__(self) -> None:
        """Start without a failure."""
        self._wake = asyncio.Event()
        self._delay_s = RETRY_DELAY_S

    def wake(self) -> None:
        """A picture was kept, or the network came back."""
        self._wake.set()

    async def run(self) -> None:
        """Send pictures until cancelled."""
        while True:
            self._wake.clear()
            waiting = await self.photos.next()
            if waiting is None:
                await self._pause(LOOK_AGAIN_S)
                continue
            for _ in range(EVENTS_FIRST_MAX):
                if self.records.depth == 0:
                    break
                await self.clock.sleep(EVENTS_FIRST_S)
            if not await self.send(waiting):
                await self._pause(self._delay_s * (0.5 + self.chance.random() / 2))
                self._delay_s = min(2 * self._delay_s, RETRY_DELAY_MAX_S)

    async def send(self, waiting: Waiting) -> bool:
        """Send one picture; True if it left the queue."""
        jpeg = await self.photos.read(waiting.sha256)
        if jpeg is None:
            log.error("picture %s is missing or not what it was", waiting.sha256)
            self.faults.report("PHOTO-MISSING", stands=True)
            await self.photos.settle(waiting.sha256, "REFUSED")
            return True
        gate = self.identity.gate
        upload = PhotoUpload(v=1, gate=gate, sha256=waiting.sha256, size=len(jpeg), at=self.clock.now().at)
        try:
            status = await self.put(waiting.sha256, jpeg, self.identity.sign(Typ.PHOTO, upload))
        except UploadError as error:
            log.info("picture %s waits: %s", waiting.sha256, error)
            status = None
        if status in DONE:
            await self.photos.settle(waiting.sha256, "SENT")
        elif status in REFUSED:
            log.error("the cloud refused picture %s with status %s", waiting.sha256, status)
            self.faults.report("PHOTO-REFUSED", stands=True)
            await self.photos.settle(waiting.sha256, "REFUSED")
        else:
            log.info("picture %s is sent again later: status %s", waiting.sha256, status)
            self.faults.report("UPLOAD-DOWN", stands=True)
            return False
        self._delay_s = RETRY_DELAY_S
        self.faults.report("UPLOAD-DOWN", stands=False)
        return True

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
