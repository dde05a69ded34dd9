"""The outbox: signed records in the order of the chain, kept until the cloud's receipt and some days beyond.

Nothing unsent is ever removed; what was received is kept under the quota and freed first when space is needed,
so that a cloud restored from yesterday's backup can ask for it again.
"""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from edge.domain.ranges import Ranges
from edge.store.database import DISK_RESERVE_BYTES, RESERVE_PAGES, NotStoredError
from edge.store.held import Held, recall, remember, want_pictures_again
from edge.store.high_water import HighWater, Mark
from schemas import envelope
from schemas.envelope import Rejected, Typ
from schemas.messages import Link, ScanEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from edge.domain.identity import Identity
    from edge.store.database import Database
    from schemas.messages import Range, Record

T = TypeVar("T")

COUNTER_KEPT_MS = 90 * 86_400_000
ANY_TIME_MS = 2**62
BEFORE_HEAD = "(epoch, seq) < (SELECT epoch, seq FROM record ORDER BY epoch DESC, seq DESC LIMIT 1)"
FREED_AT_ONCE = 500  # received records removed in one transaction when space is needed


class Stored(NamedTuple):
    """A record on disk."""

    id: int  # order of storing at this gate
    epoch: int
    seq: int
    hash: str
    jws: bytes


class RecordStore:
    """Records of one gate in one database; `opening.open_records` makes it."""

    def __init__(self, database: Database, path: Path, high_water: HighWater, identity: Identity) -> None:
        self._database = database
        self._path = path
        self._high_water = high_water
        self._identity = identity
        self._turn = asyncio.Lock()  # one record at a time: the chain has one head
        self._mark_turn = asyncio.Lock()
        self._received: dict[int, Ranges] = {}
        self._settled_id = 0  # no record up to this id waits for a receipt
        self.head: Mark | None = None
        self.depth = 0  # records neither received nor refused
        self.on_stored: Callable[[Stored], None] = lambda _stored: None

    async def load(self) -> None:
        """Read head, receipts and depth from disk."""
        for epoch, first, last in await self._database.rows("SELECT epoch, first, last FROM received"):
            self._received.setdefault(epoch, Ranges()).add(first, last)
        rows = await self._database.rows("SELECT epoch, seq, hash FROM record ORDER BY epoch DESC, seq DESC LIMIT 1")
        self.head = Mark(*rows[0]) if rows else None
        await self._count()

    async def append(self, build: Callable[[Link], Record]) -> Stored:
        """Put the next link into `build`'s record, sign it, commit it; NotStoredError if the disk or quota refuses.

        Once this returns, the record survives a power cut (synchronous=FULL).
        """
        return await _unbroken(self._append(build, None))

    async def begin_epoch(self, epoch: int, last: Mark | None, build: Callable[[Link], Record]) -> None:
        """Start a new chain epoch that names the last head known, and raise the mark to it."""
        identity = self._identity
        link = Link(gate=identity.gate, epoch=epoch, seq=1, boot=identity.boot, prev=last.hash if last else None)
        await self.raise_high_water(await _unbroken(self._append(build, link)))

    async def _append(self, build: Callable[[Link], Record], link: Link | None) -> Stored:
        async with self._turn:
            await self._make_room()
            record = _within_contract(build(link or self._next_link()))
            jws = self._identity.sign(Typ.SCAN, record)
            name, link = envelope.fingerprint(jws), record.link
            at_ms = round(record.time.at.timestamp() * 1000)
            async with self._database.transaction() as transaction:
                number = await transaction.insert(
                    "INSERT INTO record (epoch, seq, hash, at_ms, jws) VALUES (?, ?, ?, ?, ?)",
                    *(link.epoch, link.seq, name, at_ms, jws),
                )
                if isinstance(record, ScanEvent):
                    await remember(transaction, record, at_ms)
            self.head = Mark(link.epoch, link.seq, name)
            self.depth += 1
            stored = Stored(number, link.epoch, link.seq, name, jws)
        self.on_stored(stored)
        return stored

    def _next_link(self) -> Link:
        head = self.head
        assert head is not None, "the chain is opened with an epoch event"  # noqa: S101 - our own order of calls
        gate, boot = self._identity.gate, self._identity.boot
        return Link(gate=gate, epoch=head.epoch, seq=head.seq + 1, boot=boot, prev=head.hash)

    async def raise_high_water(self, stored: Stored) -> None:
        """Write the mark outside the database; OSError if its medium refuses. A later record's mark stands."""
        mark = Mark(stored.epoch, stored.seq, stored.hash)
        async with self._mark_turn:
            if self._high_water.mark is None or self._high_water.mark[:2] < mark[:2]:
                await asyncio.to_thread(self._high_water.raise_to, mark)

    async def held(self, seal_uid: str, movement: str | None) -> Held:
        """Return what the gate itself knows of a seal and its movement."""
        return await recall(self._database, seal_uid, movement)

    async def unsent(self, after_id: int, up_to_id: int, limit: int) -> list[Stored]:
        """Return records that wait for a receipt, oldest first, with after_id < id ≤ up_to_id."""
        start_id = max(after_id, self._settled_id)
        rows = await self._database.rows(
            "SELECT id, epoch, seq, hash, jws FROM waiting_record WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            *(start_id, up_to_id, limit),
        )
        if rows and start_id == self._settled_id:
            self._settled_id = rows[0][0] - 1
        return [Stored(*row) for row in rows]

    async def has_room(self) -> bool:
        """Whether the next record can be promised: within quota and disk, perhaps by letting received ones go."""
        if shutil.disk_usage(self._path.parent).free < DISK_RESERVE_BYTES:
            return False
        if await self._database.pages_free() >= RESERVE_PAGES:
            return True
        return bool(await self._database.rows(f"SELECT 1 FROM received_record WHERE {BEFORE_HEAD} LIMIT 1"))  # noqa: S608 - ours

    async def last_id(self) -> int:
        """Return the id of the newest record; 0 without any."""
        return int((await self._database.rows("SELECT coalesce(max(id), 0) FROM record"))[0][0])

    async def oldest_unsent_ms(self) -> int | None:
        """Return the event time of the oldest record without receipt."""
        if self.depth == 0:
            return None
        oldest = await self.unsent(0, 2**62, 1)
        rows = await self._database.rows("SELECT at_ms FROM record WHERE id = ?", oldest[0].id) if oldest else []
        return int(rows[0][0]) if rows else None

    async def mark_received(self, stored: Range) -> bool:
        """Free a range if the cloud's head is ours, byte for byte.

        False if it is not, or names a record beyond our head: then somebody else writes under our name. What we lost
        ourselves (a damaged file) has nothing left to free.
        """
        known = self._received.setdefault(stored.epoch, Ranges())
        if stored.first <= stored.last and not known.missing(stored.first, stored.last):
            return True  # said before; the record may be freed by now
        rows = await self._database.rows(
            "SELECT hash FROM record WHERE epoch = ? AND seq = ?", stored.epoch, stored.last
        )
        if stored.first > stored.last or (rows and rows[0][0] != stored.head):
            return False
        if not rows and stored.last not in known:
            return self.head is not None and (stored.epoch, stored.last) <= self.head[:2]

        async def free() -> None:
            freed = 0
            for first, last in known.missing(stored.first, stored.last):
                freed += await self._waiting_between(stored.epoch, first, last)
            known.add(stored.first, stored.last)
            await self._write_ranges(stored.epoch, known)
            self.depth -= freed

        await _unbroken(free())
        return True

    def is_received(self, stored: Stored) -> bool:
        """Whether a receipt has freed a record."""
        return stored.epoch in self._received and stored.seq in self._received[stored.epoch]

    async def refuse(self, name: str, reason: str) -> bool:
        """Park a record that the cloud quarantined, by its hash: kept, not sent again; False if it is not ours."""

        async def park() -> bool:
            if not await self._database.rows("SELECT 1 FROM record WHERE hash = ?", name):
                return False
            waiting = await self._database.rows("SELECT count(*) FROM waiting_record WHERE hash = ?", name)
            async with self._database.transaction() as transaction:
                await transaction.execute("INSERT OR REPLACE INTO refused (hash, reason) VALUES (?, ?)", name, reason)
            self.depth -= waiting[0][0]
            return True

        return await _unbroken(park())

    async def refused(self) -> int:
        """Return how many records are parked."""
        return int((await self._database.rows("SELECT count(*) FROM refused"))[0][0])

    async def send_again(self, epoch: int, first: int, last: int) -> int:
        """Take receipts and refusals of a range back, as the cloud asked; return how many records will be sent.

        The pictures they name go up again too, where the gate still has them.
        """

        async def take_back() -> int:
            async with self._database.transaction() as transaction:
                await transaction.execute(
                    "DELETE FROM refused WHERE hash IN"
                    " (SELECT hash FROM record WHERE epoch = ? AND seq BETWEEN ? AND ?)",
                    *(epoch, first, last),
                )
                await want_pictures_again(transaction, epoch, first, last)
            known = self._received.setdefault(epoch, Ranges())
            known.remove(first, last)
            await self._write_ranges(epoch, known)
            self._settled_id = 0
            await self._count()
            return await self._waiting_between(epoch, first, last)

        return await _unbroken(take_back())

    async def expire(self, before_ms: int) -> int:
        """Remove received records of an older time, and what was remembered of their seals; return how many.

        In small transactions, so that a tap never waits for housekeeping.
        """
        async with self._database.transaction() as transaction:
            await transaction.execute("DELETE FROM passage WHERE at_ms < ?", before_ms)
            await transaction.execute("DELETE FROM detained WHERE at_ms < ?", before_ms - COUNTER_KEPT_MS)
            await transaction.execute("DELETE FROM seal_counter WHERE at_ms < ?", before_ms - COUNTER_KEPT_MS)
        total = 0
        while gone := await self._free(before_ms):
            total += gone
        return total

    async def _free(self, before_ms: int) -> int:
        """Remove the oldest received records of an older time; the head stays, the chain goes on from it."""
        async with self._database.transaction() as transaction:
            return await transaction.execute(
                "DELETE FROM record WHERE id IN (SELECT id FROM received_record"  # noqa: S608 - ours
                f" WHERE {BEFORE_HEAD} AND at_ms < ? ORDER BY id LIMIT ?)",
                *(before_ms, FREED_AT_ONCE),
            )

    async def close(self) -> None:
        """Close database and mark."""
        async with self._turn:
            await self._database.close()
            self._high_water.close()

    async def _make_room(self) -> None:
        """Hold the reserve: free what was received, oldest first; refuse the record where that is not enough."""
        if shutil.disk_usage(self._path.parent).free < DISK_RESERVE_BYTES:
            raise NotStoredError("DISK-FULL", "the file system's reserve is reached")
        while await self._database.pages_free() < RESERVE_PAGES:
            if await self._free(ANY_TIME_MS) == 0:
                raise NotStoredError("DISK-FULL", "the quota is used up by records that wait for a receipt")

    async def _write_ranges(self, epoch: int, ranges: Ranges) -> None:
        async with self._database.transaction() as transaction:
            await transaction.execute("DELETE FROM received WHERE epoch = ?", epoch)
            await transaction.execute_many(
                "INSERT INTO received (epoch, first, last) VALUES (?, ?, ?)", [(epoch, *pair) for pair in ranges]
            )

    async def _waiting_between(self, epoch: int, first: int, last: int) -> int:
        rows = await self._database.rows(
            "SELECT count(*) FROM waiting_record WHERE epoch = ? AND seq BETWEEN ? AND ?",
            *(epoch, first, last),
        )
        return int(rows[0][0])

    async def _count(self) -> None:
        rows = await self._database.rows("SELECT count(*) FROM waiting_record")
        self.depth = int(rows[0][0])


def _within_contract(record: Record) -> Record:
    """Return a record that the cloud can read; AssertionError, our own bug, for one it would refuse for ever."""
    try:
        envelope.decode_record(envelope.encode(record))
    except Rejected as error:
        raise AssertionError(f"a record beyond the contract: {error}") from error
    return record


async def _unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Let work on disk finish even if whoever asked for it is cancelled."""
    return await asyncio.shield(asyncio.ensure_future(work))
