"""Specialists (專責人員) as an operator enrols them, and where they may act (R-005, R-013…R-017, R-023, R-086)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.domain.companies import Part
from cloud.domain.identity import masked_name
from cloud.registry import places
from cloud.registry.people import assertion, authorising, companies, persons
from cloud.registry.people.authorising import Capacity
from cloud.registry.refusals import Refusal
from cloud.store.registry import operators
from cloud.store.registry import persons as rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from cloud.registry.desk import Desk
    from cloud.registry.people.assertion import Assertor
    from cloud.registry.people.persons import Known

SITES_MAX = 200
NOWHERE = "-"  # no site is called so: a company without places is no account's own


@dataclass(frozen=True, kw_only=True)
class EnrolmentEntry:
    """What an operator enters for one specialist."""

    operator: str
    assertion: str  # token of the single window
    number: str  # 身分證字號
    name: str | None = None  # None: as the register knows it
    phone: str | None = None
    sites: Collection[str] = ()
    valid_from_ms: int | None = None  # None: now
    valid_to_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Prefill:
    """What the register knows of a number, for the form (R-014)."""

    person: str | None
    name_masked: str | None


def prefill(desk: Desk, assertor: Assertor, operator: str, token: str, number: str) -> Prefill:
    """Check an ID number and return the basic data known of it, masked; the look goes on the audit log.

    Raises:
        Refusal: FORBIDDEN, COMPANY-UNKNOWN, ASSERTION…, ID-NUMBER.
    """
    _speaking(desk, assertor, operator, token)
    found = persons.known_by(desk, number)
    if found is None:
        return Prefill(person=None, name_masked=None)
    desk.look(Act.SPECIALIST_WRITE, f"person:{found.id}", what="prefill")
    name = persons.opened(desk, found.name, persons.PLACE_NAME)
    return Prefill(person=found.id, name_masked=None if name is None else masked_name(name))


def enrol(desk: Desk, assertor: Assertor, entry: EnrolmentEntry) -> Known:
    """Enrol a specialist: certificate, number, phone and place codes together, or nothing (R-013…R-015).

    From that moment both seal kinds are allowed at those places (R-023).

    Raises:
        Refusal: FORBIDDEN, COMPANY-UNKNOWN, ASSERTION…, ENROLMENT (no phone or no place code), SITE-UNKNOWN,
            ENROLMENT-SITE, VALIDITY, and those of `persons.meet`.
    """
    said = _speaking(desk, assertor, entry.operator, entry.assertion)
    if entry.phone is None or not entry.sites:
        raise Refusal("ENROLMENT")
    _check_sites(desk, entry.operator, entry.sites)
    who = persons.PersonEntry(name=entry.name, number=entry.number, phone=entry.phone)
    known = persons.meet(desk, who)
    row = {"person": known.id, "operator": entry.operator, "enrolled_ms": desk.now_ms, "ended_ms": None}
    row |= {"certificate": str(said.certificate), "assertion": said.reference}
    rows.save_enrolment(desk.connection, row)
    from_ms = desk.now_ms if entry.valid_from_ms is None else entry.valid_from_ms
    added = authorising.authorise(desk, known.id, Capacity.SPECIALIST, entry.sites, (from_ms, entry.valid_to_ms))
    noted = {"operator": entry.operator, "certificate": row["certificate"], "sites": added, "from_ms": from_ms}
    desk.note(Act.SPECIALIST_WRITE, f"person:{known.id}", **noted)
    return known


def add_sites(
    desk: Desk, person: str, operator: str, sites: Collection[str], span: tuple[int | None, int | None] = (None, None)
) -> None:
    """Let a specialist act at more places, in `span` (begin, end) or from now on (R-017, R-086).

    A case that was raised before stays: whoever read then had no authorisation then.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, ENROLMENT-ENDED, SITE-UNKNOWN, ENROLMENT-SITE, VALIDITY, SITE-FULL.
    """
    _check_sites(desk, operator, sites)
    _running(desk, person, operator)
    from_ms = desk.now_ms if span[0] is None else span[0]
    added = authorising.authorise(desk, person, Capacity.SPECIALIST, sites, (from_ms, span[1]))
    desk.note(Act.SPECIALIST_WRITE, f"person:{person}", sites=added, from_ms=from_ms, to_ms=span[1])


def end_sites(desk: Desk, person: str, operator: str, sites: Collection[str]) -> None:
    """End a specialist's authorisation at places now, E and Pa at the same instant (R-023).

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, ENROLMENT-ENDED.
    """
    _require_each(desk, sites, person)
    _running(desk, person, operator)
    ended = authorising.end(desk, person, Capacity.SPECIALIST, sites)
    if not ended:
        raise Refusal("NOT-FOUND", ", ".join(sorted(sites)))
    desk.note(Act.SPECIALIST_WRITE, f"person:{person}", ended=ended)


def end_enrolment(desk: Desk, person: str, operator: str) -> None:
    """End a specialist's work for an operator, with every authorisation at places that are or were the operator's.

    What the person does for another operator goes on.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND, ENROLMENT-ENDED.
    """
    own = set(operators.sites_of(desk.connection, operator, desk.now_ms))
    desk.require(Act.SPECIALIST_WRITE, sites=own or {NOWHERE}, subject=f"person:{person}")
    _running(desk, person, operator)
    if not rows.end_enrolment(desk.connection, person, operator, desk.now_ms):
        raise Refusal("ENROLMENT-ENDED", person)
    over = set(operators.sites_ever(desk.connection, operator)) - _of_others(desk, person)
    ended = authorising.end(desk, person, Capacity.SPECIALIST, over)
    desk.note(Act.SPECIALIST_WRITE, f"person:{person}", operator=operator, ended=ended)


def _of_others(desk: Desk, person: str) -> set[str]:
    """Return the places of the operators for whom a specialist works."""
    running = [row.operator for row in rows.enrolments(desk.connection, person) if row.ended_ms is None]
    return {site for each in running for site in operators.sites_of(desk.connection, each, desk.now_ms)}


def _speaking(desk: Desk, assertor: Assertor, operator: str, token: str) -> assertion.Assertion:
    """Return for whom the token speaks, if for this operator, whose account asks."""
    subject = f"company:{operator}"
    desk.require(Act.SPECIALIST_WRITE, subject=subject)
    company = companies.require(desk.connection, operator, Part.OPERATOR, desk.now_ms)
    own = operators.sites_of(desk.connection, operator, desk.now_ms)
    desk.require(Act.SPECIALIST_WRITE, sites=own or [NOWHERE], subject=subject)
    return assertion.speaking_for(assertor, token, company.ubn, desk.now_ms)


def _require_each(desk: Desk, sites: Collection[str], person: str) -> None:
    """Raise Denied unless every one of the sites is the actor's."""
    for site in sorted(set(sites)):
        desk.require(Act.SPECIALIST_WRITE, sites=[site], subject=f"person:{person}")


def _check_sites(desk: Desk, operator: str, sites: Collection[str]) -> None:
    if len(sites) > SITES_MAX:
        raise Refusal("INVALID", f"sites: at most {SITES_MAX}")
    places.require(desk.connection, *sites)
    _require_each(desk, sites, "")
    own = operators.sites_of(desk.connection, operator, desk.now_ms)
    if foreign := sorted(set(sites) - set(own)):
        raise Refusal("ENROLMENT-SITE", ", ".join(foreign))


def _running(desk: Desk, person: str, operator: str) -> Any:
    row = rows.enrolment(desk.connection, person, operator)
    if row is None:
        raise Refusal("NOT-FOUND", person)
    if row.ended_ms is not None:
        raise Refusal("ENROLMENT-ENDED", person)
    return row
