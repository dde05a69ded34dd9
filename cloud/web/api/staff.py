"""REST resource: staff numbers, badges, and where they may act (R-005, R-006, R-017)."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import now_ms
from cloud.registry import people as registry
from cloud.registry.refusals import Refusal
from cloud.store import people
from cloud.store.engine import reading
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of, put
from schemas.messages import Operation

router = APIRouter(prefix="/staff", tags=["staff"])


class StaffBody(BaseModel):
    """One person's badge: what it may do, and where from now on. No names."""

    model_config = ConfigDict(extra="forbid")

    badge_uid: str = Field(pattern="^[0-9A-F]{8,20}$")
    role: Literal["OFFICER", "SPECIALIST"]
    may: list[Operation] = Field(max_length=8)
    sites: list[str] = Field(max_length=200)


class Staff(StaffBody):
    """A person as registered."""

    staff: str


def _staff(request: Request, row: Any) -> Staff:
    with reading(request.app.state.engine) as connection:
        sites = people.sites_of(connection, row.staff, now_ms())
    return Staff(staff=row.staff, badge_uid=row.badge_uid, role=row.role, may=row.may, sites=sites)


@router.put("/{staff}", responses={201: {"model": Staff}})
def put_staff(request: Request, response: Response, staff: str, body: StaffBody) -> Staff:
    """Register a badge or change what it may do; earlier authorisations stay on record."""
    entry = registry.StaffEntry(staff=staff, **body.model_dump(mode="json"))
    put(request, response, lambda connection: registry.put_staff(connection, entry, now_ms()))
    return get_staff(request, staff)


@router.get("/{staff}")
def get_staff(request: Request, staff: str) -> Staff:
    """Return one person."""
    with reading(request.app.state.engine) as connection:
        row = people.find(connection, staff)
    if row is None:
        raise Refusal("NOT-FOUND", staff)
    return _staff(request, row)


@router.get("")
def list_staff(request: Request, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Staff]:
    """Return people by staff number."""
    with reading(request.app.state.engine) as connection:
        rows = people.page(connection, after, limit)
    return page_of(rows, limit, "staff", lambda row: _staff(request, row))
