"""Pictures go up over HTTP, signed by the gate's key over hash and length; events first, then pictures by need.

The queue is on disk and survives restarts. A picture leaves it only when the answer names it: any proxy on the way can
send a status, and none may cost us the evidence.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

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
STORED = frozenset({200, 201})
FINAL_STATUS, FINAL_CODE = 422, "PHOTO-HASH"  # the cloud's own word that these bytes are not the ones signed for


class UploadError(Exception):
    """The server could not be reached or did not answer in time."""


class Answer(NamedTuple):
    """What came back, from the cloud or from whoever stands between."""

    status: int
    body: bytes


class Put(Protocol):
    """The HTTP side of an upload."""

    async def __call__(self, sha256: str, jpeg: bytes, signature: bytes) -> Answer:
        """PUT a picture and return the answer; raises UploadError."""


class _Kept(msgspec.Struct):
    gate: str
    sha256: str
    size: int


class _Refusal(msgspec.Struct):
    code: str


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
        self._after: Waiting | None = None  # the picture last not taken: the others have their turn first
        self._untaken: set[str] = set()  # pictures that were answered, but not taken

    def wake(self) -> None:
        """A picture was kept, or the network came back."""
        self._wake.set()

    async def run(self) -> None:
        """Send pictures until cancelled."""
        while True:
            self._wake.clear()
            waiting = await self.photos.next(self._after)
            if waiting is None:
                if self._after is None:
                    await self._pause(LOOK_AGAIN_S)
                self._after = None
                continue
            await self.stand_back()
            if not await self.send(waiting):
                await self._pause(self._delay_s * (0.5 + self.chance.random() / 2))
                self._delay_s = min(2 * self._delay_s, RETRY_DELAY_MAX_S)

    async def stand_back(self) -> None:
        """Leave the line to events while some wait, for a bounded time."""
        for _ in range(EVENTS_FIRST_MAX):
            if self.records.depth == 0:
                break
            await self.clock.sleep(EVENTS_FIRST_S)

    async def send(self, waiting: Waiting) -> bool:
        """Send one picture; True if it left the queue."""
        jpeg = await self.photos.read(waiting.sha256)
        if jpeg is None and not await self.photos.waits(waiting.sha256):
            return True  # shed meanwhile, and told
        if jpeg is None:
            log.error("picture %s is missing or not what it was", waiting.sha256)
            await self._settle(waiting, "REFUSED", "PHOTO-MISSING")
            return True
        gate = self.identity.gate
        upload = PhotoUpload(
            v=1, gate=gate, sha256=waiting.sha256, size=len(jpeg), at=self.clock.now().at, kind=waiting.kind
        )
        try:
            answer = await self.put(waiting.sha256, jpeg, self.identity.sign(Typ.PHOTO, upload))
        except UploadError as error:
            log.info("picture %s waits: %s", waiting.sha256, error)
            self.faults.report("UPLOAD-DOWN", stands=True)
            return False
        if _stored(answer, upload):
            await self._settle(waiting, "SENT")
        elif _final(answer):
            log.error("the cloud refused picture %s: %s", waiting.sha256, FINAL_CODE)
            await self._settle(waiting, "REFUSED", "PHOTO-REFUSED")
        else:
            log.warning("picture %s is sent again later: status %s", waiting.sha256, answer.status)
            self._after = waiting
            self._untaken.add(waiting.sha256)
            self.faults.report("UPLOAD-DOWN", stands=True)
            return False
        self._delay_s = RETRY_DELAY_S
        return True

    async def _settle(self, waiting: Waiting, state: str, fault: str | None = None) -> None:
        await self.photos.settle(waiting.sha256, state)
        self._untaken.discard(waiting.sha256)
        self.faults.report("UPLOAD-DOWN", stands=bool(self._untaken))
        if fault is not None:
            self.faults.report(fault, stands=True)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()


def _stored(answer: Answer, upload: PhotoUpload) -> bool:
    """Whether the cloud says that it has exactly this picture."""
    if answer.status not in STORED:
        return False
    try:
        kept = msgspec.json.decode(answer.body, type=_Kept)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return (kept.gate, kept.sha256, kept.size) == (upload.gate, upload.sha256, upload.size)


def _final(answer: Answer) -> bool:
    """Whether the cloud itself says that it will never take these bytes."""
    if answer.status != FINAL_STATUS:
        return False
    try:
        return msgspec.json.decode(answer.body, type=_Refusal).code == FINAL_CODE
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
