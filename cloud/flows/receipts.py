"""What a gate is told of a batch: ranges stored with the hash of their last record, and what was refused and why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from schemas import topics
from schemas.envelope import Typ, encode
from schemas.messages import Range, Receipt
from schemas.messages import Refused as RefusedRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from cloud.flows.intake import Refused
    from schemas.envelope import SigningKey

ENTRIES_MAX = 256  # of each kind in one receipt, as the schema says
# A gate never sends again what was refused. An unknown key may be registered a moment later, so that is not told.
PASSING = frozenset({"KEY-UNKNOWN"})


def write_receipts(
    held: Mapping[tuple[str, int], Mapping[int, str]], refused: Iterable[Refused], gates: set[str], at: datetime
) -> tuple[Receipt, ...]:
    """Return receipts for the registered `gates`, each within the limits of the schema.

    `held` maps gate and epoch to the sequences of this batch that are stored, new or not, with their hashes as stored:
    a gate frees only what hashes alike. What may yet become valid is left out: the gate goes on sending it.
    """
    stored: dict[str, list[Range]] = defaultdict(list)
    for (gate, epoch), hashes in sorted(held.items()):
        stored[gate].extend(_ranges(epoch, hashes))
    bad: dict[str, dict[str, RefusedRecord]] = defaultdict(dict)
    for one in refused:
        if one.gate in gates and one.gate is not None and one.reason not in PASSING:
            bad[one.gate].setdefault(one.hash, RefusedRecord(record=one.hash, reason=one.reason))
    receipts: list[Receipt] = []
    for gate in sorted({*stored, *bad}):
        ranges, refusals = stored.get(gate, []), list(bad.get(gate, {}).values())
        for start in range(0, max(len(ranges), len(refusals)), ENTRIES_MAX):
            part = slice(start, start + ENTRIES_MAX)
            receipts.append(Receipt(v=1, gate=gate, at=at, stored=tuple(ranges[part]), refused=tuple(refusals[part])))
    return tuple(receipts)


def _ranges(epoch: int, hashes: Mapping[int, str]) -> list[Range]:
    ranges: list[Range] = []
    first = last = 0
    for seq in sorted(hashes):
        if seq != last + 1 or not first:
            if first:
                ranges.append(Range(epoch=epoch, first=first, last=last, head=hashes[last]))
            first = seq
        last = seq
    if first:
        ranges.append(Range(epoch=epoch, first=first, last=last, head=hashes[last]))
    return ranges


def sign(receipt: Receipt, key: SigningKey) -> tuple[str, bytes]:
    """Return topic and payload of a receipt."""
    return topics.receipt(receipt.gate), key.sign(Typ.RECEIPT, encode(receipt))
