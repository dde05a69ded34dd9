"""REST resource: 批次請領, requested by operators, issued by officers as ranges (R-031, R-032, R-035)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.lifecycles.seal_request import State
from cloud.domain.seal_numbers import QUANTITY_MAX
from cloud.registry.stock import requests as registry
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of
from schemas.messages import SealKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud.registry.desk import Desk

router = APIRouter(prefix="/seal-requests", tags=["seal requests"])


class RequestBody(BaseModel):
    """How many e-seals are asked for; paper seals are never issued in batches (R-035)."""

    model_config = ConfigDict(extra="forbid")

    site: str = Field(max_length=8, description="卸存地代碼")
    quantity: int = Field(ge=1, le=QUANTITY_MAX, description="數量")
    kind: SealKind = SealKind.E
    note: str = Field(default="", max_length=200, description="說明")


class RangeBody(BaseModel):
    """The range issued for it, of exactly the quantity requested."""

    model_config = ConfigDict(extra="forbid")

    first: str = Field(pattern="^[0-9A-Z-]{1,17}$", description="起號")
    last: str = Field(pattern="^[0-9A-Z-]{1,17}$", description="迄號")


class RefusalBody(BaseModel):
    """Why nothing is issued."""

    model_config = ConfigDict(extra="forbid")

    remark: str = Field(min_length=1, max_length=200, description="理由")


class Request(BaseModel):
    """A request as it stands."""

    id: int
    site: str
    quantity: int
    note: str
    state: State
    account: str
    requested: datetime
    officer: str | None
    decided: datetime | None
    remark: str


def _request(row: Any) -> Request:
    same = ("id", "site", "quantity", "note", "state", "account", "officer", "remark")
    facts = {name: getattr(row, name) for name in same}
    return Request(**facts, requested=from_ms(row.requested_ms), decided=moment(row.decided_ms))


def _after(number: int, act: Callable[[Desk], object]) -> Callable[[Desk], Request]:
    """Return the request as it stands after an act."""

    def work(desk: Desk) -> Request:
        act(desk)
        return _request(registry.read(desk, number))

    return work


@router.post("", status_code=status.HTTP_201_CREATED)
def request(call: Caller, body: RequestBody) -> Request:
    """Request e-seals for one's own site."""

    def work(desk: Desk) -> Request:
        number = registry.request(desk, body.site, body.quantity, body.note, body.kind)
        return _request(registry.read(desk, number))

    return call.write(work)


@router.post("/{number}/issue")
def issue(call: Caller, number: int, body: RangeBody) -> Request:
    """Issue a range for a request."""
    return call.write(_after(number, lambda desk: registry.issue(desk, number, body.first, body.last)))


@router.post("/{number}/refusal")
def refuse(call: Caller, number: int, body: RefusalBody) -> Request:
    """Refuse a request."""
    return call.write(_after(number, lambda desk: registry.refuse(desk, number, body.remark)))


@router.delete("/{number}")
def withdraw(call: Caller, number: int) -> Request:
    """Take one's own request back."""
    return call.write(_after(number, lambda desk: registry.withdraw(desk, number)))


@router.get("/{number}")
def get_request(call: Caller, number: int) -> Request:
    """Return one request."""
    return call.read(lambda desk: _request(registry.read(desk, number)))


@router.get("")
def list_requests(
    call: Caller, state: State | None = None, after: After = "0", limit: Limit = PAGE_DEFAULT
) -> Page[Request]:
    """Return requests by number, those of one's own sites."""
    number = number_after(after)
    return page_of(call.read(lambda desk: registry.listed(desk, number, limit, state)), limit, "id", _request)
