"""Staff numbers and badges: what gates know of a person, and never a name (R-005, R-006, R-049)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.registry import places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store import dispatches
from cloud.store.registry import authorisations, persons
from schemas import messages
from schemas.messages import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from cloud.registry.desk import Desk

STAFF_PER_SITE_MAX = 2_000  # as many badges as a manifest can hold
PERSON_BYTES = 9


@dataclass(frozen=True, kw_only=True)
class StaffEntry:
    """What is asked of the register for one badge; a staff number, never a name."""

    staff: str
    badge_uid: str
    role: str  # OFFICER / SPECIALIST
    may: Sequence[str]  # operations
    sites: Sequence[str] | None = None  # place codes from now on; None: as the person is authorised
    person: str | None = None  # in the register of people; None: known by the staff number only


def put_staff(desk: Desk, entry: StaffEntry) -> bool:
    """Register a person's badge and where it may act from now on; True if the badge is new.

    What was allowed earlier stays on record: rules ask as of the time of an event (S4).

    Raises:
        Refusal: FORBIDDEN, INVALID, PA-OFFICER, SITE-UNKNOWN, PERSON-UNKNOWN, BADGE-TAKEN, BADGE-PERSON, SITE-FULL.
    """
    staff, connection = entry.staff, desk.connection
    desk.require(Act.BADGE_WRITE, subject=f"staff:{staff}")
    badge = {"badge_uid": entry.badge_uid, "staff": staff, "role": entry.role, "may": sorted(set(entry.may))}
    checked(badge, messages.Staff, "staff")
    if entry.role == "SPECIALIST" and Operation.SEAL_OUT_P in entry.may:
        raise Refusal("PA-OFFICER", staff)
    if entry.sites is not None:
        places.require(connection, *entry.sites)
    if persons.badge_owner(connection, entry.badge_uid) not in {None, staff}:
        raise Refusal("BADGE-TAKEN", entry.badge_uid)
    old = persons.badge(connection, staff)
    person = _person(desk, entry, old)
    before = set(authorisations.sites_of(connection, person, desk.now_ms))
    held = set(authorisations.sites_of(connection, person, desk.now_ms, entry.role))
    wanted = held if entry.sites is None else set(entry.sites)
    if wanted != held and persons.is_named(connection, person):
        raise Refusal("BADGE-SITES", staff)  # whom an operator or an office entered, they authorise
    same_badge = old is not None and badge == {name: getattr(old, name) for name in badge}
    if same_badge and before == wanted == held:
        return False
    if old is None:
        persons.add_badge(connection, {**badge, "person": person, "updated_ms": desk.now_ms})
    else:
        persons.change_badge(connection, staff, {**badge, "updated_ms": desk.now_ms})
    if entry.sites is not None:
        _move(desk, person, entry.role, wanted)
    require_room(connection, wanted, desk.now_ms)
    desk.note(Act.BADGE_WRITE, f"staff:{staff}", person=person, role=entry.role, sites=sorted(wanted))
    dispatches.ask(connection, desk.now_ms, sites=before | wanted)
    return old is None


def _person(desk: Desk, entry: StaffEntry, old: Any) -> str:
    """Return whose badge it is; one that is entered without a person is of somebody known by the number only."""
    if old is not None:
        if entry.person not in {None, old.person}:
            raise Refusal("BADGE-PERSON", entry.staff)
        return str(old.person)
    if entry.person is None:
        person = new_person_id()
        persons.add(desk.connection, {"id": person, "created_ms": desk.now_ms, "updated_ms": desk.now_ms})
        return person
    if persons.find(desk.connection, entry.person) is None:
        raise Refusal("PERSON-UNKNOWN", entry.person)
    if persons.badge_of(desk.connection, entry.person) is not None:
        raise Refusal("BADGE-PERSON", entry.staff)
    return entry.person


def _move(desk: Desk, person: str, role: str, wanted: set[str]) -> None:
    """Authorise at exactly these sites from now on, in the badge's role and no other."""
    kept = set()
    for row in authorisations.history(desk.connection, person):
        if row.valid_to_ms is not None and row.valid_to_ms <= desk.now_ms:
            continue
        if row.capacity == role and row.site in wanted and row.valid_from_ms <= desk.now_ms and row.valid_to_ms is None:
            kept.add(row.site)
        else:
            authorisations.end(desk.connection, person, row.capacity, row.site, desk.now_ms)
    for site in sorted(wanted - kept):
        begun = {"person": person, "capacity": role, "site": site, "valid_from_ms": desk.now_ms, "valid_to_ms": None}
        authorisations.add(desk.connection, begun)


def new_person_id() -> str:
    """Draw an id that says nothing of whom it names."""
    return f"P-{secrets.token_hex(PERSON_BYTES)}"


def require_room(connection: Connection, sites: set[str], at_ms: int) -> None:
    """Raise Refusal SITE-FULL where more badges may act at a moment than a manifest can hold."""
    for site in sorted(sites):
        if authorisations.count_at(connection, site, at_ms) > STAFF_PER_SITE_MAX:
            raise Refusal("SITE-FULL", site)
