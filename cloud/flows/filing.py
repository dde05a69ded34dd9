"""Stores the records of a batch once: dedupe on gate, epoch and sequence, then follow each hash chain (R-113)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloud.domain.chain import Break, Chain, Placed, follow, succeeds
from cloud.domain.intervals import UNKNOWN, interval_of, millis
from cloud.flows.intake import Proven, Refused
from cloud.flows.lineage import begun_by
from cloud.flows.seal_proof import UNVERIFIED
from cloud.store import records
from schemas.messages import EpochEvent, ScanEvent
from schemas.topics import scan as scan_topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from cloud.flows.seal_proof import Proof
    from schemas.messages import Link, Record

    Place = tuple[str, int]  # gate and epoch


@dataclass
class Filed:
    """What became of the records of a batch."""

    new: list[Proven] = field(default_factory=list)
    held: dict[tuple[str, int], dict[int, str]] = field(default_factory=lambda: defaultdict(dict))  # place → seq → hash
    forks: list[Refused] = field(default_factory=list)
    breaks: dict[str, list[Break]] = field(default_factory=lambda: defaultdict(list))  # by gate
    duplicates: int = 0


def link_of(one: Proven) -> Link:
    """Return the place of a record in its chain."""
    return _record_of(one).link


def _record_of(one: Proven) -> Record:
    record = one.message
    assert isinstance(record, (ScanEvent, EpochEvent)), "only records have a place in the chain"  # noqa: S101 - ours
    return record


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
        if isinstance(one.message, EpochEvent):
            _check_epoch(connection, one.message, chains, filed)
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
        link = link_of(one)
        place = (link.gate, link.epoch)
        hashes = known[place]
        stored = hashes.get(link.seq)
        if stored is None:
            hashes[link.seq] = filed.held[place][link.seq] = one.hash
            fresh[place][link.seq] = Placed(one.hash, link.prev)
            filed.new.append(one)
        elif stored == one.hash:
            filed.held[place][link.seq] = stored
            filed.duplicates += 1
        else:
            identity = f"{link.gate} epoch {link.epoch} seq {link.seq}"
            filed.forks.append(Refused(one.hash, scan_topic(one.gate), one.gate, "FORK", identity, one.jws))
    return fresh


def _known(
    connection: Connection, arrived: Iterable[Proven], chains: Mapping[Place, Chain]
) -> dict[Place, dict[int, str]]:
    """Return what is stored already under the identities of a batch; beyond the chain nothing is."""
    perhaps: dict[Place, set[int]] = defaultdict(set)
    for one in arrived:
        link = link_of(one)
        place = (link.gate, link.epoch)
        if place in chains and link.seq <= chains[place].highest:
            perhaps[place].add(link.seq)
    known: dict[Place, dict[int, str]] = defaultdict(dict)
    for place, seqs in perhaps.items():
        known[place] = records.hashes(connection, *place, seqs)
    return known


def _row(one: Proven, proof: Proof, movement: str | None, now_ms: int) -> records.Row:
    event = _record_of(one)
    link = event.link
    interval = interval_of(event.time)
    lower_ms, upper_ms = interval if interval != UNKNOWN else (None, None)
    place = (one.gate, one.site, link.epoch, link.seq, one.hash, link.prev)
    times = (millis(event.time.at), lower_ms, upper_ms, now_ms)
    if not isinstance(event, ScanEvent):
        return records.Row(*place, "EPOCH", *times, one.jws)
    return records.Row(
        *place, "SCAN", *times, one.jws, event.lane, event.operation.value, event.decision.verdict.value, event.tag.uid,
        proof.counter, proof.word, event.position.location.value, movement,
    )  # fmt: skip


def _photos(one: Proven) -> list[str]:
    return sorted({photo.sha256 for photo in one.message.photos}) if isinstance(one.message, ScanEvent) else []


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


def _check_epoch(connection: Connection, event: EpochEvent, chains: Mapping[Place, Chain], filed: Filed) -> None:
    """Hold the head that a new epoch names against what is stored of the epoch before it."""
    gate, last = event.link.gate, (event.link.gate, event.last_epoch)
    if event.last_epoch == 0 or last not in chains:
        return
    at_last = records.hashes(connection, *last, [event.last_seq]).get(event.last_seq)
    if not succeeds(event.last_seq, event.last_hash, chains[last], at_last):
        head = at_last or chains[last].head
        filed.breaks[gate].append(Break(event.link.epoch, event.link.seq, event.last_hash, head))


def _check_closed(
    connection: Connection, place: Place, placed: Mapping[int, Placed], chains: Mapping[Place, Chain], filed: Filed
) -> None:
    """Hold records that come after the next epoch has begun against the head which that epoch named."""
    gate, epoch = place
    event = begun_by(records.jws_at(connection, gate, epoch + 1, 1)) if (gate, epoch + 1) in chains else None
    if event is not None and event.last_epoch == epoch and max(placed) >= event.last_seq:
        _check_epoch(connection, event, chains, filed)
