"""REST resource: the contact directory as dated data (R-010, R-110)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.authority import Act
from cloud.registry.people import contacts as registry
from cloud.registry.people.contacts import Body
from cloud.store.registry import contacts
from cloud.web.api.calling import Caller
from cloud.web.api.fields import NameEn, NameZh, ValidFrom
from cloud.web.api.moments import millis, moment

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/contacts", tags=["contacts"])

Numbers = Annotated[list[str], Field(max_length=registry.NUMBERS_MAX)]


class ContactBody(BaseModel):
    """A version of an entry of the directory (聯絡資訊); official numbers only."""

    model_config = ConfigDict(extra="forbid")

    body: Body
    name_zh: NameZh
    name_en: NameEn
    office: str | None = Field(default=None, max_length=16, description="Office (關); null: for all of them")
    procedure: Literal["E", "PA"] | None = Field(default=None, description="Null: for both procedures")
    phones: Numbers = []
    mobiles: Numbers = []
    faxes: Numbers = []
    mails: Numbers = []
    valid_from: ValidFrom = None


class Contact(ContactBody):
    """A version as registered."""

    code: str
    valid_from: AwareDatetime
    valid_to: datetime | None = Field(description="Null: until another version begins")


def _contact(row: Any) -> Contact:
    names = ("code", "body", "name_zh", "name_en", "office", "procedure", "phones", "mobiles", "faxes", "mails")
    return Contact(
        **{name: getattr(row, name) for name in names},
        valid_from=from_ms(row.valid_from_ms),
        valid_to=moment(row.valid_to_ms),
    )


@router.put("/{code}", responses={201: {"model": Contact}})
def put_contact(call: Caller, code: str, body: ContactBody) -> Contact:
    """Enter a contact or a new version of one from a moment on; the one before stays on record."""
    values = body.model_dump(exclude={"valid_from"}) | {"valid_from_ms": millis(body.valid_from)}

    def work(desk: Desk) -> tuple[Contact, bool]:
        created = registry.put_contact(desk, registry.ContactEntry(code=code, **values))
        return _contact(contacts.history(desk.connection, code)[-1]), created

    return call.put(work)


@router.delete("/{code}")
def end_contact(call: Caller, code: str) -> Contact:
    """Take an entry out of the directory from now on."""

    def work(desk: Desk) -> Contact:
        registry.end_contact(desk, code)
        return _contact(contacts.history(desk.connection, code)[-1])

    return call.write(work)


@router.get("/{code}/versions")
def list_versions(call: Caller, code: str) -> list[Contact]:
    """Return every version of an entry, oldest first."""

    def work(desk: Desk) -> list[Contact]:
        desk.require(Act.REGISTRY_READ, subject="contact:")
        return [_contact(row) for row in contacts.history(desk.connection, code)]

    return call.read(work)


@router.get("")
def list_contacts(
    call: Caller,
    office: Annotated[str | None, Query(max_length=16, description="With those for all offices")] = None,
    body: Annotated[Body | None, Query()] = None,
    procedure: Annotated[Literal["E", "PA"] | None, Query()] = None,
    at: Annotated[AwareDatetime | None, Query(description="As of this time; now, unless given")] = None,
) -> list[Contact]:
    """Return the directory as of a time."""

    def work(desk: Desk) -> list[Contact]:
        desk.require(Act.REGISTRY_READ, subject="contact:")
        at_ms = desk.now_ms if at is None else to_ms(at)
        bodies = () if body is None else (body,)
        rows = contacts.listed(desk.connection, at_ms, office=office, bodies=bodies, procedure=procedure)
        return [_contact(row) for row in rows]

    return call.read(work)
