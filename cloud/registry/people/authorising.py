"""Authorisations: who may act where, from when to when; one row allows both seal kinds (R-005, R-017, R-023).

The past is never rewritten: rules ask as of the time of an event (S4), so nothing begins or ends before now.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from cloud.registry.people.badges import require_room
from cloud.registry.refusals import Refusal
from cloud.store import dispatches
from cloud.store.registry import authorisations as rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from cloud.registry.desk import Desk


Span = tuple[int, int | None]  # from a moment to before another, None: until further notice


MEANWHILE_MS = (
    10_000  # one who authorises from now on finds that another has done so a moment ago: nothing is left to do
)


class Capacity(StrEnum):
    """As what somebody acts at a site."""

    OFFICER = "OFFICER"
    SPECIALIST = "SPECIALIST"
    CLERK = "CLERK"  # 收櫃人員: is told, and reads at no gate


def authorise(desk: Desk, person: str, capacity: Capacity, sites: Collection[str], span: Span) -> list[str]:
    """Let a person act at these sites in `span` and return where that is new; gates hear of it in time.

    Raises:
        Refusal: VALIDITY (in the past, backwards, or overlapping another), SITE-FULL.
    """
    from_ms, to_ms = span
    if from_ms < desk.now_ms or (to_ms is not None and to_ms <= from_ms):
        raise Refusal("VALIDITY")
    rows.hold(desk.connection, person)
    added = [site for site in sorted(set(sites)) if _add(desk, person, capacity, site, span)]
    if added and _at_gates(desk, person, capacity):
        require_room(desk.connection, set(added), from_ms)
        dispatches.ask(desk.connection, from_ms, sites=added)
    return added


def _add(desk: Desk, person: str, capacity: Capacity, site: str, span: Span) -> bool:
    from_ms, to_ms = span
    for held in rows.sharing(desk.connection, person, capacity, site, span):
        covers = held.valid_to_ms is None or (to_ms is not None and held.valid_to_ms >= to_ms)
        # who waited for the other's transaction came with an earlier clock
        meanwhile = from_ms == desk.now_ms and held.valid_from_ms - from_ms <= MEANWHILE_MS
        if (held.valid_from_ms <= from_ms or meanwhile) and covers:
            return False
        raise Refusal("VALIDITY", site)
    row = {"person": person, "capacity": capacity, "site": site, "valid_from_ms": from_ms, "valid_to_ms": to_ms}
    rows.add(desk.connection, row)
    return True


def end(desk: Desk, person: str, capacity: Capacity, sites: Collection[str]) -> list[str]:
    """End what a person may do at these sites now, for both seal kinds at once; return where there was something."""
    rows.hold(desk.connection, person)
    ended = [site for site in sorted(set(sites)) if rows.end(desk.connection, person, capacity, site, desk.now_ms)]
    if ended and _at_gates(desk, person, capacity):
        dispatches.ask(desk.connection, desk.now_ms, sites=ended)
    return ended


def _at_gates(desk: Desk, person: str, capacity: Capacity) -> bool:
    return capacity is not Capacity.CLERK and rows.has_badge(desk.connection, person)


def move(desk: Desk, person: str, capacity: Capacity, sites: Collection[str]) -> None:
    """Let a person act at exactly these sites from now on.

    Raises:
        Refusal: SITE-FULL.
    """
    rows.hold(desk.connection, person)
    running = {
        row.site
        for row in rows.history(desk.connection, person)
        if row.capacity == capacity and (row.valid_to_ms is None or row.valid_to_ms > desk.now_ms)
    }
    lasting = {
        row.site
        for row in rows.history(desk.connection, person)
        if row.capacity == capacity and row.valid_to_ms is None and row.valid_from_ms <= desk.now_ms
    }
    end(desk, person, capacity, (running - set(sites)) | (running - lasting))
    authorise(desk, person, capacity, sites, (desk.now_ms, None))


def may(connection: Connection, person: str, site: str, kind: str, at_ms: int) -> bool:
    """Whether a person could act at a site on a seal of `kind` (E or PA), as of a time.

    Both kinds are asked the same way: permission for E is permission for Pa, from and to the same instant (R-023).
    """
    if kind not in {"E", "PA"}:
        raise AssertionError("a seal is of kind E or PA")
    acting = (Capacity.OFFICER, Capacity.SPECIALIST)
    return any(site in rows.sites_of(connection, person, at_ms, capacity) for capacity in acting)
