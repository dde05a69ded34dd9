"""The cloud's only clock, and the two ways in which it writes a moment: milliseconds in rows, RFC 3339 in messages."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_ms() -> int:
    """Milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


def monotonic_s() -> float:
    """Seconds that never run backwards."""
    return time.monotonic()


def to_ms(moment: datetime) -> int:
    """Write a moment with its zone as milliseconds, cut off towards the past.

    Raises:
        OverflowError: in UTC it lies before year 1 or after 9999; `from_ms` could never read it again.
    """
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)


def from_ms(moment_ms: int) -> datetime:
    """Read milliseconds as a moment in UTC."""
    return _EPOCH + timedelta(milliseconds=moment_ms)
