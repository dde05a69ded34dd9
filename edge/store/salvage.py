"""What a damaged outbox still holds comes over into the new one, however often the power goes meanwhile.

How far each damaged file is read stands in the new database, in the transaction of the records themselves.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from edge.store.database import DISK_RESERVE_BYTES, RESERVE_PAGES, NotStoredError
from edge.store.held import remember
from schemas import envelope
from schemas.envelope import Rejected, Typ
from schemas.messages import Record, ScanEvent

if TYPE_CHECKING:
    from pathlib import Path

    from edge.domain.identity import Identity
    from edge.store.database import Database

log = logging.getLogger("sealgate.store")
ROWS_MAX = 1_000_000
UNKNOWN_ROWS = 10_000  # tried where the file no longer tells how many it has
BATCH_ROWS = 500
ROOM_PAGES = 4 * RESERVE_PAGES  # left free, so that the gate can store, send and thereby make room for the rest

_Saved: TypeAlias = tuple[Record, bytes]


class Salvage(NamedTuple):
    """How the damaged files of an outbox stand."""

    unexplained: bool  # one of them has no epoch event yet that tells the cloud of the break
    unfinished: bool  # one of them still holds records: the next start goes on


def set_aside(path: Path) -> Path:
    """Move the file with its log out of the way, never over an earlier one."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for ending in ("", "-wal", "-shm"):
        source = path.with_name(path.name + ending)
        if source.exists():
            source.rename(aside.with_name(aside.name + ending))
    return aside


async def bring_over(database: Database, path: Path, identity: Identity) -> Salvage:
    """Save what every damaged file beside `path` still gives, as far as there is room for it."""
    unexplained = unfinished = False
    for file in _set_aside_before(path):
        await _begin(database, file)
        rows = await database.rows("SELECT epoch FROM salvage WHERE file = ?", file.name)
        unexplained = unexplained or rows[0][0] is None
        try:
            unfinished = not await _read(database, file, identity) or unfinished
        except NotStoredError as error:
            log.error("saving from %s stops until the next start: %s", file.name, error)  # noqa: TRY400 - the text says it
            unfinished = True
    return Salvage(unexplained, unfinished)


def _set_aside_before(path: Path) -> list[Path]:
    """Return the damaged files, oldest first, without their logs."""
    numbered = {each.name.rpartition("-")[2]: each for each in path.parent.glob(f"{path.name}.damaged-*")}
    return [numbered[number] for number in sorted(filter(str.isdecimal, numbered), key=int)]


async def explain(database: Database, epoch: int) -> None:
    """Note that the event at the head of `epoch` tells the cloud of every break until now."""
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE salvage SET epoch = ? WHERE epoch IS NULL", epoch)


async def _begin(database: Database, file: Path) -> None:
    """Note a damaged file and the rows to look for in it, once."""
    if await database.rows("SELECT 1 FROM salvage WHERE file = ?", file.name):
        return
    first, last = 1, UNKNOWN_ROWS
    try:
        with closing(sqlite3.connect(file)) as connection:
            low, high = connection.execute("SELECT min(id), max(id) FROM record").fetchone()
            first, last = low or 1, min(high or 0, (low or 1) + ROWS_MAX)
    except sqlite3.DatabaseError as error:
        log.warning("%s no longer tells how many records it has: %s", file.name, error)
    async with database.transaction() as transaction:
        await transaction.execute("INSERT INTO salvage (file, next, last) VALUES (?, ?, ?)", file.name, first, last)


async def _read(database: Database, file: Path, identity: Identity) -> bool:
    """Bring over batch by batch; whether the file is read to its end."""
    start, last = (await database.rows("SELECT next, last FROM salvage WHERE file = ?", file.name))[0]
    total = 0
    for first in range(start, last + 1, BATCH_ROWS):
        if not await _room(database, file):
            log.error("no room for all records of %s: the next start goes on with row %d", file.name, first)
            return False
        total += await _save(database, file, _salvage(file, range(first, first + BATCH_ROWS), identity), first)
    if start <= last:
        log.warning("%d records were saved from %s", total, file.name)
    return True


async def _room(database: Database, file: Path) -> bool:
    disk_bytes = shutil.disk_usage(file.parent).free
    return disk_bytes >= DISK_RESERVE_BYTES and await database.pages_free() >= ROOM_PAGES


def _salvage(file: Path, numbers: range, identity: Identity) -> list[_Saved]:
    """Read rows one by one; only records whose own signature verifies are believed."""
    saved: list[_Saved] = []
    try:
        with closing(sqlite3.connect(file)) as connection:
            for number in numbers:
                jws = _one_row(connection, number)
                record = _believed(jws, identity) if jws is not None else None
                if jws is not None and record is not None:
                    saved.append((record, jws))
    except sqlite3.DatabaseError as error:
        log.warning("%s cannot be read further: %s", file.name, error)
    return saved


def _one_row(connection: sqlite3.Connection, number: int) -> bytes | None:
    try:
        row = connection.execute("SELECT jws FROM record WHERE id = ?", (number,)).fetchone()
    except sqlite3.DatabaseError:
        return None
    return row[0] if row is not None and isinstance(row[0], bytes) else None


def _believed(jws: bytes, identity: Identity) -> Record | None:
    key = identity.key.verifying_key
    try:
        return envelope.decode_record(envelope.verify(jws, Typ.SCAN, lambda kid: key if kid == key.kid else None))
    except Rejected:
        return None


async def _save(database: Database, file: Path, saved: list[_Saved], first: int) -> int:
    """Put a batch into the new file; what the damaged one knew of receipts is asked of the cloud again."""
    async with database.transaction() as transaction:
        for record, jws in saved:
            link, at_ms = record.link, round(record.time.at.timestamp() * 1000)
            await transaction.execute(
                "INSERT OR IGNORE INTO record (epoch, seq, hash, at_ms, jws) VALUES (?, ?, ?, ?, ?)",
                *(link.epoch, link.seq, envelope.fingerprint(jws), at_ms, jws),
            )
            if isinstance(record, ScanEvent):
                await remember(transaction, record, at_ms)
        await transaction.execute("UPDATE salvage SET next = ? WHERE file = ?", first + BATCH_ROWS, file.name)
    return len(saved)
