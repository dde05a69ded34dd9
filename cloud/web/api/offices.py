"""REST resource: customs offices, their units with levels of approval, and their areas (R-008, R-009, R-011)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cloud.domain.approval import Level
from cloud.domain.authority import Act
from cloud.registry.people import officers
from cloud.registry.people import offices as registry
from cloud.registry.refusals import Refusal
from cloud.store.registry import offices
from cloud.web.api.calling import Caller
from cloud.web.api.fields import NameEn, NameZh, ValidFrom
from cloud.web.api.moments import millis
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/offices", tags=["offices"])

LevelName = Literal["SUBSECTION_CHIEF", "SECTION_CHIEF", "FIRST_LEVEL_HEAD"]


class OfficeBody(BaseModel):
    """A customs office (關)."""

    model_config = ConfigDict(extra="forbid")

    name_zh: NameZh
    name_en: NameEn
    monitoring: Literal["CENTRE", "JOINT_CENTRE"] = Field(
        default="CENTRE", description="Who watches here: the centre (監控中心) or the joint centre (聯合管理中心)"
    )


class Office(OfficeBody):
    """An office as registered."""

    code: str
    sites: list[str] = Field(description="Place codes of its area (卸存地代碼) now")


class UnitBody(BaseModel):
    """A unit of an office (組、室、分關、課、股)."""

    model_config = ConfigDict(extra="forbid")

    name_zh: NameZh
    name_en: NameEn
    level: LevelName = Field(description="Level of approval of its head: 股長, 課長, 一級單位主管")
    parent: str | None = Field(default=None, max_length=16, description="Null: a first-level unit")


class Unit(UnitBody):
    """A unit as registered."""

    code: str


class AreaBody(BaseModel):
    """From when on a site belongs to the office's area."""

    model_config = ConfigDict(extra="forbid")

    valid_from: ValidFrom = None


def _office(desk: Desk, row: Any) -> Office:
    names = {"name_zh": row.name_zh, "name_en": row.name_en, "monitoring": row.monitoring}
    return Office(code=row.code, sites=offices.area(desk.connection, row.code, desk.now_ms), **names)


def _found(desk: Desk, code: str) -> Any:
    row = offices.find(desk.connection, code)
    if row is None:
        raise Refusal("NOT-FOUND", code)
    return row


def _unit(row: Any) -> Unit:
    names = {"name_zh": row.name_zh, "name_en": row.name_en}
    return Unit.model_validate({"code": row.code, "level": Level(row.rank).name, "parent": row.parent} | names)


@router.put("/{office}", responses={201: {"model": Office}})
def put_office(call: Caller, office: str, body: OfficeBody) -> Office:
    """Register an office or change it."""

    def work(desk: Desk) -> tuple[Office, bool]:
        created = registry.put_office(desk, registry.OfficeEntry(code=office, **body.model_dump()))
        return _office(desk, _found(desk, office)), created

    return call.put(work)


@router.get("/{office}")
def get_office(call: Caller, office: str) -> Office:
    """Return one office."""

    def work(desk: Desk) -> Office:
        desk.require(Act.REGISTRY_READ, subject="office:")
        return _office(desk, _found(desk, office))

    return call.read(work)


@router.get("")
def list_offices(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Office]:
    """Return offices by code."""

    def work(desk: Desk) -> Page[Office]:
        desk.require(Act.REGISTRY_READ, subject="office:")
        rows = offices.page(desk.connection, after, limit)
        return page_of(rows, limit, "code", lambda row: _office(desk, row))

    return call.read(work)


@router.put("/{office}/units/{unit}", responses={201: {"model": Unit}})
def put_unit(call: Caller, office: str, unit: str, body: UnitBody) -> Unit:
    """Register a unit or change it; its level stays."""
    values = body.model_dump() | {"level": Level[body.level], "office": office, "code": unit}

    def work(desk: Desk) -> tuple[Unit, bool]:
        created = registry.put_unit(desk, registry.UnitEntry(**values))
        return _unit(offices.unit_of(desk.connection, office, unit)), created

    return call.put(work)


@router.get("/{office}/units")
def list_units(call: Caller, office: str) -> list[Unit]:
    """Return the units of an office, highest first."""

    def work(desk: Desk) -> list[Unit]:
        desk.require(Act.REGISTRY_READ, subject="office:")
        _found(desk, office)
        return [_unit(row) for row in offices.units(desk.connection, office)]

    return call.read(work)


@router.get("/{office}/units/{unit}/approvers/{level}")
def list_approvers(call: Caller, office: str, unit: str, level: LevelName) -> list[str]:
    """Return the ids of who may approve at a level for a unit now, lowest level first."""

    def work(desk: Desk) -> list[str]:
        desk.require(Act.PERSON_READ, subject="office:")
        return officers.approvers(desk.connection, office, unit, Level[level], desk.now_ms)

    return call.read(work)


@router.put("/{office}/sites/{site}", responses={201: {"model": Office}})
def put_site(call: Caller, office: str, site: str, body: AreaBody) -> Office:
    """Let a site belong to the office's area from a moment on; where it belonged before stays on record."""

    def work(desk: Desk) -> tuple[Office, bool]:
        created = registry.put_site(desk, office, site, millis(body.valid_from))
        return _office(desk, _found(desk, office)), created

    return call.put(work)
