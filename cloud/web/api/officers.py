"""REST resource: officers with office, unit, level, duties and places (R-006, R-008, R-011)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cloud.domain.approval import Duty, Level
from cloud.domain.authority import Act
from cloud.registry.people import officers as registry
from cloud.registry.people import reading
from cloud.registry.refusals import Refusal
from cloud.store.registry import authorisations, persons
from cloud.web.api.calling import Caller
from cloud.web.api.fields import PlaceCodes
from cloud.web.api.offices import LevelName

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/officers", tags=["officers"])


class PostBody(BaseModel):
    """What an officer (關員) is and where, from now on."""

    model_config = ConfigDict(extra="forbid")

    office: str = Field(max_length=16)
    unit: str = Field(max_length=16)
    level: LevelName | None = Field(default=None, description="Level of approval, as head of the unit")
    duties: list[Duty] = Field(default=[], max_length=3, description="監管、出站、進站")
    sites: PlaceCodes = []


class OfficerBody(PostBody):
    """An officer as entered; what names one is sealed."""

    name: str | None = Field(default=None, max_length=80, description="Null: as the register knows it (姓名)")
    number: str | None = Field(default=None, max_length=40, description="ID number, if it is kept (身分證字號)")
    phone: str | None = Field(default=None, max_length=40, description="Mobile number (手機號碼)")


class Officer(PostBody):
    """An officer's post; who it is, see the person."""

    person: str


class Ended(BaseModel):
    """Whose post ended."""

    person: str


def _officer(desk: Desk, person: str) -> Officer:
    post = persons.post_of(desk.connection, person, desk.now_ms)
    if post is None:
        raise Refusal("NOT-FOUND", person)
    values: dict[str, Any] = {"office": post.office, "unit": post.unit, "duties": post.duties, "person": person}
    level = None if post.level is None else Level(post.level).name
    sites = authorisations.sites_of(desk.connection, person, desk.now_ms, "OFFICER")
    return Officer.model_validate(values | {"level": level, "sites": sites})


def _entry(body: OfficerBody, person: str | None) -> registry.OfficerEntry:
    level = None if body.level is None else Level[body.level]
    return registry.OfficerEntry(**body.model_dump() | {"level": level, "person": person})


@router.post("", status_code=201)
def add_officer(call: Caller, body: OfficerBody) -> Officer:
    """Register an officer."""
    return call.write(lambda desk: _officer(desk, registry.put_officer(desk, _entry(body, None)).id))


@router.put("/{person}")
def put_officer(call: Caller, person: str, body: OfficerBody) -> Officer:
    """Change an officer's post and places from now on; what was before stays on record."""
    return call.write(lambda desk: _officer(desk, registry.put_officer(desk, _entry(body, person)).id))


@router.delete("/{person}")
def end_officer(call: Caller, person: str) -> Ended:
    """End an officer's post and every place, now."""

    def work(desk: Desk) -> Ended:
        registry.end_officer(desk, person)
        return Ended(person=person)

    return call.write(work)


@router.get("/{person}")
def get_officer(call: Caller, person: str) -> Officer:
    """Return an officer's post."""

    def work(desk: Desk) -> Officer:
        reading.require_visible(desk, person)
        return _officer(desk, person)

    return call.read(work)


@router.get("/on-duty/{code}/{site}")
def list_on_duty(call: Caller, code: str, site: str) -> list[str]:
    """Return the ids of the officers at a site whose duty a case of this code is, now."""

    def work(desk: Desk) -> list[str]:
        desk.require(Act.PERSON_READ, sites=[site], subject="person:")
        return registry.looking_after(desk.connection, code, site, desk.now_ms)

    return call.read(work)
