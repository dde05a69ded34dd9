"""Reading of people: masked to whoever may, in full only with a purpose; every look goes on the audit log (D5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain import authority
from cloud.domain.authority import Act, Role
from cloud.domain.identity import masked_name, masked_number
from cloud.registry.contract import checked
from cloud.registry.people import persons
from cloud.registry.people.authorising import Capacity
from cloud.registry.refusals import Refusal
from cloud.store.registry import authorisations
from cloud.store.registry import persons as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

Reference = Annotated[str, Meta(pattern=r"^[0-9A-Za-z/_.:-]{1,40}$(?!\n)")]
# An operator sees its own people and the drivers, no officer.
_TO_OPERATORS = frozenset({Capacity.SPECIALIST, Capacity.CLERK})


class Purpose(StrEnum):
    """For what somebody needs a person's data in full; free words could hold personal data themselves."""

    CASE = "CASE"  # a case is handled
    HOLD = "HOLD"  # goods are held, papers are missing
    NOTIFICATION = "NOTIFICATION"  # the person has to be reached
    SUBJECT_REQUEST = "SUBJECT_REQUEST"  # the person asks for the own data (個資法 §3)
    CORRECTION = "CORRECTION"
    AUDIT = "AUDIT"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A person as most may see one."""

    id: str
    document: str | None
    number: str | None
    name: str | None
    phone: str | None
    licence: str | None


def shown(desk: Desk, row: Any, *, masked: bool = True) -> Shown:
    """Return what may be shown of a person; not `masked` only from `reveal`."""
    driver = rows.driver_of(desk.connection, row.id)
    licence = None if driver is None else persons.opened(desk, driver.licence, persons.PLACE_LICENCE)
    fields = {
        "number": persons.opened(desk, row.id_number, persons.PLACE_ID),
        "phone": persons.opened(desk, row.phone, persons.PLACE_PHONE),
        "licence": licence,
    }
    name = persons.opened(desk, row.name, persons.PLACE_NAME)
    if masked:
        fields = {key: None if value is None else masked_number(value) for key, value in fields.items()}
        name = None if name is None else masked_name(name)
    return Shown(id=row.id, document=row.document, name=name, **fields)


def find(desk: Desk, person: str) -> Shown:
    """Return a person, masked.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND (also for one of other sites: who is there is not told).
    """
    row = _visible(desk, Act.PERSON_READ, person)
    desk.look(Act.PERSON_READ, f"person:{person}", what="masked")
    return shown(desk, row)


def page(desk: Desk, after: str, limit: int) -> tuple[list[Shown], str | None]:
    """Return a page of persons, masked, and the `after` of the next one; who may not be seen is left out."""
    sites = desk.scope(Act.PERSON_READ, subject="person:")
    found = rows.page(desk.connection, sites, after, limit)
    seen = [shown(desk, row) for row in found if _seen(desk, Act.PERSON_READ, row.id)]
    if seen:
        desk.look(Act.PERSON_READ, "person:", what="masked", count=len(seen))
    return seen, found[-1].id if len(found) == limit else None


def search(desk: Desk, number: str, *, passport: bool = False) -> Shown:
    """Return the person of a number, masked: by the blind index, nothing is opened to find it.

    Raises:
        Refusal: FORBIDDEN, ID-NUMBER, NOT-FOUND.
    """
    desk.require(Act.PERSON_READ, subject="person:")
    row = persons.known_by(desk, number, passport=passport)
    if row is None or not _seen(desk, Act.PERSON_READ, row.id):
        raise Refusal("NOT-FOUND")
    desk.look(Act.PERSON_READ, f"person:{row.id}", what="search")
    return shown(desk, row)


def reveal(desk: Desk, person: str, purpose: Purpose, reference: str) -> Shown:
    """Return a person in full; purpose and reference (a case, a document number) go on the audit log.

    Raises:
        Refusal: FORBIDDEN, INVALID, NOT-FOUND.
    """
    row = _visible(desk, Act.PERSON_REVEAL, person)
    checked(reference, Reference, "reference")
    desk.look(Act.PERSON_REVEAL, f"person:{person}", purpose=str(purpose), reference=reference)
    return shown(desk, row, masked=False)


def require_visible(desk: Desk, person: str) -> None:
    """Raise Refusal NOT-FOUND unless the actor may see this person."""
    _visible(desk, Act.PERSON_READ, person)


def _visible(desk: Desk, act: Act, person: str) -> Any:
    desk.require(act, subject=f"person:{person}")
    row = rows.find(desk.connection, person)
    if row is None or not _seen(desk, act, person):
        raise Refusal("NOT-FOUND", person)
    return row


def _seen(desk: Desk, act: Act, person: str) -> bool:
    """Whether the person belongs to the actor's sites, or to none as a driver does."""
    sites = authority.scope(desk.actor, act)
    if sites is None:
        return True
    held = authorisations.history(desk.connection, person)
    if Role.OFFICER not in desk.actor.roles and any(row.capacity not in _TO_OPERATORS for row in held):
        return False
    at = {row.site for row in held}
    return not sites.isdisjoint(at) if at else rows.driver_of(desk.connection, person) is not None
