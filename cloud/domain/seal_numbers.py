"""Ranges of seal numbers: what is printed before the counting digits stays equal, the digits count (R-031, R-032)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

QUANTITY_MAX = 100_000  # of one range
_FORM = re.compile(r"([0-9A-Z-]*?)([0-9]+)", re.ASCII)
_SEAL_NUMBER_CHARS_MAX = 17


class Span(NamedTuple):
    """Numbers `first` … `last` of `width` digits behind one `prefix`, both ends included."""

    prefix: str
    width: int
    first: int
    last: int

    @property
    def quantity(self) -> int:
        """How many numbers there are."""
        return self.last - self.first + 1

    def number(self, count: int) -> str:
        """Print one number."""
        return f"{self.prefix}{count:0{self.width}d}"

    def __contains__(self, seal_no: object) -> bool:
        if not isinstance(seal_no, str) or len(seal_no) != len(self.prefix) + self.width:
            return False
        digits = seal_no[len(self.prefix) :]
        counted = digits.isascii() and digits.isdigit()
        return seal_no.startswith(self.prefix) and counted and self.first <= int(digits) <= self.last

    def numbers(self) -> Iterator[str]:
        """Print all of them, in order."""
        return (self.number(count) for count in range(self.first, self.last + 1))


def span(first: str, last: str) -> Span:
    """Return the range between two printed numbers.

    Raises:
        ValueError: they do not belong to one series, stand in the wrong order, or are too many.
    """
    if not 0 < len(first) <= _SEAL_NUMBER_CHARS_MAX or len(first) != len(last):
        raise ValueError("first and last number must have the same length, at most 17")
    start, end = _FORM.fullmatch(first), _FORM.fullmatch(last)
    if start is None or end is None or start[1] != end[1]:
        raise ValueError("first and last number must differ in their last digits only")
    found = Span(start[1], len(start[2]), int(start[2]), int(end[2]))
    if not 0 < found.quantity <= QUANTITY_MAX:
        raise ValueError(f"a range holds 1 to {QUANTITY_MAX} numbers, from the first to the last")
    return found
