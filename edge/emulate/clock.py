"""The emulator's only reading of time: the wall clock for pictures and satellites, the monotonic one for waits."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return the wall-clock time, UTC."""
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 - this is the emulator's clock


def monotonic_s() -> float:
    """Return seconds that never run backwards."""
    return time.monotonic()
