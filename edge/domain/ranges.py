"""Sets of sequence numbers as ranges: what the cloud has confirmed of one epoch."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Ranges:
    """Disjoint inclusive ranges, sorted, never touching each other."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._ranges: list[tuple[int, int]] = []
        for first, last in ranges:
            self.add(first, last)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._ranges)

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._ranges, (number, float("inf"))) - 1
        return at >= 0 and number <= self._ranges[at][1]

    def missing(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the parts of `first`…`last` that are not in the set."""
        gaps, at = [], first
        for low, high in self._ranges:
            if high < at or low > last:
                continue
            if low > at:
                gaps.append((at, low - 1))
            at = high + 1
        return [*gaps, (at, last)] if at <= last else gaps

    def add(self, first: int, last: int) -> None:
        """Take `first`…`last` in."""
        assert first <= last  # noqa: S101 - callers check what strangers send
        touched = [pair for pair in self._ranges if pair[0] <= last + 1 and pair[1] >= first - 1]
        merged = (min([first, *(pair[0] for pair in touched)]), max([last, *(pair[1] for pair in touched)]))
        self._ranges = sorted([*(pair for pair in self._ranges if pair not in touched), merged])

    def remove(self, first: int, last: int) -> None:
        """Take `first`…`last` out."""
        rest: list[tuple[int, int]] = []
        for low, high in self._ranges:
            rest += [(a, b) for a, b in ((low, min(high, first - 1)), (max(low, last + 1), high)) if a <= b]
        self._ranges = rest
