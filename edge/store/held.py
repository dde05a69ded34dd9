"""What the gate itself knows of seals and movements beyond its papers: completed steps, counters seen, pictures owed.

Written in the transaction of the record it follows from, so that it can be rebuilt from records.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from edge.domain.need import needs_of
from edge.domain.seal_word import CardRead, counter_of
from schemas import envelope
from schemas.messages import Operation, ScanEvent, SealProof, Verdict

if TYPE_CHECKING:
    from edge.store.database import Database, Transaction

READ_AT_ONCE = 200  # records looked through for their pictures


class Held(NamedTuple):
    """What the gate itself knows of a seal and its movement, beyond its papers."""

    done_here: Operation | None
    held_here: datetime | None  # when this gate put the movement on hold
    counter_seen: int | None  # the highest of any message that was not found to be forged
    counter_proved: int | None  # the highest of those that verified


async def recall(database: Database, seal_uid: str, movement: str | None) -> Held:
    """Return what was completed here of a movement and the highest counters recorded of a seal."""
    rows = await database.rows(
        "SELECT (SELECT operation FROM passage WHERE movement = ?1), counter, proved,"
        " (SELECT at_ms FROM detained WHERE movement = ?1) FROM (SELECT 1) LEFT JOIN seal_counter ON uid = ?2",
        *(movement, seal_uid),
    )
    operation, seen, proved, held_ms = rows[0]
    held_here = None if held_ms is None else datetime.fromtimestamp(held_ms / 1000, UTC)
    return Held(Operation(operation) if operation is not None else None, held_here, seen, proved)


async def remember(transaction: Transaction, record: ScanEvent, at_ms: int) -> None:
    """Keep, in the record's own transaction, what later decisions and uploads need of it."""
    for photo, need in needs_of(record):
        await transaction.execute("DELETE FROM shed WHERE sha256 = ?", photo.sha256)  # taken again, byte for byte
        await transaction.execute(
            "INSERT INTO photo (sha256, size, at_ms, state, need) VALUES (?, ?, ?, 'WAITING', ?)"
            # the same bytes may have gone up as a test: now they are evidence, and go up as such
            " ON CONFLICT (sha256) DO UPDATE SET kind = 'PHOTO', state = 'WAITING', at_ms = excluded.at_ms,"
            " need = excluded.need WHERE kind <> 'PHOTO'",
            *(photo.sha256, photo.size, at_ms, need),
        )
        # and one picture may belong to two events: what either needs it for is what it is needed for
        await transaction.execute("UPDATE photo SET need = min(need, ?) WHERE sha256 = ?", need, photo.sha256)
    if record.decision.verdict is Verdict.GO and record.movement is not None:
        await transaction.execute(
            "INSERT OR REPLACE INTO passage (movement, operation, at_ms) VALUES (?, ?, ?)",
            *(record.movement, record.operation, at_ms),
        )
    if record.operation is Operation.ABNORMAL_IN and record.movement is not None:
        await transaction.execute(
            "INSERT OR REPLACE INTO detained (movement, at_ms) VALUES (?, ?)", record.movement, at_ms
        )
    for paper in record.papers:
        await transaction.execute(
            "INSERT INTO photo (sha256, size, at_ms, state, kind) VALUES (?, ?, ?, 'WAITING', 'PAPER')"
            " ON CONFLICT (sha256) DO NOTHING",
            *(paper.sha256, paper.size, at_ms),
        )
    await _count(transaction, record, at_ms)


async def _count(transaction: Transaction, record: ScanEvent, at_ms: int) -> None:
    """Keep the counter that a seal showed. A forged message raises none: it would lock the genuine seal out."""
    tag, proof = record.tag, record.decision.proof
    if tag is None or proof is SealProof.FAILED:
        return
    counter = counter_of(CardRead(uid=tag.uid, chip=tag.chip, ndef=bytes.fromhex(tag.ndef) if tag.ndef else None))
    if counter is None:
        return
    await transaction.execute(
        "INSERT INTO seal_counter (uid, counter, proved, at_ms) VALUES (?, ?, ?, ?) ON CONFLICT (uid) DO UPDATE"
        " SET counter = max(counter, excluded.counter), at_ms = excluded.at_ms,"
        " proved = CASE WHEN excluded.proved > coalesce(proved, -1) THEN excluded.proved ELSE proved END",
        *(tag.uid, counter, counter if proof is SealProof.VERIFIED else None, at_ms),
    )


async def want_pictures_again(transaction: Transaction, epoch: int, first: int, last: int) -> None:
    """Queue the pictures that a range of our records names, as far as the gate still has them."""
    sql = "SELECT seq, jws FROM record WHERE epoch = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
    while rows := await transaction.rows(sql, epoch, first, last, READ_AT_ONCE):
        records = [envelope.decode_record(envelope.unb64url(jws.split(b".")[1])) for _, jws in rows]  # signed by us
        await transaction.execute_many(
            "UPDATE photo SET state = 'WAITING' WHERE sha256 = ?",
            [(photo.sha256,) for record in records if isinstance(record, ScanEvent) for photo in record.photos],
        )
        first = rows[-1][0] + 1
