"""Route limits: minutes from origin to destination, valid between dates, set by customs (A9-14)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.registry import places
from cloud.registry.refusals import Refusal
from cloud.store import routes as rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.registry.desk import Desk

MINUTES_MAX = 7 * 24 * 60


@dataclass(frozen=True, kw_only=True)
class LimitEntry:
    """What customs set for one route."""

    origin: str
    destination: str
    minutes: int
    valid_from_ms: int
    valid_to_ms: int | None = None  # None: until further notice


def of_route(desk: Desk, origin: str, destination: str) -> Sequence[Any]:
    """Return all limits a route has or had, oldest first; Refusal FORBIDDEN."""
    desk.require(Act.REGISTRY_READ, sites=[origin, destination], subject=f"route:{origin}-{destination}")
    return rows.of_route(desk.connection, origin, destination)


def put_limit(desk: Desk, entry: LimitEntry) -> bool:
    """Set the limit of a route from a moment on; True if it is new. The limit it follows ends at that moment.

    A limit that movements may have been judged by is never rewritten: the same start with other minutes is refused.

    Raises:
        Refusal: SITE-UNKNOWN, INVALID, VALIDITY, FORBIDDEN.
    """
    connection, subject = desk.connection, f"route:{entry.origin}-{entry.destination}"
    desk.require(Act.ROUTE_LIMIT_WRITE, sites=[entry.origin, entry.destination], subject=subject)
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
    desk.note(Act.ROUTE_LIMIT_WRITE, subject, minutes=entry.minutes, from_ms=begins_ms, to_ms=ends_ms)
    return True
