"""REST resource: specialists as operators enrol them (R-005, R-013…R-017, R-023)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from cloud.domain.authority import Act
from cloud.registry.people import specialists as registry
from cloud.registry.people.assertion import Assertor
from cloud.store.registry import authorisations, operators, persons
from cloud.web.api.calling import Caller
from cloud.web.api.fields import PlaceCodes, ValidFrom, ValidTo
from cloud.web.api.moments import millis, moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/operators/{operator}/specialists", tags=["specialists"])


def _assertor(request: Request) -> Any:
    return request.app.state.assertor


Window = Annotated[Assertor, Depends(_assertor)]


class PrefillBody(BaseModel):
    """A number to check before the form is filled in (系統檢核帶出基本資料)."""

    model_config = ConfigDict(extra="forbid")

    assertion: str = Field(max_length=4096, description="Token of the single window: certificate login (憑證登入)")
    number: str = Field(max_length=40, description="ID number (身分證字號)")


class Prefill(BaseModel):
    """What is known of the number."""

    person: str | None
    name: str | None = Field(description="Masked (王○明)")


class EnrolmentBody(PrefillBody):
    """An enrolment (專責人員登錄): incomplete without phone and place code."""

    name: str | None = Field(default=None, max_length=80, description="Null: as the register knows it (姓名)")
    phone: str | None = Field(default=None, max_length=40, description="Mobile number (手機號碼)")
    sites: PlaceCodes = []
    valid_from: ValidFrom = None
    valid_to: ValidTo = None


class SitesBody(BaseModel):
    """Further places (新增所屬卸存地點代碼)."""

    model_config = ConfigDict(extra="forbid")

    sites: Annotated[PlaceCodes, Field(min_length=1)]
    valid_from: ValidFrom = None
    valid_to: ValidTo = None


class Specialist(BaseModel):
    """A specialist of an operator; who it is, see the person."""

    person: str
    operator: str
    certificate: str = Field(description="Kind that logged in for the enrolment")
    enrolled: datetime | None
    ended: datetime | None
    sites: list[str] = Field(description="Place codes where this person may act now, on both seal kinds")


def _specialist(desk: Desk, row: Any) -> Specialist:
    return Specialist(
        person=row.person,
        operator=row.operator,
        certificate=row.certificate,
        enrolled=moment(row.enrolled_ms),
        ended=moment(row.ended_ms),
        sites=authorisations.sites_of(desk.connection, row.person, desk.now_ms, "SPECIALIST"),
    )


def _found(desk: Desk, person: str, operator: str) -> Specialist:
    return _specialist(desk, persons.enrolment(desk.connection, person, operator))


@router.post("/prefill")
def prefill(call: Caller, window: Window, operator: str, body: PrefillBody) -> Prefill:
    """Check a number and return what the register knows of it, masked."""

    def work(desk: Desk) -> Prefill:
        known = registry.prefill(desk, window, operator, body.assertion, body.number)
        return Prefill(person=known.person, name=known.name_masked)

    return call.read(work)


@router.post("", status_code=201)
def enrol(call: Caller, window: Window, operator: str, body: EnrolmentBody) -> Specialist:
    """Enrol a specialist; permission for E and Pa begins at the same instant."""
    entry = registry.EnrolmentEntry(
        **body.model_dump(exclude={"valid_from", "valid_to"}),
        operator=operator,
        valid_from_ms=millis(body.valid_from),
        valid_to_ms=millis(body.valid_to),
    )

    def work(desk: Desk) -> Specialist:
        known = registry.enrol(desk, window, entry)
        return _found(desk, known.id, operator)

    return call.write(work)


@router.post("/{person}/sites")
def add_sites(call: Caller, operator: str, person: str, body: SitesBody) -> Specialist:
    """Let a specialist act at more places; what was read there before stays unauthorised."""
    span = (millis(body.valid_from), millis(body.valid_to))

    def work(desk: Desk) -> Specialist:
        registry.add_sites(desk, person, operator, body.sites, span)
        return _found(desk, person, operator)

    return call.write(work)


@router.delete("/{person}/sites/{site}")
def end_site(call: Caller, operator: str, person: str, site: str) -> Specialist:
    """End a specialist's authorisation at a place now, for both seal kinds."""

    def work(desk: Desk) -> Specialist:
        registry.end_sites(desk, person, operator, [site])
        return _found(desk, person, operator)

    return call.write(work)


@router.delete("/{person}")
def end_enrolment(call: Caller, operator: str, person: str) -> Specialist:
    """End a specialist's work for the operator, with every authorisation at its places."""

    def work(desk: Desk) -> Specialist:
        registry.end_enrolment(desk, person, operator)
        return _found(desk, person, operator)

    return call.write(work)


@router.get("")
def list_specialists(call: Caller, operator: str, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Specialist]:
    """Return the operator's specialists by id."""

    def work(desk: Desk) -> Page[Specialist]:
        own = operators.sites_of(desk.connection, operator, desk.now_ms)
        desk.require(Act.PERSON_READ, sites=own or [registry.NOWHERE], subject=f"company:{operator}")
        rows = persons.specialists(desk.connection, operator, after, limit)
        return page_of(rows, limit, "person", lambda row: _specialist(desk, row))

    return call.read(work)
