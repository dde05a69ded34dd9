"""How a time that may be missing crosses between the REST API and the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.clock import from_ms, to_ms

if TYPE_CHECKING:
    from datetime import datetime


def moment(at_ms: int | None) -> datetime | None:
    """Read milliseconds as a moment in UTC, None as none."""
    return None if at_ms is None else from_ms(at_ms)


def millis(at: datetime | None) -> int | None:
    """Write a moment with its zone as milliseconds, None as none."""
    return None if at is None else to_ms(at)
