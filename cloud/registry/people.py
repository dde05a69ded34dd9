"""Who may act where: staff numbers and badges, with authorisations as of a time (R-005, R-006, R-017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloud.registry import places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import dispatches
from cloud.store import people as rows
from schemas import messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


STAFF_PER_SITE_MAX = 2_000  # as many badges as a manifest can hold


@dataclass(frozen=True, kw_only=True)
class StaffEntry:
    """What is asked of the register for one person; a staff number, never a name."""

    staff: str
    badge_uid: str
    role: str  # OFFICER / SPECIALIST
    may: Sequence[str]  # operations
    sites: Sequence[str]  # place codes


def put_staff(connection: Connection, entry: StaffEntry, now_ms: int) -> bool:
    """Register a person's badge and where it may act from now on; True if the person is new.

    What was allowed earlier stays on record: rules ask as of the time of an event (S4).

    Raises:
        Refusal: INVALID, SITE-UNKNOWN, BADGE-TAKEN, SITE-FULL.
    """
    staff, sites = entry.staff, set(entry.sites)
    badge = {"badge_uid": entry.badge_uid, "staff": staff, "role": entry.role, "may": sorted(set(entry.may))}
    checked(badge, messages.Staff, "staff")
    places.require(connection, *sites)
    if rows.badge_owner(connection, entry.badge_uid) not in {None, staff}:
        raise Refusal("BADGE-TAKEN", entry.badge_uid)
    old = rows.find(connection, staff)
    before = set(rows.sites_of(connection, staff, now_ms))
    if old is not None and before == sites and badge == {name: getattr(old, name) for name in badge}:
        return False
    rows.save(connection, {**badge, "updated_ms": now_ms})
    rows.end(connection, staff, sorted(before - sites), now_ms)
    rows.authorise(connection, staff, sorted(sites - before), now_ms)
    for site in sorted(sites - before):
        if rows.count_at_site(connection, site, now_ms) > STAFF_PER_SITE_MAX:
            raise Refusal("SITE-FULL", site)
    dispatches.ask(connection, now_ms, sites=before | sites)
    return old is None
