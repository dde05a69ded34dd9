"""REST resource: transport orders (運送單, message R12) as an operator's system sends them (R-039, R-040)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, now_ms, to_ms
from cloud.registry import orders as registry
from cloud.registry.refusals import Refusal
from cloud.store import movements, orders
from cloud.store.engine import reading, writing
from cloud.web.api.movements import Movement, read_movement
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of, put

router = APIRouter(prefix="/transport-orders", tags=["transport orders"])


class Seal(BaseModel):
    """A seal block: type as customs code it (5 電子封條, 6 電子紙封條), printed number."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["1", "2", "3", "4", "5", "6", "7", "8"]
    number: str = Field(pattern="^[0-9A-Z-]{1,17}$")


class Classes(BaseModel):
    """The codes of R12 that decide nothing here yet; kept as sent."""

    model_config = ConfigDict(extra="forbid")

    message: str | None = Field(default=None, max_length=20, description="訊息編號")
    application: Literal["1", "2", "3", "4", "5"] | None = Field(default=None, description="申請類別")
    operation: Literal["1", "2", "3", "4", "5", "6", "7", "8", "9"] | None = Field(default=None, description="作業類別")
    load: Literal["A", "B", "C", "D", "E"] | None = Field(default=None, description="貨櫃(物)類別")
    vehicle: Literal["1", "2", "3", "4", "5"] | None = Field(default=None, description="車輛類別")
    container_type: str | None = Field(default=None, pattern="^[0-9A-Z]{4}$", description="櫃型")


class OrderBody(BaseModel):
    """A transport order. Driver's name and licence are not taken: nothing here needs them."""

    model_config = ConfigDict(extra="forbid")

    origin: str
    destination: str
    container: str = Field(pattern="^[0-9A-Z]{1,17}$", description="container or bonded unit (R-047)")
    plate: str = Field(min_length=1, max_length=12)
    departs: AwareDatetime | None = Field(default=None, description="出發時間")
    seals: list[Seal] = Field(default=[], max_length=10)
    classes: Classes = Classes()


class Unpaired(BaseModel):
    """A seal block that pairs nothing, and why."""

    number: str
    why: str


class Order(OrderBody):
    """An order as it stands, with the movements its seals made."""

    number: str
    received: datetime
    cancelled: datetime | None
    movements: list[Movement]
    not_paired: list[Unpaired]


def _order(request: Request, row: Any) -> Order:
    with reading(request.app.state.engine) as connection:
        made = movements.of_order(connection, row.number)
    paper = [block["number"] for block in row.seals if block["type"] == registry.TYPE_PA]
    return Order(
        number=row.number,
        origin=row.origin,
        destination=row.destination,
        container=row.container,
        plate=row.plate,
        departs=None if row.departs_ms is None else from_ms(row.departs_ms),
        seals=row.seals,
        classes=row.classes,
        received=from_ms(row.received_ms),
        cancelled=None if row.cancelled_ms is None else from_ms(row.cancelled_ms),
        movements=[read_movement(movement) for movement in made],
        not_paired=[
            Unpaired(number=number, why="電子紙封條限由關員配封 / officers pair paper seals") for number in paper
        ],
    )


@router.put("/{number}", responses={201: {"model": Order}})
def put_order(request: Request, response: Response, number: str, body: OrderBody) -> Order:
    """Take an order; its e-seal is paired by that (R-039), a paper seal is not (R-040)."""
    entry = registry.OrderEntry(
        number=number,
        origin=body.origin,
        destination=body.destination,
        container=body.container,
        plate=body.plate,
        departs_ms=None if body.departs is None else to_ms(body.departs),
        seals=[registry.SealBlock(type=seal.type, number=seal.number) for seal in body.seals],
        classes=body.classes.model_dump(exclude_none=True),
    )
    put(request, response, lambda connection: registry.put_order(connection, entry, now_ms()))
    return get_order(request, number)


@router.delete("/{number}")
def cancel_order(request: Request, number: str) -> Order:
    """Cancel an order that has not departed; its seal becomes free."""
    with writing(request.app.state.engine) as connection:
        registry.cancel(connection, number, now_ms())
    return get_order(request, number)


@router.get("/{number}")
def get_order(request: Request, number: str) -> Order:
    """Return one order."""
    with reading(request.app.state.engine) as connection:
        row = orders.find(connection, number)
    if row is None:
        raise Refusal("NOT-FOUND", number)
    return _order(request, row)


@router.get("")
def list_orders(request: Request, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Order]:
    """Return orders by number."""
    with reading(request.app.state.engine) as connection:
        rows = orders.page(connection, after, limit)
    return page_of(rows, limit, "number", lambda row: _order(request, row))
