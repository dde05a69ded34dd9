"""REST resource: transport orders (運送單, message R12) as an operator's system sends them (R-039, R-040)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.authority import Act
from cloud.registry import orders as registry
from cloud.registry.refusals import Refusal
from cloud.store import movements, orders
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.movements import Movement, read_movement
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/transport-orders", tags=["transport orders"])

QUANTITY_MAX = 99_999_999  # n..8


class Seal(BaseModel):
    """A seal block: type as customs code it (5 電子封條, 6 電子紙封條), printed number."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["1", "2", "3", "4", "5", "6", "7", "8"]
    number: str = Field(pattern="^[0-9A-Z-]{1,17}$")


class Classes(BaseModel):
    """The fields of R12 that decide little here; kept as sent."""

    model_config = ConfigDict(extra="forbid")

    message: str | None = Field(default=None, max_length=20, description="訊息編號")
    application: Literal["1", "2", "3", "4", "5"] | None = Field(default=None, description="申請類別")
    operation: Literal["1", "2", "3", "4", "5", "6", "7", "8", "9"] | None = Field(default=None, description="作業類別")
    load: Literal["A", "B", "C", "D", "E"] | None = Field(default=None, description="貨櫃(物)類別")
    container_type: str | None = Field(default=None, pattern="^[0-9A-Z]{4}$", description="貨櫃種類")
    vehicle: Literal["1", "2", "3", "4", "5"] | None = Field(default=None, description="保稅運貨工具類別")
    unit_number: str | None = Field(default=None, max_length=4, description="保稅運貨工具編號")
    company: str | None = Field(default=None, pattern="^[0-9]{8}$", description="車行統編")
    company_name: str | None = Field(default=None, max_length=40, description="車行名稱")
    released: int | None = Field(default=None, ge=0, le=QUANTITY_MAX, description="放行總數量")
    quantity: int | None = Field(default=None, ge=0, le=QUANTITY_MAX, description="櫃車(件)數量")


class Cargo(BaseModel):
    """A line of 載運貨物明細; the first number of a declaration or permit is the one of the use record (R-033)."""

    model_config = ConfigDict(extra="forbid")

    document: str = Field(default="", pattern="^[0-9A-Z/ -]{0,35}$", description="報單號碼／轉運申請書號碼")
    direction: Literal["I", "E", "T"] | None = Field(default=None, description="進出口轉運別")
    master_bill: str | None = Field(default=None, max_length=35, description="主提單號碼")
    house_bill: str | None = Field(default=None, max_length=35, description="分提單號碼")
    registration: str | None = Field(default=None, max_length=6, description="海關通關號碼")
    manifest: str | None = Field(default=None, max_length=4, description="艙單號碼／裝貨單號")
    voyage: str | None = Field(default=None, max_length=12, description="航次／班次")
    vessel: str | None = Field(default=None, max_length=25, description="船（機）代碼")
    vessel_name: str | None = Field(default=None, max_length=35, description="船舶名稱")
    quantity: int | None = Field(default=None, ge=0, le=QUANTITY_MAX, description="載運數量")
    clearance: str | None = Field(default=None, max_length=4, description="通關方式")
    conditions: str | None = Field(default=None, max_length=10, description="放行附帶條件，數碼連寫")


class OrderBody(BaseModel):
    """A transport order. Driver's name and licence are not taken: nothing here needs them."""

    model_config = ConfigDict(extra="forbid")

    origin: str = Field(max_length=8, description="起運地點代碼")
    destination: str = Field(max_length=8, description="運往地點代碼")
    container: str = Field(pattern="^[0-9A-Z]{1,17}$", description="container or bonded unit (R-047)")
    plate: str = Field(min_length=1, max_length=12, description="車牌號碼")
    departs: AwareDatetime | None = Field(default=None, description="出發時間")
    seals: list[Seal] = Field(default=[], max_length=10, description="封條資料")
    classes: Classes = Classes()
    cargo: list[Cargo] = Field(default=[], max_length=999, description="載運貨物明細")


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


def _order(desk: Desk, row: Any) -> Order:
    made = movements.of_order(desk.connection, row.number)
    joined = {movement.seal_no for movement in made}
    paper = [block["number"] for block in row.seals if block["type"] == registry.TYPE_PA]
    return Order(
        number=row.number,
        origin=row.origin,
        destination=row.destination,
        container=row.container,
        plate=row.plate,
        departs=moment(row.departs_ms),
        seals=row.seals,
        classes=row.classes,
        cargo=row.cargo,
        received=from_ms(row.received_ms),
        cancelled=moment(row.cancelled_ms),
        movements=[read_movement(movement) for movement in made],
        not_paired=[
            Unpaired(number=number, why="電子紙封條限由關員配封 / officers pair paper seals")
            for number in paper
            if number not in joined
        ],
    )


def _found(desk: Desk, number: str) -> Order:
    row = orders.find(desk.connection, number)
    desk.require(
        Act.REGISTRY_READ, sites=[] if row is None else [row.origin, row.destination], subject=f"order:{number}"
    )
    if row is None:
        raise Refusal("NOT-FOUND", number)
    return _order(desk, row)


def _entry(number: str, body: OrderBody) -> registry.OrderEntry:
    return registry.OrderEntry(
        number=number,
        origin=body.origin,
        destination=body.destination,
        container=body.container,
        plate=body.plate,
        departs_ms=None if body.departs is None else to_ms(body.departs),
        seals=[registry.SealBlock(type=seal.type, number=seal.number) for seal in body.seals],
        classes=body.classes.model_dump(exclude_none=True),
        cargo=[
            registry.CargoLine(
                document=line.document, particulars=line.model_dump(exclude={"document"}, exclude_none=True)
            )
            for line in body.cargo
        ],
    )


@router.put("/{number}", responses={201: {"model": Order}})
def put_order(call: Caller, number: str, body: OrderBody) -> Order:
    """Take an order; its e-seal is paired by that (R-039), a paper seal is not (R-040)."""

    def work(desk: Desk) -> tuple[Order, bool]:
        created = registry.put_order(desk, _entry(number, body))
        return _found(desk, number), created

    return call.put(work)


@router.delete("/{number}")
def cancel_order(call: Caller, number: str) -> Order:
    """Cancel an order that has not departed; its seal becomes free."""

    def work(desk: Desk) -> Order:
        registry.cancel(desk, number)
        return _found(desk, number)

    return call.write(work)


@router.get("/{number}")
def get_order(call: Caller, number: str) -> Order:
    """Return one order."""
    return call.read(lambda desk: _found(desk, number))


@router.get("")
def list_orders(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Order]:
    """Return orders by number; whoever belongs to certain sites sees those from and to these."""

    def work(desk: Desk) -> Page[Order]:
        rows = orders.page(desk.connection, after, limit, desk.scope(Act.REGISTRY_READ))
        return page_of(rows, limit, "number", lambda row: _order(desk, row))

    return call.read(work)
