"""REST resource: persons as they may be seen, masked; in full only with a purpose on the audit log (R-014, R-017)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.registry.people import reading
from cloud.registry.people.authorising import Capacity
from cloud.registry.people.reading import Purpose, Shown
from cloud.store.registry import authorisations
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/persons", tags=["persons"])


class Person(BaseModel):
    """A person; what names one is masked (A12****789, 王○明) unless it was revealed."""

    id: str
    document: str | None = Field(description="What the number stands on")
    number: str | None = Field(description="ID or passport number (證號)")
    name: str | None = Field(description="Name (姓名)")
    phone: str | None = Field(description="Mobile number (手機號碼)")
    licence: str | None = Field(description="Driving licence (駕照號碼)")


class Authorisation(BaseModel):
    """Where a person may act, and when; for both seal kinds."""

    site: str = Field(description="Place code (卸存地代碼)")
    capacity: Capacity
    valid_from: datetime
    valid_to: datetime | None = Field(description="Null: until further notice")


class NumberBody(BaseModel):
    """Whom to look for."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(min_length=1, max_length=40, description="ID or passport number (證號)")
    passport: bool = False


class RevealBody(BaseModel):
    """For what the full data are needed."""

    model_config = ConfigDict(extra="forbid")

    purpose: Purpose
    reference: str = Field(min_length=1, max_length=40, description="Number of a case, a hold or a document")


def person_of(shown: Shown) -> Person:
    """Write a person down."""
    names = ("id", "document", "number", "name", "phone", "licence")
    return Person(**{name: getattr(shown, name) for name in names})


@router.get("/{person}")
def get_person(call: Caller, person: str) -> Person:
    """Return one person, masked."""
    return call.read(lambda desk: person_of(reading.find(desk, person)))


@router.get("")
def list_persons(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Person]:
    """Return persons by id, masked."""

    def work(desk: Desk) -> Page[Person]:
        seen, following = reading.page(desk, after, limit)
        return Page(items=[person_of(one) for one in seen], next=following)

    return call.read(work)


@router.post("/search")
def search(call: Caller, body: NumberBody) -> Person:
    """Return the person of a number, masked; a POST, so that no address and no log holds the number."""
    return call.read(lambda desk: person_of(reading.search(desk, body.number, passport=body.passport)))


@router.post("/{person}/reveal")
def reveal(call: Caller, person: str, body: RevealBody) -> Person:
    """Return a person in full; purpose and reference go on the audit log."""
    return call.read(lambda desk: person_of(reading.reveal(desk, person, body.purpose, body.reference)))


@router.get("/{person}/authorisations")
def list_authorisations(
    call: Caller,
    person: str,
    at: Annotated[AwareDatetime | None, Query(description="Only those in force then; all, unless given")] = None,
) -> list[Authorisation]:
    """Return where a person could, can or will be able to act."""

    def work(desk: Desk) -> list[Authorisation]:
        reading.require_visible(desk, person)
        rows = authorisations.history(desk.connection, person)
        if at is not None:
            at_ms = to_ms(at)
            begun = [row for row in rows if row.valid_from_ms <= at_ms]
            rows = [row for row in begun if row.valid_to_ms is None or row.valid_to_ms > at_ms]
        return [
            Authorisation(
                site=row.site,
                capacity=row.capacity,
                valid_from=from_ms(row.valid_from_ms),
                valid_to=moment(row.valid_to_ms),
            )
            for row in rows
        ]

    return call.read(work)
