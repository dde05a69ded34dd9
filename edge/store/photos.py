"""The picture shelf: originals as the camera sent them, by the hash of their bytes, with the queue of uploads.

A picture is on disk before the event that names it; one that no event names (power cut in between) is laid aside.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from edge.store.database import NotStoredError
from edge.store.files import write_atomically
from schemas.envelope import b64url

if TYPE_CHECKING:
    from pathlib import Path

    from edge.store.database import Database

log = logging.getLogger("sealgate.photos")
ASKED_FOR_MAX = 8  # of each kind that a command asks for: a cloud that asks on and on fills no disk
UNNAMED_BYTES_MAX = 256 * 2**20  # laid aside: the oldest go first

Kind: TypeAlias = Literal["PHOTO", "PAPER", "TEST", "DIAGNOSTICS"]  # as PhotoUpload has them


class Waiting(NamedTuple):
    """What the cloud does not have yet: a picture whose event is stored, or what a command asked for."""

    sha256: str
    size: int
    at_ms: int
    kind: Kind = "PHOTO"


class PhotoStore:
    """Pictures of one gate: files in a directory, their states in the outbox database."""

    def __init__(self, folder: Path, database: Database, bytes_max: int) -> None:
        self._folder = folder
        self._aside = folder.with_name(f"{folder.name}-unnamed")
        self._database = database
        self._bytes_max = bytes_max
        self._bytes = 0
        self._turn = asyncio.Lock()  # one writer at a time
        self._held: Counter[str] = Counter()  # by sessions that may yet name them; two lanes may hold the same bytes

    async def load(self, *, sweep: bool = True) -> None:
        """Take stock: half pictures go, those laid aside come back if an event names them now.

        What no event names is laid aside, unless `sweep` is off: after damage its event may yet be saved.
        """
        for folder in (self._folder, self._aside):
            folder.mkdir(parents=True, exist_ok=True)
        named = {row[0] for row in await self._database.rows("SELECT sha256 FROM photo")}
        for path in list(self._aside.iterdir()):
            if path.stem in named:
                path.rename(self._folder / path.name)
        for path in list(self._folder.iterdir()):
            if path.suffix != ".jpg":
                path.unlink()
            elif path.stem in named or not sweep:
                self._bytes += path.stat().st_size
            else:
                log.warning("a picture that no event names is laid aside: %s", path.name)
                path.rename(self._aside / path.name)
        self._bound_aside()

    def _bound_aside(self) -> None:
        files = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in self._aside.iterdir())
        room = UNNAMED_BYTES_MAX
        for _, size, path in reversed(files):
            room -= size
            if room < 0:
                log.warning("a picture laid aside is removed for want of room: %s", path.name)
                path.unlink()

    async def keep(self, jpeg: bytes) -> str:
        """Store the exact bytes and return their hash, held until `drop`; NotStoredError if quota or disk refuse."""
        name = b64url(hashlib.sha256(jpeg).digest())
        async with self._turn:
            if not self._path(name).exists():
                await self._write(name, jpeg)
            self._held[name] += 1
        return name

    async def _write(self, name: str, jpeg: bytes) -> None:
        if self._bytes + len(jpeg) > self._bytes_max and not await self._shed(len(jpeg)):
            raise NotStoredError("DISK-FULL", "the picture quota is used up by pictures that wait for upload")
        try:
            await asyncio.to_thread(write_atomically, self._path(name), jpeg)
        except OSError as error:
            raise NotStoredError("DISK-FULL", str(error)) from error
        self._bytes += len(jpeg)

    async def read(self, name: str) -> bytes | None:
        """Return the original bytes; None where this gate no longer has them, or they are not what the name says."""
        try:
            jpeg = await asyncio.to_thread(self._path(name).read_bytes)
        except (OSError, ValueError):
            return None
        return jpeg if b64url(hashlib.sha256(jpeg).digest()) == name else None

    async def drop(self, name: str) -> None:
        """Let go of a picture: it is removed once nobody holds it and no event names it."""
        self._held[name] -= 1
        if self._held[name] > 0:
            return
        del self._held[name]
        if not await self._database.rows("SELECT 1 FROM photo WHERE sha256 = ?", name):
            self._remove(name)

    async def put_up(self, content: bytes, kind: Kind, at_ms: int) -> str:
        """Store what no event names and queue it for upload; return its hash; NotStoredError if quota or disk refuse.

        What is evidence already stays evidence; what went up before goes up again.
        """
        name = await self.keep(content)
        try:
            rows = await self._database.rows("SELECT count(*) FROM photo WHERE kind = ? AND state = 'WAITING'", kind)
            if rows[0][0] >= ASKED_FOR_MAX:
                raise NotStoredError("UPLOAD-DOWN", f"{ASKED_FOR_MAX} of kind {kind} wait already")
            async with self._database.transaction() as transaction:
                await transaction.execute(
                    "INSERT INTO photo (sha256, size, at_ms, state, kind) VALUES (?, ?, ?, 'WAITING', ?)"
                    " ON CONFLICT (sha256) DO UPDATE SET state = 'WAITING'",
                    *(name, len(content), at_ms, kind),
                )
        finally:
            await self.drop(name)
        return name

    async def next(self, after: Waiting | None = None) -> Waiting | None:
        """Return the oldest waiting picture, or the next one behind `after`."""
        rows = await self._database.rows(
            "SELECT sha256, size, at_ms, kind FROM photo WHERE state = 'WAITING' AND (at_ms, sha256) > (?, ?)"
            " ORDER BY at_ms, sha256 LIMIT 1",
            *((after.at_ms, after.sha256) if after else (-1, "")),
        )
        return Waiting(*rows[0]) if rows else None

    async def waiting(self) -> int:
        """Return how many pictures wait for upload."""
        return int((await self._database.rows("SELECT count(*) FROM photo WHERE state = 'WAITING'"))[0][0])

    async def settle(self, name: str, state: str) -> None:
        """Note that the cloud has a picture (SENT) or will not take it (REFUSED)."""
        async with self._database.transaction() as transaction:
            await transaction.execute("UPDATE photo SET state = ? WHERE sha256 = ?", state, name)

    async def expire(self, before_ms: int) -> None:
        """Remove pictures that the cloud has and whose event is older."""
        for name, _ in await self._sent(before_ms):
            await self._forget(name)

    async def _shed(self, room: int) -> bool:
        """Make room by removing what the cloud has, oldest first; never a picture it lacks."""
        for name, _ in await self._sent(2**62):
            if self._bytes + room <= self._bytes_max:
                break
            await self._forget(name)
        return self._bytes + room <= self._bytes_max

    async def _sent(self, before_ms: int) -> list[tuple[str, int]]:
        return await self._database.rows(
            "SELECT sha256, size FROM photo WHERE state = 'SENT' AND at_ms < ? ORDER BY at_ms", before_ms
        )

    async def _forget(self, name: str) -> None:
        async with self._database.transaction() as transaction:
            await transaction.execute("DELETE FROM photo WHERE sha256 = ?", name)
        self._remove(name)

    def _remove(self, name: str) -> None:
        path = self._path(name)
        if path.exists():
            self._bytes -= path.stat().st_size
            path.unlink()

    def _path(self, name: str) -> Path:
        if not name.replace("-", "").replace("_", "").isalnum():
            raise ValueError("not the name of a picture")
        return self._folder / f"{name}.jpg"
