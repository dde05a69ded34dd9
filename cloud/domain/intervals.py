"""How far a gate's clock is believed: an event time as an interval (B0 clock trust), and a chain of them put in order.

No clock is read here; all times are milliseconds UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemas.messages import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from schemas.messages import EventTime

TRUSTED_BOUND_MAX_MS = 5_000  # B0: a synchronised clock within this counts as exact
EARLIEST_MS = 0
LATEST_MS = 2**53
_TRUSTED = frozenset({Quality.GNSS, Quality.NTP})


class Interval(NamedTuple):
    """The true time lies between the two, both included."""

    lower_ms: int
    upper_ms: int


UNKNOWN = Interval(EARLIEST_MS, LATEST_MS)


def millis(at: datetime) -> int:
    """Return milliseconds since 1970 UTC, at least 0."""
    return max(EARLIEST_MS, round(at.timestamp() * 1000))


def interval_of(time: EventTime) -> Interval:
    """Return where the true time lies: a point for a synchronised clock, ± the bound otherwise, or unknown."""
    at_ms, bound_ms = millis(time.at), time.bound_ms
    if time.quality in _TRUSTED and (bound_ms is None or bound_ms <= TRUSTED_BOUND_MAX_MS):
        return Interval(at_ms, at_ms)
    if bound_ms is None or time.quality is Quality.UNSET:
        return UNKNOWN
    return Interval(max(EARLIEST_MS, at_ms - bound_ms), min(LATEST_MS, at_ms + bound_ms))


def chained(times: Sequence[tuple[int, Interval]]) -> list[tuple[int, Interval]]:
    """Correct the (event time, interval) pairs of one gate, given in the order of its chain.

    What follows cannot have happened earlier: each interval is cut by its neighbours, and the corrected times never
    decrease. Where trusted clocks contradict the chain (a clock set back), the interval covers both readings.
    """
    if len(times) == 1:
        ((event_ms, interval),) = times
        return [(min(max(event_ms, interval.lower_ms), interval.upper_ms), interval)]
    uppers: list[int] = []
    ceiling_ms = LATEST_MS
    for _, interval in reversed(times):
        ceiling_ms = min(ceiling_ms, interval.upper_ms)
        uppers.append(ceiling_ms)
    corrected: list[tuple[int, Interval]] = []
    floor_ms = at_floor_ms = EARLIEST_MS
    for (event_ms, interval), upper_ms in zip(times, reversed(uppers), strict=True):
        floor_ms = max(floor_ms, interval.lower_ms)
        lower_ms, higher_ms = sorted((floor_ms, upper_ms))
        at_floor_ms = max(at_floor_ms, min(max(event_ms, lower_ms), higher_ms))
        corrected.append((at_floor_ms, Interval(lower_ms, higher_ms)))
    return corrected
