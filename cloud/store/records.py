"""Records of the gates, append-only, and how far each gate's chain is stored; quarantine is a room of its own."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, func, select

from cloud.domain.chain import Chain, Placed
from cloud.domain.history import NOT_VERIFIED, Read
from cloud.domain.intervals import UNKNOWN, Interval
from cloud.store.bulk import fetch, insert_rows
from cloud.store.schema import chain, record, record_photo
from cloud.store.upsert import upsert
from schemas.messages import Location, Operation, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

# Records beyond a gap that are walked in one step when it closes; the rest follows with the epoch's next records.
GAP_ROWS_MAX = 20_000
_READS_OF = (
    "SELECT seal_uid, gate, epoch, seq, site, event_ms, lower_ms, upper_ms, operation, verdict, location, proof,"
    " counter, movement_id, outage FROM record WHERE seal_uid {among}"
)
# of the partial index's own condition: a look at a small index, for every movement that is folded
_UNREAD = _READS_OF.replace("seal_uid {among}", "movement_id {among} AND seal_uid IS NULL")
_CHAINS = "SELECT gate, epoch, contiguous, head, highest FROM chain WHERE gate {among}"
_OPERATIONS = {one.value: one for one in Operation}
_VERDICTS = {one.value: one for one in Verdict}
_LOCATIONS = {one.value: one for one in Location}


class Row(NamedTuple):
    """A record to be stored; the names are those of the columns."""

    gate: str
    site: str
    epoch: int
    seq: int
    hash: str
    prev: str | None
    kind: str  # SCAN / EPOCH
    event_ms: int
    lower_ms: int | None
    upper_ms: int | None
    record_ms: int
    jws: bytes
    lane: str | None = None
    operation: str | None = None
    verdict: str | None = None
    seal_uid: str | None = None
    counter: int | None = None
    proof: str | None = None
    location: str | None = None
    movement_id: str | None = None
    outage: str | None = None


def append(connection: Connection, rows: Sequence[Row], photos: Sequence[Sequence[str]]) -> None:
    """Store new records, and for each the hashes of the pictures it names, each once.

    An identity that is there already is an IntegrityError: then two ingest workers own one shard.
    """
    first = _next_ids(connection, len(rows))
    insert_rows(
        connection, record, ("id", *Row._fields), [(row_id, *row) for row_id, row in zip(first, rows, strict=True)]
    )
    claims = [(row_id, sha, row.gate) for row_id, row, named in zip(first, rows, photos, strict=True) for sha in named]
    insert_rows(connection, record_photo, ("record_id", "sha256", "gate"), claims)


def _next_ids(connection: Connection, count: int) -> Sequence[int]:
    if connection.dialect.name == "postgresql":
        drawn = select(func.nextval("record_id_seq")).select_from(func.generate_series(1, count))
        return connection.scalars(drawn).all()
    # One writer at a time, and nothing is ever deleted: the next ids are ours.
    newest = connection.scalar(select(func.max(record.c.id))) or 0
    return range(newest + 1, newest + 1 + count)


def hashes(connection: Connection, gate: str, epoch: int, seqs: Iterable[int]) -> dict[int, str]:
    """Return the hashes stored under these sequences."""
    statement = select(record.c.seq, record.c.hash).where(
        record.c.gate == gate, record.c.epoch == epoch, record.c.seq.in_(sorted(set(seqs)))
    )
    return {row.seq: row.hash for row in connection.execute(statement)}


def beyond(connection: Connection, gate: str, epoch: int, seq: int) -> dict[int, Placed]:
    """Return the records stored after `seq`, by sequence."""
    after = select(record.c.seq, record.c.hash, record.c.prev).where(
        record.c.gate == gate, record.c.epoch == epoch, record.c.seq > seq
    )
    rows = connection.execute(after.order_by(record.c.seq).limit(GAP_ROWS_MAX))
    return {row.seq: Placed(row.hash, row.prev) for row in rows}


def jws_at(connection: Connection, gate: str, epoch: int, seq: int) -> bytes | None:
    """Return a record's bytes as received."""
    where = (record.c.gate == gate, record.c.epoch == epoch, record.c.seq == seq)
    return connection.scalar(select(record.c.jws).where(*where))


def epoch_starts(connection: Connection, gates: Iterable[str]) -> list[tuple[str, int, bytes | None]]:
    """Return every epoch of these gates with the bytes of its first record, None while that is not stored."""
    starts = and_(record.c.gate == chain.c.gate, record.c.epoch == chain.c.epoch, record.c.seq == 1)
    statement = select(chain.c.gate, chain.c.epoch, record.c.jws).join_from(chain, record, starts, isouter=True)
    rows = connection.execute(statement.where(chain.c.gate.in_(sorted(set(gates)))))
    return [(row.gate, row.epoch, row.jws) for row in rows]


def chains(connection: Connection, gates: Iterable[str]) -> dict[tuple[str, int], Chain]:
    """Return how far every epoch of these gates is stored."""
    rows = fetch(connection, _CHAINS, sorted(set(gates)))
    return {(gate, epoch): Chain(contiguous, head, highest) for gate, epoch, contiguous, head, highest in rows}


def set_chains(connection: Connection, moved: Mapping[tuple[str, int], Chain]) -> None:
    """Store how far chains have come."""
    rows = [{"gate": gate, "epoch": epoch, **moved[gate, epoch]._asdict()} for gate, epoch in sorted(moved)]
    upsert(connection, chain, rows)


def reads_of(connection: Connection, uids: Iterable[str]) -> dict[str, list[Read]]:
    """Return every stored read of these seals, by UID."""
    found: dict[str, list[Read]] = defaultdict(list)
    wanted = sorted(set(uids))
    if not wanted:
        return found
    for row in fetch(connection, _READS_OF, wanted):
        found[row[0]].append(_read(row))
    return found


def unread_of(connection: Connection, movements: Iterable[str]) -> dict[str, list[Read]]:
    """Return by movement what was recorded of it while its seal could not be read: mostly nothing."""
    found: dict[str, list[Read]] = defaultdict(list)
    for row in fetch(connection, _UNREAD, sorted(set(movements))):
        read = _read(row)
        found[read.movement or ""].append(read)
    return found


def _read(row: Sequence[Any]) -> Read:
    uid, gate, epoch, seq, site, event_ms, lower_ms, upper_ms, operation, verdict, location, *rest = row
    proof, counter, movement, outage = rest
    interval = UNKNOWN if lower_ms is None or upper_ms is None else Interval(lower_ms, upper_ms)
    said = (_OPERATIONS[operation], _VERDICTS[verdict], _LOCATIONS[location])
    known = (proof or NOT_VERIFIED, counter, movement)
    return Read(gate, epoch, seq, site, event_ms, interval, *said, *known, chip=uid is not None, notice=outage)
