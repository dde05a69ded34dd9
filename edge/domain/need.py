"""How badly a picture is needed: what goes up first, and what goes first where the shelf is full (R-056, R-111)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from schemas.messages import Operation

if TYPE_CHECKING:
    from schemas.messages import Photo, ScanEvent


class Need(IntEnum):
    """Most needed first; only what may be missed is ever given up before the cloud has it."""

    KEPT = 0  # the picture of a departure, an arrival, a hold or a scrapped seal, and every paper
    MOVED_NOTHING = 1  # of a record that moved nothing
    EXTRA = 2  # beyond the first of its event
    ASKED = 3  # evidence of nothing: a test picture, diagnostics; whoever misses it asks again


_MOVE_NOTHING = frozenset({Operation.INSPECT, Operation.READ_CONFIRM_OUT, Operation.READ_CONFIRM_IN})


def needs_of(event: ScanEvent) -> tuple[tuple[Photo, Need], ...]:
    """Return the pictures of an event, each with its need; the first is the one that the procedure asks for."""
    first = Need.MOVED_NOTHING if event.operation in _MOVE_NOTHING else Need.KEPT
    return tuple((photo, Need.EXTRA if number else first) for number, photo in enumerate(event.photos))
