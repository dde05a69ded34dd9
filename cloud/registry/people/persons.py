"""Persons: known by a sealed number and its blind index, named once, shown masked (R-014, R-015, D5).

Whoever enters one asks here; what a person may do is entered by the modules beside this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.clock import from_ms
from cloud.domain import identity
from cloud.domain.identity import Document
from cloud.registry.contract import checked
from cloud.registry.people.badges import new_person_id
from cloud.registry.refusals import Refusal
from cloud.store.registry import persons as rows

if TYPE_CHECKING:
    from cloud.registry.desk import Desk
    from cloud.registry.vault import Vault

PLACE_ID, PLACE_NAME, PLACE_PHONE = "person.id_number", "person.name", "person.phone"
PLACE_LICENCE = "driver.licence"
TAIPEI_MS = 8 * 3_600_000
# one line without control characters, and no blank at its ends
Name = Annotated[str, Meta(pattern=r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]{0,78}[^\x00-\x20\x7f])?$(?!\n)")]


@dataclass(frozen=True, kw_only=True)
class PersonEntry:
    """Who somebody is; a number of None: an officer, known by the post."""

    name: str | None  # None: the register knows it by the number
    number: str | None = None
    passport: bool = False  # the number is a passport's, not an ID number
    phone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Known:
    """A person as entered: the id, and whether the register has just met it."""

    id: str
    new: bool


def vault_of(desk: Desk) -> Vault:
    """Return the vault; whoever starts the process gives one."""
    if desk.vault is None:
        raise AssertionError("personal data needs the vault")
    return desk.vault


def numbered(number: str, now_ms: int, *, passport: bool = False) -> tuple[Document, str]:
    """Return document and normalised number; Refusal ID-NUMBER, whose detail names no digit of it."""
    try:
        if passport:
            return Document.PASSPORT, identity.passport(number)
        return identity.id_number(number, from_ms(now_ms + TAIPEI_MS).date())
    except identity.FormError as error:
        raise Refusal("ID-NUMBER", str(error)) from error


def index_of(desk: Desk, document: Document, number: str) -> str:
    """Return the blind index of a number: a passport's is another than that of an ID number of the same signs."""
    passport = "passport:" if document is Document.PASSPORT else ""
    return vault_of(desk).index(passport + number, PLACE_ID)


def known_by(desk: Desk, number: str, *, passport: bool = False) -> Any:
    """Return the row of the person with this number, or None; Refusal ID-NUMBER."""
    document, normal = numbered(number, desk.now_ms, passport=passport)
    return rows.of_index(desk.connection, index_of(desk, document, normal))


def meet(desk: Desk, entry: PersonEntry, person: str | None = None, *, correcting: bool = True) -> Known:
    """Return the person of this number, or `person`, or a new one; store what is said of it.

    Without `correcting` a name that is known stays as it is.

    Raises:
        Refusal: INVALID, ID-NUMBER, ID-TAKEN, PHONE, NAME-NEEDED, NAME-KNOWN, PERSON-UNKNOWN.
    """
    values: dict[str, Any] = {}
    old = None
    if entry.number is not None:
        document, number = numbered(entry.number, desk.now_ms, passport=entry.passport)
        index = index_of(desk, document, number)
        old = rows.of_index(desk.connection, index)
        if old is not None and person not in {None, old.id}:
            raise Refusal("ID-TAKEN")
        if old is None:
            sealed = vault_of(desk).seal(number.encode(), PLACE_ID)
            values |= {"document": document, "id_index": index, "id_number": sealed}
    if old is None and person is not None:
        old = rows.find(desk.connection, person)
        if old is None:
            raise Refusal("PERSON-UNKNOWN", person)
        if old.id_index is not None and "id_index" in values:
            raise Refusal("ID-TAKEN")  # a number is not replaced by another: that would be another person
    # a name may be corrected where the person is named by its id, never by whoever only knows the number
    values |= _name(desk, entry.name, old, correcting=correcting and person is not None) | _phone(desk, entry.phone)
    if old is None:
        drawn = new_person_id()
        rows.add(desk.connection, {"id": drawn, "created_ms": desk.now_ms, "updated_ms": desk.now_ms} | values)
        return Known(id=drawn, new=True)
    if values:
        rows.change(desk.connection, old.id, values | {"updated_ms": desk.now_ms})
    return Known(id=old.id, new=False)


def _name(desk: Desk, name: str | None, old: Any, *, correcting: bool) -> dict[str, Any]:
    known = None if old is None else opened(desk, old.name, PLACE_NAME)
    if name is None:
        if known is None:
            raise Refusal("NAME-NEEDED")
        return {}
    try:
        wanted = checked(name.strip(), Name, "name")
    except Refusal as error:
        raise Refusal("INVALID", "name") from error  # without what was entered
    if wanted == known:
        return {}
    if known is not None and not correcting:
        raise Refusal("NAME-KNOWN")
    return {"name": vault_of(desk).seal(wanted.encode(), PLACE_NAME)}


def _phone(desk: Desk, phone: str | None) -> dict[str, Any]:
    if phone is None:
        return {}
    try:
        return {"phone": vault_of(desk).seal(identity.mobile(phone).encode(), PLACE_PHONE)}
    except identity.FormError as error:
        raise Refusal("PHONE", str(error)) from error


def opened(desk: Desk, sealed: bytes | None, place: str) -> str | None:
    """Return what is sealed; the caller has it masked or put on the audit log."""
    return None if sealed is None else vault_of(desk).open(bytes(sealed), place).decode()
