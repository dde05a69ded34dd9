"""The picture shelf: originals as the camera sent them, by the hash of their bytes, with the queue of uploads.

A picture is on disk before the event that names it; one that no event names (power cut in between) is laid aside.
Where the quota is reached the least needed go first, and what goes before the cloud has it is remembered as shed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from edge.domain.need import Need
from edge.store.database import NotStoredError
from edge.store.files import write_atomically
from schemas.envelope import b64url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.store.database import Database
    from schemas.messages import EventTime

log = logging.getLogger("sealgate.photos")
ASKED_FOR_MAX = 8  # of each kind that a command asks for: a cloud that asks on and on fills no disk
UNNAMED_BYTES_MAX = 256 * 2**20  # laid aside: the oldest go first

SHED_TOLD_MS = 86_400_000  # for so long the lane says that pictures were shed; telemetry counts them longer
SHED_KEPT_MS = 90 * 86_400_000
# what was asked for goes up among the most needed, since somebody waits for it, and is shed before all others
GOES_UP = f"CASE WHEN need = {Need.ASKED} THEN {Need.KEPT} ELSE need END"

Kind: TypeAlias = Literal["PHOTO", "PAPER", "TEST", "DIAGNOSTICS"]  # as PhotoUpload has them


class Waiting(NamedTuple):
    """What the cloud does not have yet: a picture whose event is stored, or what a command asked for."""

    sha256: str
    size: int
    at_ms: int
    kind: Kind = "PHOTO"
    turn: int = Need.KEPT  # what goes up before what


class _Spare(NamedTuple):
    """A picture that may go: the cloud has it, or it can be missed."""

    sha256: str
    size: int
    sent: bool


class PhotoStore:
    """Pictures of one gate: files in a directory, their states in the outbox database."""

    def __init__(self, folder: Path, database: Database, bytes_max: int, now: Callable[[], EventTime]) -> None:
        self._folder = folder
        self._aside = folder.with_name(f"{folder.name}-unnamed")
        self._database = database
        self._bytes_max = bytes_max
        self._now = now
        self._bytes = 0
        self._turn = asyncio.Lock()  # one writer at a time
        self._held: Counter[str] = Counter()  # by sessions that may yet name them; two lanes may hold the same bytes
        self._shed_last_ms: int | None = None
        self.shed = 0  # pictures given up before the cloud had them

    async def load(self, *, sweep: bool = True) -> None:
        """Take stock: half and shed pictures go, those laid aside come back if an event names them now.

        What no event names is laid aside, unless `sweep` is off: after damage its event may yet be saved.
        """
        for folder in (self._folder, self._aside):
            folder.mkdir(parents=True, exist_ok=True)
        named = {row[0] for row in await self._database.rows("SELECT sha256 FROM photo")}
        given_up = {row[0] for row in await self._database.rows("SELECT sha256 FROM shed")}
        for path in list(self._aside.iterdir()):
            if path.stem in named:
                path.rename(self._folder / path.name)
        for path in list(self._folder.iterdir()):
            if path.suffix != ".jpg" or path.stem in given_up - named:  # shedding it was cut off by the power
                path.unlink()
            elif path.stem in named or not sweep:
                self._bytes += path.stat().st_size
            else:
                log.warning("a picture that no event names is laid aside: %s", path.name)
                path.rename(self._aside / path.name)
        self._bound_aside()
        await self._count_shed()

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
            raise NotStoredError("DISK-FULL", "the picture quota is used up by pictures that nobody may miss")
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
                    "INSERT INTO photo (sha256, size, at_ms, state, kind, need) VALUES (?, ?, ?, 'WAITING', ?, ?)"
                    " ON CONFLICT (sha256) DO UPDATE SET state = 'WAITING'",
                    *(name, len(content), at_ms, kind, Need.KEPT if kind == "PAPER" else Need.ASKED),
                )
        finally:
            await self.drop(name)
        return name

    async def next(self, after: Waiting | None = None) -> Waiting | None:
        """Return the oldest of the most needed waiting pictures, or the next one behind `after`."""
        rows = await self._database.rows(
            f"SELECT sha256, size, at_ms, kind, {GOES_UP} AS turn FROM photo"  # noqa: S608 - ours
            " WHERE state = 'WAITING' AND (turn, at_ms, sha256) > (?, ?, ?) ORDER BY turn, at_ms, sha256 LIMIT 1",
            *((after.turn, after.at_ms, after.sha256) if after else (-1, -1, "")),
        )
        return Waiting(*rows[0]) if rows else None

    async def waiting(self) -> int:
        """Return how many pictures wait for upload."""
        return int((await self._database.rows("SELECT count(*) FROM photo WHERE state = 'WAITING'"))[0][0])

    async def waits(self, name: str) -> bool:
        """Whether a picture waits for upload: it may have been shed since it was looked up."""
        return bool(await self._database.rows("SELECT 1 FROM photo WHERE sha256 = ? AND state = 'WAITING'", name))

    async def settle(self, name: str, state: str) -> None:
        """Note that the cloud has a picture (SENT) or will not take it (REFUSED)."""
        async with self._database.transaction() as transaction:
            await transaction.execute("UPDATE photo SET state = ? WHERE sha256 = ?", state, name)
            if state == "SENT":  # it was on its way while it was shed here: nothing is lost
                await transaction.execute("DELETE FROM shed WHERE sha256 = ?", name)
        await self._count_shed()

    def shed_lately(self, now_ms: int) -> bool:
        """Whether pictures were shed within the last day."""
        return self._shed_last_ms is not None and now_ms - self._shed_last_ms < SHED_TOLD_MS

    async def expire(self, before_ms: int) -> None:
        """Remove pictures that the cloud has and whose event is older."""
        rows = await self._database.rows("SELECT sha256 FROM photo WHERE state = 'SENT' AND at_ms < ?", before_ms)
        for (name,) in rows:
            if name not in self._held:
                await self._forget(name)
        async with self._database.transaction() as transaction:
            await transaction.execute("DELETE FROM shed WHERE shed_ms < ?", self._now_ms() - SHED_KEPT_MS)
        await self._count_shed()

    async def _shed(self, room: int) -> bool:
        """Make room, the least needed first; nothing is given up in vain, and never what nobody may miss."""
        lacking, going = self._bytes + room - self._bytes_max, list[_Spare]()
        for spare in await self._spare():
            if lacking <= 0:
                break
            going.append(spare)
            lacking -= spare.size
        if lacking > 0:
            return False
        for spare in going:
            await (self._forget(spare.sha256) if spare.sent else self._give_up(spare.sha256))
        await self._count_shed()
        return True

    async def _spare(self) -> list[_Spare]:
        """Return what may go, the first to go first: what the cloud has, then what is least needed, the oldest of each.

        Not what a session holds: its event may name the same bytes in a moment.
        """
        rows = await self._database.rows(
            "SELECT sha256, size, state = 'SENT' AS sent FROM photo"
            " WHERE state = 'SENT' OR (state = 'WAITING' AND need > ?)"
            " ORDER BY sent DESC, CASE state WHEN 'SENT' THEN 0 ELSE -need END, at_ms, sha256",
            Need.KEPT,
        )
        return [_Spare(name, size, bool(sent)) for name, size, sent in rows if name not in self._held]

    async def _give_up(self, name: str) -> None:
        """Remove a picture that the cloud does not have; that it was is on disk before it is gone."""
        log.error("picture %s is shed before its upload: the quota is reached", name)
        async with self._database.transaction() as transaction:
            await transaction.execute(
                "INSERT OR REPLACE INTO shed (sha256, size, at_ms, need, shed_ms)"
                " SELECT sha256, size, at_ms, need, ? FROM photo WHERE sha256 = ?",
                *(self._now_ms(), name),
            )
            await transaction.execute("DELETE FROM photo WHERE sha256 = ?", name)
        self._remove(name)

    async def _count_shed(self) -> None:
        rows = await self._database.rows("SELECT count(*), max(shed_ms) FROM shed")
        self.shed, self._shed_last_ms = rows[0]

    def _now_ms(self) -> int:
        return round(self._now().at.timestamp() * 1000)

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
