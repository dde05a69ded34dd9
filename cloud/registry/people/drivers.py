"""Drivers (司機) with vehicle, trucking company and papers, and receiving clerks (收櫃人員) who are told (R-007)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain import identity
from cloud.domain.authority import Act
from cloud.domain.companies import Part
from cloud.registry import documents, places
from cloud.registry.contract import checked
from cloud.registry.people import authorising, companies, persons
from cloud.registry.people.authorising import Capacity
from cloud.registry.refusals import Refusal
from cloud.store.registry import authorisations
from cloud.store.registry import persons as rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from cloud.registry.desk import Desk
    from cloud.registry.people.persons import Known

Licence = Annotated[str, Meta(pattern=r"^[0-9A-Z-]{1,12}$(?!\n)")]
Plate = Annotated[str, Meta(min_length=1, max_length=12)]


@dataclass(frozen=True, kw_only=True)
class DriverEntry:
    """What is asked of the register for one driver; papers are documents put before."""

    company: str  # 拖車公司
    plate: str
    number: str | None = None  # None: an id is given
    passport: bool = False
    name: str | None = None
    phone: str | None = None
    licence: str | None = None  # 駕照號碼
    trailer: str = ""
    id_copy: str | None = None
    statement: str | None = None
    person: str | None = None


@dataclass(frozen=True, kw_only=True)
class ClerkEntry:
    """What an operator enters for one receiving clerk."""

    name: str
    phone: str
    sites: Collection[str]
    person: str | None = None


def put_driver(desk: Desk, entry: DriverEntry) -> Known:
    """Register a driver or change what is known; papers that are not named stay as they are.

    Of somebody who is officer, specialist or clerk as well, name and phone stay as they were entered there.

    Raises:
        Refusal: FORBIDDEN, COMPANY-UNKNOWN, INVALID, ID-NUMBER, ID-TAKEN, DOCUMENT-UNKNOWN, those of `persons.meet`.
    """
    desk.require(Act.DRIVER_WRITE, subject=f"person:{entry.person or ''}")
    companies.require(desk.connection, entry.company, Part.TRUCKER, desk.now_ms)
    if entry.number is None and entry.person is None:
        raise Refusal("ID-NUMBER", "an ID or passport number is needed")
    if entry.person is not None and rows.driver_of(desk.connection, entry.person) is None:
        raise Refusal("PERSON-UNKNOWN", entry.person)  # only a driver may be changed here, no officer renamed
    papers = [sha256 for sha256 in (entry.id_copy, entry.statement) if sha256 is not None]
    if papers:
        documents.require(desk, *papers)
    others = _entered_by_others(desk, entry)
    phone = None if others else entry.phone
    who = persons.PersonEntry(name=entry.name, number=entry.number, passport=entry.passport, phone=phone)
    known = persons.meet(desk, who, entry.person, correcting=not others)
    old = rows.driver_of(desk.connection, known.id)
    row = _driver(desk, known.id, entry, old)
    rows.save_driver(desk.connection, row | {"person": known.id, "updated_ms": desk.now_ms})
    desk.note(Act.DRIVER_WRITE, f"person:{known.id}", company=entry.company, papers=len(papers), new=old is None)
    return persons.Known(id=known.id, new=old is None)


def _entered_by_others(desk: Desk, entry: DriverEntry) -> bool:
    """Whether an office or an operator answers for what is known of this person."""
    person = entry.person
    if entry.number is not None and (row := persons.known_by(desk, entry.number, passport=entry.passport)) is not None:
        person = row.id
    if person is None:
        return False
    return bool(authorisations.sites_ever(desk.connection, person) or rows.posts(desk.connection, person))


def _driver(desk: Desk, person: str, entry: DriverEntry, old: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"company": entry.company}
    row |= {"plate": _plate(entry.plate, "plate"), "trailer": _plate(entry.trailer, "trailer") if entry.trailer else ""}
    for name in ("id_copy", "statement"):
        given = getattr(entry, name)
        row[name] = given if given is not None or old is None else getattr(old, name)
    if entry.licence is None:
        kept = ("licence", "licence_index")
        return row | {name: None if old is None else getattr(old, name) for name in kept}
    try:
        licence = checked(entry.licence.strip().upper(), Licence, "licence")
    except Refusal as error:
        raise Refusal("INVALID", "licence") from error  # without what was entered
    vault = persons.vault_of(desk)
    index = vault.index(licence, persons.PLACE_LICENCE)
    if rows.licence_owner(desk.connection, index) not in {None, person}:
        raise Refusal("ID-TAKEN", "licence")
    return row | {"licence": vault.seal(licence.encode(), persons.PLACE_LICENCE), "licence_index": index}


def _plate(written: str, field: str) -> str:
    try:
        return str(checked(identity.plate(written), Plate, field))
    except Refusal as error:
        raise Refusal("INVALID", field) from error


def put_clerk(desk: Desk, entry: ClerkEntry) -> Known:
    """Register a receiving clerk at an operator's sites, to be told of what arrives there.

    Raises:
        Refusal: FORBIDDEN, ENROLMENT (no site), SITE-UNKNOWN, PERSON-UNKNOWN, and those of `persons.meet`.
    """
    if not entry.sites:
        raise Refusal("ENROLMENT")
    held = [] if entry.person is None else clerk_sites(desk, entry.person)
    for site in sorted({*entry.sites, *held}):
        desk.require(Act.SPECIALIST_WRITE, sites=[site], subject=f"person:{entry.person or ''}")
    places.require(desk.connection, *entry.sites)
    if entry.person is not None and not held:
        raise Refusal("PERSON-UNKNOWN", entry.person)
    known = persons.meet(desk, persons.PersonEntry(name=entry.name, phone=entry.phone), entry.person)
    authorising.move(desk, known.id, Capacity.CLERK, entry.sites)
    desk.note(Act.SPECIALIST_WRITE, f"person:{known.id}", clerk=True, sites=sorted(set(entry.sites)))
    return known


def clerk_sites(desk: Desk, person: str) -> list[str]:
    """Return where a person is receiving clerk now."""
    return authorisations.sites_of(desk.connection, person, desk.now_ms, Capacity.CLERK)


def clerks_to_tell(desk: Desk, site: str) -> list[tuple[str, str]]:
    """Return (person, phone) of the clerks at a site; whoever sends the notice takes the numbers from here."""
    told = []
    for person in authorisations.persons_at(desk.connection, site, Capacity.CLERK, desk.now_ms):
        row = rows.find(desk.connection, person)
        phone = None if row is None else persons.opened(desk, row.phone, persons.PLACE_PHONE)
        if phone is not None:
            desk.look(Act.PERSON_READ, f"person:{person}", what="phone")
            told.append((person, phone))
    return told
