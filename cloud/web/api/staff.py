"""REST resource: staff numbers, badges, and where they may act (R-005, R-006, R-017)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cloud.domain.authority import Act
from cloud.registry import people as registry
from cloud.registry.people import pins
from cloud.registry.refusals import Refusal
from cloud.store.registry import authorisations, persons
from cloud.web.api.calling import Caller
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of
from schemas.messages import Operation

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/staff", tags=["staff"])


class StaffBody(BaseModel):
    """One person's badge (識別證): what it may do, and where from now on. No names."""

    model_config = ConfigDict(extra="forbid")

    badge_uid: str = Field(pattern="^[0-9A-F]{8,20}$")
    role: Literal["OFFICER", "SPECIALIST"]
    may: list[Operation] = Field(max_length=len(Operation))
    sites: list[str] | None = Field(
        default=None, max_length=200, description="Place codes (卸存地代碼); null: as the person is authorised"
    )
    person: str | None = Field(default=None, max_length=32, description="Id in the register of people")


class Staff(StaffBody):
    """A badge as registered."""

    staff: str
    sites: list[str]
    pin_set: bool = Field(description="Whether the person has set a kiosk PIN")


def _staff(desk: Desk, row: Any) -> Staff:
    sites = authorisations.sites_of(desk.connection, row.person, desk.now_ms, row.role)
    badge = {"badge_uid": row.badge_uid, "role": row.role, "may": row.may}
    return Staff(staff=row.staff, sites=sites, person=row.person, pin_set=row.pin is not None, **badge)


@router.put("/{staff}", responses={201: {"model": Staff}})
def put_staff(call: Caller, staff: str, body: StaffBody) -> Staff:
    """Register a badge or change what it may do; earlier authorisations stay on record."""
    entry = registry.StaffEntry(staff=staff, **body.model_dump(mode="json"))

    def work(desk: Desk) -> tuple[Staff, bool]:
        created = registry.put_staff(desk, entry)
        return _staff(desk, persons.badge(desk.connection, staff)), created

    return call.put(work)


@router.delete("/{staff}/pin", status_code=204)
def reset_pin(call: Caller, staff: str) -> None:
    """Take a kiosk PIN back, forgotten or seen by others: its owner sets another one."""
    call.write(lambda desk: pins.reset(desk, staff))


@router.get("/{staff}")
def get_staff(call: Caller, staff: str) -> Staff:
    """Return one badge."""

    def work(desk: Desk) -> Staff:
        sites = desk.scope(Act.REGISTRY_READ, subject="staff:")
        row = persons.badge(desk.connection, staff)
        if row is None or (
            sites is not None and sites.isdisjoint(authorisations.sites_ever(desk.connection, row.person))
        ):
            raise Refusal("NOT-FOUND", staff)
        return _staff(desk, row)

    return call.read(work)


@router.get("")
def list_staff(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Staff]:
    """Return badges by staff number; those of other sites only to whom all sites are open."""

    def work(desk: Desk) -> Page[Staff]:
        sites = desk.scope(Act.REGISTRY_READ, subject="staff:")
        rows = persons.badges(desk.connection, sites, after, limit)
        return page_of(rows, limit, "staff", lambda row: _staff(desk, row))

    return call.read(work)
