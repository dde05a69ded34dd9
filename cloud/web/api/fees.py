"""REST resource: fees of sealing, one decision a pairing, and the monthly statement (R-038, R-048)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from cloud.clock import from_ms
from cloud.domain.fees import Reason
from cloud.registry.fees import statements as registry
from cloud.web.api import sheets
from cloud.web.api.calling import Caller
from cloud.web.api.sheets import FILES, Format
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of
from schemas.messages import SealKind

router = APIRouter(prefix="/fees", tags=["fees"])

Month = Annotated[str, Query(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", description="2026-11, of Taipei")]
Payer = Annotated[str, Query(pattern="^[0-9]{8}$", description="統一編號")]


class Fee(BaseModel):
    """What was decided for a pairing; a reversal gives a cancelled one's charge back."""

    id: int
    movement: str
    entry: Literal["DECISION", "REVERSAL"]
    outcome: Literal["CHARGED", "EXEMPT"] = Field(description="徵收或免徵")
    reason: Reason
    amount: int = Field(description="新臺幣元")
    tariff: int | None = Field(description="the rate it rests on; none: the rule's own")
    payer: str | None
    site: str
    container: str
    seal_no: str
    kind: SealKind
    document: str
    month: str
    at: datetime


def _fee(row: Any) -> Fee:
    return Fee(**{name: getattr(row, name) for name in Fee.model_fields if name != "at"}, at=from_ms(row.at_ms))


@router.get("")
def list_fees(
    call: Caller,
    month: Month | None = None,
    payer: Payer | None = None,
    after: After = "0",
    limit: Limit = PAGE_DEFAULT,
) -> Page[Fee]:
    """Return fees by number, those of sealings at one's own sites."""
    number = number_after(after)
    rows = call.read(lambda desk: registry.listed(desk, number, limit, month=month, payer=payer))
    return page_of(rows, limit, "id", _fee)


@router.get("/statement", response_class=Response, responses=FILES)
def statement(
    call: Caller,
    month: Month,
    payer: Payer | None = None,
    format: Format = "csv",  # noqa: A002 -- its name in the address
) -> Response:
    """Return the statement of a month, of one payer or of all, as a file."""
    return sheets.answer(call.read(lambda desk: registry.sheet(desk, month, payer, sheets.minguo)), format)
