"""What the cloud takes from a signed record, once: everything after the proof works with this and not with the message.

The signed bytes stay the evidence; an entry is small enough to cross from one process to another.
"""

from __future__ import annotations

import msgspec

from cloud.domain.intervals import UNKNOWN, interval_of, millis
from schemas.messages import EpochEvent, Record, ScanEvent


class Scan(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was read at a lane and decided there; words as in `schemas.messages`."""

    lane: str
    operation: str
    verdict: str
    location: str
    uid: str  # empty: no chip could be read
    ndef: str | None
    movement: str | None
    photos: tuple[str, ...]  # their hashes, each once
    outage: str | None = None  # the notice under which it was done


class Beginning(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The last record that a new epoch names as the one before it."""

    last_epoch: int
    last_seq: int
    last_hash: str | None


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A record's place in its chain, its time, and one of the two things it can be."""

    gate: str
    epoch: int
    seq: int
    prev: str | None
    event_ms: int
    lower_ms: int | None  # the true time lies between these two; None: nobody knows
    upper_ms: int | None
    scan: Scan | None
    beginning: Beginning | None

    @property
    def place(self) -> tuple[str, int]:
        """Gate and epoch."""
        return self.gate, self.epoch


def entry_of(record: Record) -> Entry:
    """Take from a record what the cloud needs."""
    link, interval = record.link, interval_of(record.time)
    lower_ms, upper_ms = interval if interval != UNKNOWN else (None, None)
    scan = _scan(record) if isinstance(record, ScanEvent) else None
    beginning = (
        Beginning(record.last_epoch, record.last_seq, record.last_hash) if isinstance(record, EpochEvent) else None
    )
    at_ms = millis(record.time.at)
    return Entry(link.gate, link.epoch, link.seq, link.prev, at_ms, lower_ms, upper_ms, scan, beginning)


def _scan(event: ScanEvent) -> Scan:
    return Scan(
        event.lane,
        event.operation.value,
        event.decision.verdict.value,
        event.position.location.value,
        event.tag.uid if event.tag else "",
        event.tag.ndef if event.tag else None,
        event.movement,
        tuple(sorted({photo.sha256 for photo in event.photos})),
        event.outage,
    )
