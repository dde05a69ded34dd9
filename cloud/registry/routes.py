"""Route limits: minutes from origin to destination, valid between dates, set by customs (A9-14)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cloud.registry import places
from cloud.registry.refusals import Refusal
from cloud.store import routes as rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

MINUTES_MAX = 7 * 24 * 60


@dataclass(frozen=True, kw_only=True)
class LimitEntry:
    """What customs set for one route."""

    origin: str
    destination: str
    minutes: int
    valid_from_ms: int
    valid_to_ms: int | None = None  # None: until further notice


def put_limit(connection: Connection, entry: LimitEntry) -> bool:
    """Set the limit of a route from a moment on; True if it is new. The limit it follows ends at that moment.

    A limit that movements may have been judged by is never rewritten: the same start with other minutes is refused.

    Raises:
        Refusal: SITE-UNKNOWN, INVALID, VALIDITY.
    """
    begins_ms, ends_ms = entry.valid_from_ms, entry.valid_to_ms
    places.require(connection, entry.origin, entry.destination)
    if not 1 <= entry.minutes <= MINUTES_MAX:
        raise Refusal("INVALID", f"minutes: 1 to {MINUTES_MAX}")
    if ends_ms is not None and ends_ms <= begins_ms:
        raise Refusal("VALIDITY", "valid_to is not after valid_from")
    limits = rows.of_route(connection, entry.origin, entry.destination)
    for limit in limits:
        if limit.valid_from_ms == begins_ms:
            if limit.minutes == entry.minutes and ends_ms in {None, limit.valid_to_ms}:
                return False
            raise Refusal("VALIDITY", "a limit with this start exists; begin the new one later")
        if limit.valid_from_ms > begins_ms and (ends_ms is None or ends_ms > limit.valid_from_ms):
            raise Refusal("VALIDITY", "it overlaps a limit that begins later")
    for limit in limits:
        if limit.valid_from_ms < begins_ms and (limit.valid_to_ms is None or limit.valid_to_ms > begins_ms):
            rows.end(connection, limit.id, begins_ms)
    rows.add(connection, asdict(entry))
    return True
