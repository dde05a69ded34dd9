"""Stores the records of a batch once: dedupe on gate, epoch and sequence, then follow each hash chain (R-113)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloud.domain.chain import Break, Chain, Placed, follow, succeeds
from cloud.domain.entry import Entry
from cloud.flows.intake import Proven, Refused
from cloud.flows.lineage import begun_by
from cloud.flows.seal_proof import UNVERIFIED
from cloud.store import records
from schemas.topics import scan as scan_topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from cloud.domain.entry import Beginning
    from cloud.flows.seal_proof import Proof

    Place = tuple[str, int]  # gate and epoch


@dataclass
class Filed:
    """What became of the records of a batch."""

    new: list[Proven] = field(default_factory=list)
    held: dict[tuple[str, int], dict[int, str]] = field(default_factory=lambda: defaultdict(dict))  # place → seq → hash
    forks: list[Refused] = field(default_factory=list)
    breaks: dict[str, list[Break]] = field(default_factory=lambda: defaultdict(list))  # by gate
    duplicates: int = 0


def _entry(one: Proven) -> Entry:
    assert isinstance(one.said, Entry), "only records have a place in the chain"  # noqa: S101 - ours
    return one.said


def file_records(
    connection: Connection,
    arrived: Sequence[Proven],
    proofs: Mapping[str, Proof],
    movements: Mapping[str, str | None],
    now_ms: int,
) -> Filed:
    """Store what is new; `proofs` and `movements` are by record hash.

    The same identity and bytes is a duplicate; other bytes are a fork: refused, and an anomaly of the gate.
    """
    filed = Filed()
    chains = records.chains(connection, {one.gate for one in arrived})
    fresh = _sort_out(connection, arrived, chains, filed)
    rows = [_row(one, proofs.get(one.hash, UNVERIFIED), movements.get(one.hash), now_ms) for one in filed.new]
    records.append(connection, rows, [_photos(one) for one in filed.new])
    moved = {place: _follow(connection, place, chains, placed, filed) for place, placed in fresh.items()}
    records.set_chains(connection, moved)
    chains.update(moved)
    for one in filed.new:
        entry = _entry(one)
        if entry.beginning is not None:
            _check_epoch(connection, (entry.gate, entry.epoch, entry.seq), entry.beginning, chains, filed)
    for (gate, epoch), placed in fresh.items():
        if 1 not in fresh.get((gate, epoch + 1), ()):
            _check_closed(connection, (gate, epoch), placed, chains, filed)
    return filed


def _sort_out(
    connection: Connection, arrived: Sequence[Proven], chains: Mapping[Place, Chain], filed: Filed
) -> dict[Place, dict[int, Placed]]:
    fresh: dict[Place, dict[int, Placed]] = defaultdict(dict)
    known = _known(connection, arrived, chains)
    for one in arrived:
        entry = _entry(one)
        place = entry.place
        hashes = known[place]
        stored = hashes.get(entry.seq)
        if stored is None:
            hashes[entry.seq] = filed.held[place][entry.seq] = one.hash
            fresh[place][entry.seq] = Placed(one.hash, entry.prev)
            filed.new.append(one)
        elif stored == one.hash:
            filed.held[place][entry.seq] = stored
            filed.duplicates += 1
        else:
            identity = f"{entry.gate} epoch {entry.epoch} seq {entry.seq}"
            filed.forks.append(Refused(one.hash, scan_topic(one.gate), one.gate, "FORK", identity, one.jws))
    return fresh


def _known(
    connection: Connection, arrived: Iterable[Proven], chains: Mapping[Place, Chain]
) -> dict[Place, dict[int, str]]:
    """Return what is stored already under the identities of a batch; beyond the chain nothing is."""
    perhaps: dict[Place, set[int]] = defaultdict(set)
    for one in arrived:
        entry = _entry(one)
        place = entry.place
        if place in chains and entry.seq <= chains[place].highest:
            perhaps[place].add(entry.seq)
    known: dict[Place, dict[int, str]] = defaultdict(dict)
    for place, seqs in perhaps.items():
        known[place] = records.hashes(connection, *place, seqs)
    return known


def _row(one: Proven, proof: Proof, movement: str | None, now_ms: int) -> records.Row:
    entry = _entry(one)
    place = (one.gate, one.site, entry.epoch, entry.seq, one.hash, entry.prev)
    times = (entry.event_ms, entry.lower_ms, entry.upper_ms, now_ms)
    scan = entry.scan
    if scan is None:
        return records.Row(*place, "EPOCH", *times, one.jws)
    said = (scan.lane, scan.operation, scan.verdict, scan.uid or None)
    proven = (proof.counter, proof.word, scan.location)
    return records.Row(*place, "SCAN", *times, one.jws, *said, *proven, movement, scan.outage)


def _photos(one: Proven) -> tuple[str, ...]:
    scan = _entry(one).scan
    return scan.photos if scan is not None else ()


def _follow(
    connection: Connection, place: Place, chains: Mapping[Place, Chain], placed: Mapping[int, Placed], filed: Filed
) -> Chain:
    chain = chains.get(place, Chain())
    beyond = dict(placed)
    if chain.highest > chain.contiguous and _closes(connection, place, chain.contiguous + 1, placed):
        beyond = records.beyond(connection, *place, chain.contiguous)
    moved, breaks = follow(place[1], chain, beyond)
    filed.breaks[place[0]].extend(breaks)
    return moved._replace(highest=max(moved.highest, chain.highest, *placed))


def _closes(connection: Connection, place: Place, seq: int, placed: Mapping[int, Placed]) -> bool:
    """Whether a gap has closed at `seq`, now or before: a walk may have ended at its limit."""
    return seq in placed or bool(records.hashes(connection, *place, [seq]))


def _check_epoch(
    connection: Connection,
    identity: tuple[str, int, int],
    begins: Beginning,
    chains: Mapping[Place, Chain],
    filed: Filed,
) -> None:
    """Hold the head that a new epoch names against what is stored of the epoch before it."""
    gate, epoch, seq = identity
    last = gate, begins.last_epoch
    if begins.last_epoch == 0 or last not in chains:
        return
    at_last = records.hashes(connection, *last, [begins.last_seq]).get(begins.last_seq)
    if not succeeds(begins.last_seq, begins.last_hash, chains[last], at_last):
        head = at_last or chains[last].head
        filed.breaks[gate].append(Break(epoch, seq, begins.last_hash, head))


def _check_closed(
    connection: Connection, place: Place, placed: Mapping[int, Placed], chains: Mapping[Place, Chain], filed: Filed
) -> None:
    """Hold records that come after the next epoch has begun against the head which that epoch named."""
    gate, epoch = place
    begins = begun_by(records.jws_at(connection, gate, epoch + 1, 1)) if (gate, epoch + 1) in chains else None
    if begins is not None and begins.last_epoch == epoch and max(placed) >= begins.last_seq:
        _check_epoch(connection, (gate, epoch + 1, 1), begins, chains, filed)
