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


def counted(times: Sequence[tuple[int, Interval, int | None]]) -> list[tuple[int, Interval]]:
    """Cut the (time, interval) pairs of one seal's reads by its counter, which only rises; None: no counter proven.

    What has the higher counter came later, as far as the intervals allow it. A read that surely came after one with a
    higher counter keeps its interval and bounds nobody: that is a replay and no doubt about a clock.
    """
    cut = [(at_ms, interval) for at_ms, interval, _ in times]
    rising = _by_counter(times)
    ceilings: dict[int, int] = {}
    ceiling_ms = LATEST_MS
    for same in reversed(rising):
        ceilings |= dict.fromkeys(same, ceiling_ms)
        ceiling_ms = min(ceiling_ms, *(cut[index][1].upper_ms for index in same))
    floor_ms = at_floor_ms = EARLIEST_MS
    for same in rising:
        genuine = [index for index in same if cut[index][1].lower_ms <= ceilings[index]]
        for index in genuine:
            at_ms, interval = cut[index]
            known = Interval(max(interval.lower_ms, floor_ms), min(interval.upper_ms, ceilings[index]))
            cut[index] = min(max(at_ms, known.lower_ms, at_floor_ms), known.upper_ms), known
        # The first of equal counters is the genuine one.
        floor_ms = min((cut[index][1].lower_ms for index in genuine), default=floor_ms)
        at_floor_ms = min((cut[index][0] for index in genuine), default=at_floor_ms)
    return cut


def _by_counter(times: Sequence[tuple[int, Interval, int | None]]) -> list[list[int]]:
    """Return the indices that have a counter, those with the same one together, lowest first."""
    groups: dict[int, list[int]] = {}
    for index, (_, _, counter) in enumerate(times):
        if counter is not None:
            groups.setdefault(counter, []).append(index)
    return [groups[counter] for counter in sorted(groups)]


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
