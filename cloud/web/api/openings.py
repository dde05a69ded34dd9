"""REST resource: seals opened by customs or another agency (R-012, R-041)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.authority import Act
from cloud.registry.sealing import openings as registry
from cloud.store.registry import openings
from cloud.web.api.calling import Caller
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of

router = APIRouter(prefix="/openings", tags=["openings"])


class OpeningBody(BaseModel):
    """Who opened which seal, where, when and why."""

    model_config = ConfigDict(extra="forbid")

    movement: str = Field(max_length=32, description="the pairing whose seal was opened")
    site: str = Field(max_length=8, description="卸存地代碼")
    agency: Literal["CUSTOMS", "OTHER"] = Field(description="海關或其他公務單位")
    agency_name: str = Field(default="", max_length=100, description="其他公務單位名稱")
    reason: str = Field(min_length=1, max_length=200, description="拆封事由")
    opened: AwareDatetime


class Opening(OpeningBody):
    """An opening as recorded; it never changes."""

    id: int
    container: str
    account: str = Field(description="the officer who recorded it")
    entered: datetime


def _opening(row: Any) -> Opening:
    same = ("id", "movement", "site", "agency", "agency_name", "reason", "container", "account")
    told = {name: getattr(row, name) for name in same}
    return Opening(**told, opened=from_ms(row.opened_ms), entered=from_ms(row.entered_ms))


@router.post("", status_code=status.HTTP_201_CREATED)
def record(call: Caller, body: OpeningBody) -> Opening:
    """Record an opening; the next seal on the unit with the same goods costs nothing."""
    entry = registry.OpeningEntry(**body.model_dump(exclude={"opened"}), opened_ms=to_ms(body.opened))
    return call.write(lambda desk: _opening(openings.find(desk.connection, registry.record(desk, entry))))


@router.get("")
def list_openings(call: Caller, after: After = "0", limit: Limit = PAGE_DEFAULT) -> Page[Opening]:
    """Return openings by number, those at one's own sites."""
    number = number_after(after)
    rows = call.read(lambda desk: openings.page(desk.connection, number, limit, desk.scope(Act.REGISTRY_READ)))
    return page_of(rows, limit, "id", _opening)
