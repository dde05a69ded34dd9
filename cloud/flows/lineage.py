"""Which epochs of a gate are one chain: asked only where a seal was read in several epochs of one gate."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cloud.domain.chain import lineages
from cloud.domain.entry import entry_of
from cloud.store import records
from schemas.envelope import decode_record, unb64url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from cloud.domain.entry import Beginning
    from cloud.domain.history import Read


def with_lineages(connection: Connection, reads: Mapping[str, Sequence[Read]]) -> dict[str, list[Read]]:
    """Return the reads of each seal with the lineage of the chain that wrote them; one query at most, mostly none."""
    renewed = {gate for own in reads.values() for gate in _renewed(own)}
    if not renewed:
        return {uid: list(own) for uid, own in reads.items()}
    named: dict[str, dict[int, int | None]] = defaultdict(dict)
    for gate, epoch, jws in records.epoch_starts(connection, renewed):
        begins = begun_by(jws)
        named[gate][epoch] = begins.last_epoch if begins is not None else None
    first = {gate: lineages(epochs) for gate, epochs in named.items()}
    return {
        uid: [read._replace(lineage=first[read.gate][read.epoch]) if read.gate in first else read for read in own]
        for uid, own in reads.items()
    }


def begun_by(jws: bytes | None) -> Beginning | None:
    """Return what the epoch event in these bytes says came before; they were proven when they were stored."""
    return entry_of(decode_record(unb64url(jws.split(b".")[1]))).beginning if jws is not None else None


def _renewed(reads: Sequence[Read]) -> set[str]:
    """Return the gates at which these were read in more than one epoch."""
    epochs: dict[str, int] = {}
    return {read.gate for read in reads if epochs.setdefault(read.gate, read.epoch) != read.epoch}
