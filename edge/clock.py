"""The only reader of the clock at the gate: wall time with its quality and error bound, monotonic time, sleeping.

Quality decides what the cloud may conclude from an event's time (B0 clock trust), so it is never flattered.
"""

from __future__ import annotations

import asyncio
import ctypes
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from schemas.messages import EventTime, Quality

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.ports import Fix

YEAR_MIN = 2024  # before it the clock was never set: a Pi without a battery starts in 1970 or at its last shutdown
GPS_AGREES_S = 2.0
GPS_CONTRADICTS_S = 5.0  # B0: |offset| ≤ 5 s counts as synchronised
GPS_BOUND_MS = 1_000  # NMEA sentences come up to a second after their fix
_STA_UNSYNC = 0x0040  # <sys/timex.h>
_TIME_ERROR = 5
_LIBC = ctypes.CDLL(None)  # what the interpreter itself is linked against


class _Timex(ctypes.Structure):
    """Head of struct timex (adjtimex(2)); the padding covers the rest on every Linux."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


class SystemClock:
    """The machine's clock, judged by the kernel's synchronisation state and by the satellite receiver."""

    def __init__(self, fix: Callable[[], Fix] | None = None) -> None:
        self.fix = fix  # a receiver to compare with

    def now(self) -> EventTime:
        """Wall-clock time with its quality and error bound."""
        at = datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, tz=UTC)
        if at.year < YEAR_MIN:
            return EventTime(at=at, quality=Quality.UNSET)
        offset_s = self.gps_offset_s()
        if offset_s is not None and abs(offset_s) <= GPS_AGREES_S:
            return EventTime(at=at, quality=Quality.GNSS, bound_ms=round(abs(offset_s) * 1000) + GPS_BOUND_MS)
        bound_ms = _kernel_bound_ms()
        if bound_ms is not None and (offset_s is None or abs(offset_s) <= GPS_CONTRADICTS_S):
            return EventTime(at=at, quality=Quality.NTP, bound_ms=bound_ms)
        return EventTime(at=at, quality=Quality.RTC)

    def gps_offset_s(self) -> float | None:
        """Return system time minus satellite time; None without a receiver that advances."""
        fix = self.fix() if self.fix else None
        if fix is None or fix.gps_time is None:
            return None
        age_s = self.monotonic_s() - fix.fresh_mono_s
        if not 0 <= age_s <= GPS_CONTRADICTS_S:
            return None
        satellite = fix.gps_time + timedelta(seconds=age_s)
        return time.time_ns() / 1e9 - satellite.timestamp()

    def monotonic_s(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait without blocking the loop."""
        await asyncio.sleep(seconds)


def clock_fault(now: EventTime, gps_offset_s: float | None) -> str | None:
    """Return the fault code of a clock that cannot be trusted."""
    if now.quality is Quality.UNSET:
        return "CLOCK-UNSET"
    return "CLOCK-OFF" if gps_offset_s is not None and abs(gps_offset_s) > GPS_CONTRADICTS_S else None


def _kernel_bound_ms() -> int | None:
    """Ask the kernel whether NTP keeps the clock (adjtimex in read-only mode); None if not or not to be asked."""
    timex = _Timex()
    try:
        state = int(_LIBC.adjtimex(ctypes.byref(timex)))
    except AttributeError:  # not Linux
        return None
    if state < 0 or state == _TIME_ERROR or timex.status & _STA_UNSYNC:
        return None
    return max(1, round(int(timex.maxerror) / 1000))
