"""REST resource: declared outages (系統故障), and what they leave to be done (R-073, R-076)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.authority import Act
from cloud.domain.outages import Task
from cloud.registry.outages import declaring as registry
from cloud.registry.outages import reconciling
from cloud.store.registry import outages as rows
from cloud.web.api.calling import CREATED, Caller
from cloud.web.api.inbox import Item, read_item
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, Limit, Page, page_of
from schemas.messages import Function

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/outages", tags=["outages"])

AfterId = Annotated[int, Query(ge=0, description="The `next` of the page before")]


class OutageBody(BaseModel):
    """What customs' notice says (海關通報)."""

    model_config = ConfigDict(extra="forbid")

    notice_no: str = Field(min_length=1, max_length=40, description="通報文號")
    start: AwareDatetime
    sites: list[str] = Field(default=[], max_length=registry.SITES_MAX, description="Empty: every site")
    functions: list[Function] = Field(min_length=1, max_length=len(Function))
    extends_limits: bool = Field(default=False, description="Time limits are stretched by it")
    remark: str = Field(default="", max_length=registry.REMARK_CHARS_MAX)


class EndBody(BaseModel):
    """When the outage ended."""

    model_config = ConfigDict(extra="forbid")

    end: AwareDatetime


class Outage(OutageBody):
    """A declared outage."""

    id: int
    declared_by: str
    declared: datetime
    end: datetime | None = Field(description="Null: it lasts")
    ended_by: str | None


class Work(BaseModel):
    """An item of evidence and what is left to do for its seal."""

    item: Item
    movement: str | None = Field(description="The movement that the seal belongs to by now")
    task: Task | None = Field(description="Null: done")


def _work(work: reconciling.Work) -> Work:
    return Work(item=read_item(work.item), movement=work.movement, task=work.task)


def _outage(desk: Desk, row: Any) -> Outage:
    return Outage(
        id=row.id,
        notice_no=row.notice_no,
        start=from_ms(row.start_ms),
        sites=rows.sites(desk.connection, row.id),
        functions=row.functions,
        extends_limits=row.extends_limits,
        remark=row.remark,
        declared_by=row.declared_by,
        declared=from_ms(row.declared_ms),
        end=moment(row.end_ms),
        ended_by=row.ended_by,
    )


@router.post("", status_code=CREATED)
def declare(call: Caller, body: OutageBody) -> Outage:
    """Declare an outage (centre); the gates in its scope know it within seconds."""
    entry = registry.Declaration(**body.model_dump(exclude={"start"}), start_ms=to_ms(body.start))
    return call.write(lambda desk: _outage(desk, registry.found(desk, registry.declare(desk, entry))))


@router.post("/{outage}/end")
def end(call: Caller, outage: int, body: EndBody) -> Outage:
    """Declare the end of an outage (centre)."""

    def work(desk: Desk) -> Outage:
        registry.end(desk, outage, to_ms(body.end))
        return _outage(desk, registry.found(desk, outage))

    return call.write(work)


@router.get("/{outage}/reconciliation")
def list_work(call: Caller, outage: int, after: AfterId = 0, limit: Limit = PAGE_DEFAULT) -> Page[Work]:
    """Return what an outage left to be done: seals to scrap, movements to receive by hand."""

    def work(desk: Desk) -> Page[Work]:
        return page_of(reconciling.works(desk, outage, after, limit), limit, "id", _work)

    return call.read(work)


@router.get("/{outage}")
def get_outage(call: Caller, outage: int) -> Outage:
    """Return one outage."""

    def work(desk: Desk) -> Outage:
        desk.require(Act.REGISTRY_READ, subject=f"outage:{outage}")
        return _outage(desk, registry.found(desk, outage))

    return call.read(work)


@router.get("")
def list_outages(
    call: Caller,
    after: AfterId = 0,
    limit: Limit = PAGE_DEFAULT,
    site: str | None = None,
    ongoing: bool | None = None,
) -> Page[Outage]:
    """Return outages by id, covering one site, lasting or over, if asked."""

    def work(desk: Desk) -> Page[Outage]:
        desk.require(Act.REGISTRY_READ, subject="outage:")
        found = rows.page(desk.connection, after, limit, site=site, ongoing=ongoing)
        return page_of(found, limit, "id", lambda row: _outage(desk, row))

    return call.read(work)
