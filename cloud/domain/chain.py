"""The hash chain of a gate's records, followed as its gaps close (R-113): deletion, reordering and forks show here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Placed(NamedTuple):
    """A stored record as the chain sees it: its own hash and the hash it says comes before."""

    hash: str
    prev: str | None


class Chain(NamedTuple):
    """How far one epoch of a gate is stored without a gap."""

    contiguous: int = 0  # 0: not even the first record
    head: str | None = None  # hash of that record
    highest: int = 0


class Break(NamedTuple):
    """A record whose `prev` is not the hash of the record before it."""

    epoch: int
    seq: int
    prev: str | None
    head: str | None


def follow(epoch: int, chain: Chain, stored: Mapping[int, Placed]) -> tuple[Chain, list[Break]]:
    """Extend a chain over the records stored beyond its end, by sequence; a break is told and stepped over.

    What the first record of an epoch follows is the head of the epoch before: `succeeds` tells about that.
    """
    contiguous, head, breaks = chain.contiguous, chain.head, []
    while (placed := stored.get(contiguous + 1)) is not None:
        contiguous += 1
        if contiguous > 1 and placed.prev != head:
            breaks.append(Break(epoch, contiguous, placed.prev, head))
        head = placed.hash
    return Chain(contiguous, head, max(chain.highest, *stored, 0)), breaks


def succeeds(last_seq: int, last_hash: str | None, before: Chain, at_last: str | None) -> bool:
    """Whether a new epoch that names (`last_seq`, `last_hash`) may follow the epoch `before`, as far as it is stored.

    `at_last` is the hash stored at `last_seq`, None while it is not here. A record beyond the named head, or another
    hash at it, means that two chains grew from one key.
    """
    return before.highest <= last_seq and (at_last is None or at_last == last_hash)


def lineages(named: Mapping[int, int | None]) -> dict[int, int]:
    """Return for each epoch of a gate the first one of its chain.

    `named` is the epoch that each one's beginning says it follows: 0 where the gate knew none (a new card, whose number
    comes from its clock and says nothing about order), None while that record is not here: then the number before it.
    """
    first: dict[int, int] = {}
    for epoch in sorted(named):
        before = named[epoch]
        before = epoch - 1 if before is None else before
        first[epoch] = first.get(before, epoch) if before < epoch else epoch
    return first
