"""REST resource: cases whose only picture may be on a yard's own cameras, and orders to keep that longer (B0)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.footage import Stage
from cloud.registry import footage as registry
from cloud.web.api.calling import Caller
from cloud.web.api.transaction import PAGE_DEFAULT, Limit, Page, page_of

router = APIRouter(prefix="/footage", tags=["cases"])


class OrderBody(BaseModel):
    """The letter that orders a yard to keep its footage for 90 days (延長保存)."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(min_length=1, max_length=40, description="公文文號")


class Footage(BaseModel):
    """A case without a picture in the system (無系統影像)."""

    case: int
    code: str
    movement: str
    container: str
    site: str
    occurred: datetime
    kept_until: datetime
    stage: Stage
    number: str | None
    draft: str = Field(description="The order's text, from day 25 on (延長保存函稿)")


@router.get("")
def list_footage(
    call: Caller,
    after: Annotated[int, Query(ge=0, description="The `next` of the page before")] = 0,
    limit: Limit = PAGE_DEFAULT,
) -> Page[Footage]:
    """Return open cases from day 20 on that lack a picture of our own, by number."""
    return page_of(call.read(lambda desk: registry.listed(desk, after, limit)), limit, "id", _footage)


@router.post("/{case}/order", status_code=204)
def order_footage(call: Caller, case: Annotated[int, Path(ge=1)], body: OrderBody) -> None:
    """Note that customs ordered the yard to keep what its cameras saw."""
    call.write(lambda desk: registry.order(desk, registry.FootageOrder(case=case, number=body.number)))


def _footage(one: registry.Footage) -> Footage:
    return Footage(
        case=one.id,
        code=one.code,
        movement=one.movement,
        container=one.container,
        site=one.site,
        occurred=from_ms(one.occurred_ms),
        kept_until=from_ms(one.kept_until_ms),
        stage=one.stage,
        number=one.number,
        draft=one.draft,
    )
