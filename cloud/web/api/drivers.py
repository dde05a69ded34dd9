"""REST resources: drivers with vehicle, company and papers; receiving clerks (R-007)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from cloud.domain.authority import Act
from cloud.registry.people import drivers as registry
from cloud.registry.people import reading
from cloud.registry.refusals import Refusal
from cloud.store.registry import persons
from cloud.web.api.calling import Caller
from cloud.web.api.fields import PlaceCodes
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(tags=["drivers"])

Sha256 = Annotated[str | None, Field(pattern="^[A-Za-z0-9_-]{43}$", description="A document that was put before")]


class VehicleBody(BaseModel):
    """A driver's vehicle, company and papers."""

    model_config = ConfigDict(extra="forbid")

    company: str = Field(max_length=20, description="Trucking company (拖車公司)")
    plate: str = Field(min_length=1, max_length=20, description="Tractor (車頭車號)")
    trailer: str = Field(default="", max_length=20, description="Trailer (板車車號)")
    id_copy: Sha256 = None
    statement: Sha256 = None


class DriverBody(VehicleBody):
    """A driver (司機) as entered; what names one is sealed."""

    number: str | None = Field(default=None, max_length=40, description="ID or passport number (證號)")
    passport: bool = Field(default=False, description="The number is a passport's")
    name: str | None = Field(default=None, max_length=80, description="Null: as the register knows it (姓名)")
    phone: str | None = Field(default=None, max_length=40, description="Mobile number (手機號碼)")
    licence: str | None = Field(default=None, max_length=40, description="Driving licence (駕照號碼)")


class Driver(VehicleBody):
    """A driver as registered; who it is, see the person."""

    person: str


class ClerkBody(BaseModel):
    """A receiving clerk (收櫃人員) who is told what arrives."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=80)
    phone: str = Field(max_length=40, description="Mobile number (手機號碼)")
    sites: Annotated[PlaceCodes, Field(min_length=1)]


class Clerk(BaseModel):
    """A clerk as registered; who it is, see the person."""

    person: str
    sites: list[str]


def _driver(row: Any) -> Driver:
    names = ("person", "company", "plate", "trailer", "id_copy", "statement")
    return Driver(**{name: getattr(row, name) for name in names})


def _stored(desk: Desk, person: str) -> Driver:
    return _driver(persons.driver_of(desk.connection, person))


@router.post("/drivers", status_code=201)
def add_driver(call: Caller, body: DriverBody) -> Driver:
    """Register a driver, or change the one of this number."""
    entry = registry.DriverEntry(**body.model_dump())
    return call.write(lambda desk: _stored(desk, registry.put_driver(desk, entry).id))


@router.put("/drivers/{person}")
def put_driver(call: Caller, person: str, body: DriverBody) -> Driver:
    """Change a driver; papers that are not named stay as they are."""
    entry = registry.DriverEntry(**body.model_dump(), person=person)
    return call.write(lambda desk: _stored(desk, registry.put_driver(desk, entry).id))


@router.get("/drivers/{person}")
def get_driver(call: Caller, person: str) -> Driver:
    """Return one driver."""

    def work(desk: Desk) -> Driver:
        reading.require_visible(desk, person)
        row = persons.driver_of(desk.connection, person)
        if row is None:
            raise Refusal("NOT-FOUND", person)
        desk.look(Act.PERSON_READ, f"person:{person}", what="driver")
        return _driver(row)

    return call.read(work)


@router.get("/drivers")
def list_drivers(
    call: Caller,
    company: Annotated[str | None, Query(max_length=20)] = None,
    after: After = "",
    limit: Limit = PAGE_DEFAULT,
) -> Page[Driver]:
    """Return drivers by id, of one trucking company if it is named."""

    def work(desk: Desk) -> Page[Driver]:
        desk.require(Act.PERSON_READ, subject="person:")
        rows = persons.drivers(desk.connection, company, after, limit)
        desk.look(Act.PERSON_READ, "person:", what="drivers", count=len(rows))
        return page_of(rows, limit, "person", _driver)

    return call.read(work)


@router.post("/clerks", status_code=201)
def add_clerk(call: Caller, body: ClerkBody) -> Clerk:
    """Register a receiving clerk."""
    return call.write(lambda desk: _clerk(desk, body, None))


@router.put("/clerks/{person}")
def put_clerk(call: Caller, person: str, body: ClerkBody) -> Clerk:
    """Change a receiving clerk."""
    return call.write(lambda desk: _clerk(desk, body, person))


def _clerk(desk: Desk, body: ClerkBody, person: str | None) -> Clerk:
    known = registry.put_clerk(desk, registry.ClerkEntry(**body.model_dump(), person=person))
    return Clerk(person=known.id, sites=registry.clerk_sites(desk, known.id))
