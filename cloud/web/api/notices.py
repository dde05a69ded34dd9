"""REST resource: gate-out and gate-in notices (出站、進站通報) from a yard's own system, one by one or as a sheet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.registry import notices as registry
from cloud.registry import received
from cloud.registry.notices import sheet
from cloud.registry.notices.telling import Direction
from cloud.store.registry import notices as rows
from cloud.web.api.calling import CREATED, Caller
from cloud.web.api.transaction import PAGE_DEFAULT, PAGE_MAX, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/notices", tags=["notices"])


class NoticeBody(BaseModel):
    """One unit passed the yard's gate."""

    model_config = ConfigDict(extra="forbid")

    site: str = Field(description="Place code (卸存地代碼)")
    container: str = Field(description="Container or bonded unit")
    direction: Direction = Field(description="OUT 出站, IN 進站")
    at: AwareDatetime
    transport_order: str | None = Field(default=None, description="運送單號碼")


class CorrectionBody(BaseModel):
    """The notice as it should read; null: it never happened."""

    model_config = ConfigDict(extra="forbid")

    notice: NoticeBody | None


class Told(BaseModel):
    """What became of a notice."""

    id: int
    created: bool = Field(description="False: it was told before, and nothing changed")
    warning: str | None = Field(description="Container numbers that fail ISO 6346 warn only")


class Notice(NoticeBody):
    """A notice as it is kept."""

    id: int
    corrects: int | None
    void: bool = Field(description="This row says that the one it corrects never happened")
    corrected_by: int | None
    received: datetime


class Search(BaseModel):
    """Which notices are asked for."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, description="The `next` of the page before")
    limit: int = Field(default=PAGE_DEFAULT, ge=1, le=PAGE_MAX, description="How many items at most")
    site: str | None = None
    container: str | None = None
    transport_order: str | None = None
    effective: bool = Field(default=False, description="Only what counts: neither corrected nor void")


class Fault(BaseModel):
    """What is wrong or odd about a line, the header being line 1."""

    line: int
    code: str
    detail: str


class Report(BaseModel):
    """What a sheet held; a dry run stores nothing."""

    lines: int
    new: int
    known: int
    faults: list[Fault]
    warnings: list[Fault]


def _entry(body: NoticeBody) -> registry.Notice:
    return registry.Notice(**body.model_dump(exclude={"at"}), at_ms=to_ms(body.at))


def _told(told: registry.Told) -> Told:
    return Told(id=told.id, created=told.created, warning=told.warning)


def _notice(row: Any) -> Notice:
    return Notice(
        id=row.id,
        site=row.site,
        container=row.container,
        direction=row.direction,
        at=from_ms(row.at_ms),
        transport_order=row.transport_order,
        corrects=row.corrects,
        void=row.void,
        corrected_by=row.corrected_by,
        received=from_ms(row.received_ms),
    )


def _faults(faults: tuple[sheet.Fault, ...]) -> list[Fault]:
    return [Fault(line=one.line, code=one.code, detail=one.detail) for one in faults]


@router.post("", responses={CREATED: {"model": Told}})
def tell(call: Caller, body: NoticeBody) -> Told:
    """Tell that a unit passed the gate; told twice, it counts once."""

    def work(desk: Desk) -> tuple[Told, bool]:
        [told] = registry.tell(desk, [_entry(body)])
        return _told(told), told.created

    return call.put(work)


@router.post("/{notice}/correction", status_code=CREATED)
def correct(call: Caller, notice: int, body: CorrectionBody) -> Told:
    """Put a notice right by a new row; the old one stays and counts no more."""
    right = None if body.notice is None else _entry(body.notice)
    return call.write(lambda desk: _told(registry.correct(desk, registry.Correction(corrects=notice, notice=right))))


@router.post("/sheet")
def take_sheet(
    call: Caller,
    content: Annotated[bytes, Body(media_type="text/csv", description="CSV in UTF-8 with a header")],
    *,
    dry_run: Annotated[bool, Query(description="Only check")] = False,
) -> Report:
    """Take a sheet of notices, all or nothing; a dry run lists every faulty line."""

    def work(desk: Desk) -> Report:
        said = sheet.take_sheet(desk, content, trial=dry_run)
        if not dry_run:
            arrived = received.Arrived(content=content, sender=call.actor.account, channel="REST")
            received.keep(desk, arrived, received.Kind.NOTICES, {"new": said.new, "known": said.known})
        faults, warnings = _faults(said.faults), _faults(said.warnings)
        return Report(lines=said.lines, new=said.new, known=said.known, faults=faults, warnings=warnings)

    return call.write(work)


@router.get("")
def list_notices(call: Caller, search: Annotated[Search, Query()]) -> Page[Notice]:
    """Return notices by id, of the caller's own sites where its reach ends there."""
    wanted = rows.Wanted(search.site, search.container, search.transport_order, search.effective)

    def work(desk: Desk) -> Page[Notice]:
        found = registry.notices(desk, search.after, search.limit, wanted)
        return page_of(found, search.limit, "id", _notice)

    return call.read(work)
