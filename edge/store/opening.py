"""How the outbox opens after whatever happened: whole, shorter than the mark, damaged, or for the first time.

A new chain epoch begins only with a signed EpochEvent that names the last head known, so that the cloud sees the
break and a person can explain it. What can still be read of a damaged file is saved; the file is set aside.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from edge.store.database import DamagedError, Database
from edge.store.held import remember
from edge.store.high_water import HighWater, Mark
from edge.store.records import RecordStore
from schemas import envelope
from schemas.envelope import Rejected, Typ
from schemas.messages import EpochEvent, Record, ScanEvent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from edge.domain.identity import Identity
    from schemas.messages import EventTime, Link

log = logging.getLogger("sealgate.store")
Cause = Literal["ENROLMENT", "CORRUPTION", "REPLACEMENT"]
SALVAGE_ROWS_MAX = 1_000_000
SALVAGE_UNKNOWN_ROWS = 10_000  # tried where the file no longer tells how many it has

_Saved: TypeAlias = tuple[Record, bytes]


@dataclass(kw_only=True)
class Opened:
    """The outbox, and what a person must hear about its opening (fault codes)."""

    records: RecordStore
    database: Database
    faults: list[str] = field(default_factory=list)


async def open_records(
    path: Path, high_water_path: Path, identity: Identity, now: Callable[[], EventTime], bytes_max: int
) -> Opened:
    """Open the outbox; raises NotStoredError where the disk refuses.

    1. A file that is not sound is set aside, and its readable records are saved into a new one.
    2. A head below the high-water mark means a lost tail: the chain goes on in a new epoch.
    3. So it does under a new key, and at the very first start.
    """
    high_water = HighWater(high_water_path)
    try:
        database, damaged = await Database.open(path, bytes_max), False
    except DamagedError as error:
        aside = _set_aside(path)
        log.error("the outbox is damaged and set aside as %s: %s", aside, error)  # noqa: TRY400 - the cause is the text
        database, damaged = await Database.open(path, bytes_max), True
        await _save(database, _salvage(aside, identity))
    records = RecordStore(database, path, high_water, identity)
    await records.load()
    opened = Opened(records=records, database=database, faults=["STORE-DAMAGED"] if damaged else [])
    cause = await _cause(opened, high_water.mark, identity.key.kid, damaged=damaged)
    if cause is not None:
        await _begin(records, now(), cause, _last(records.head, high_water.mark))
        await _note_key(database, identity.key.kid)
    return opened


async def _cause(opened: Opened, mark: Mark | None, kid: str, *, damaged: bool) -> Cause | None:
    """Return why a new epoch must begin; None where the chain simply goes on."""
    head = opened.records.head
    known = await opened.database.rows("SELECT kid FROM chain_key")
    if head is None and mark is None and not damaged:
        return "ENROLMENT"
    if damaged or head is None or (mark is not None and head[:2] < mark[:2]):
        if "STORE-DAMAGED" not in opened.faults:
            opened.faults.append("STORE-DAMAGED")
        log.error("the outbox ends at %s, the mark says %s: a new epoch begins", head, mark)
        return "CORRUPTION"
    if known and known[0][0] != kid:
        opened.faults.append("KEY-CHANGED")
        return "ENROLMENT"
    return None


def _last(head: Mark | None, mark: Mark | None) -> Mark | None:
    return max((known for known in (head, mark) if known is not None), default=None, key=lambda known: known[:2])


async def _begin(records: RecordStore, time: EventTime, cause: Cause, last: Mark | None) -> None:
    """Begin the epoch after the last one known.

    Where none is known (first start, or a new card in an old kiosk) its number is the second of its beginning,
    so that it meets no epoch that this gate id wrote in an earlier life.
    """
    epoch = last.epoch + 1 if last is not None else max(1, int(time.at.timestamp()))

    def build(link: Link) -> EpochEvent:
        last_epoch, last_seq, last_hash = last or (0, 0, None)
        return EpochEvent(
            v=1, link=link, time=time, cause=cause, last_epoch=last_epoch, last_seq=last_seq, last_hash=last_hash
        )

    await records.begin_epoch(epoch, last, build)


async def _note_key(database: Database, kid: str) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("INSERT OR REPLACE INTO chain_key (one, kid) VALUES (1, ?)", kid)


def _set_aside(path: Path) -> Path:
    """Move the file with its log out of the way, never over an earlier one."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for ending in ("", "-wal", "-shm"):
        source = path.with_name(path.name + ending)
        if source.exists():
            source.rename(aside.with_name(aside.name + ending))
    return aside


def _salvage(aside: Path, identity: Identity) -> list[_Saved]:
    """Read what a damaged file still gives, row by row; only records whose own signature verifies are believed."""
    saved: list[_Saved] = []
    try:
        with closing(sqlite3.connect(aside)) as connection:
            for number in range(1, _last_row(connection) + 1):
                jws = _one_row(connection, number)
                record = _believed(jws, identity) if jws is not None else None
                if jws is not None and record is not None:
                    saved.append((record, jws))
    except sqlite3.DatabaseError as error:
        log.warning("the damaged file cannot be read further: %s", error)
    return saved


def _last_row(connection: sqlite3.Connection) -> int:
    try:
        return min(connection.execute("SELECT max(id) FROM record").fetchone()[0] or 0, SALVAGE_ROWS_MAX)
    except sqlite3.DatabaseError:
        return SALVAGE_UNKNOWN_ROWS


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


async def _save(database: Database, saved: list[_Saved]) -> None:
    """Put salvaged records into the new file; what the damaged one knew of receipts is asked of the cloud again."""
    async with database.transaction() as transaction:
        for record, jws in saved:
            link, at_ms = record.link, round(record.time.at.timestamp() * 1000)
            await transaction.execute(
                "INSERT OR IGNORE INTO record (epoch, seq, hash, at_ms, jws) VALUES (?, ?, ?, ?, ?)",
                *(link.epoch, link.seq, envelope.fingerprint(jws), at_ms, jws),
            )
            if isinstance(record, ScanEvent):
                await remember(transaction, record, at_ms)
    log.warning("%d records were saved from the damaged file", len(saved))
