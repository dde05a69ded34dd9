"""REST resource: arrivals entered by hand, 收櫃異常處理 ES104 and EPS104 (R-078, R-079, R-081)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.outages import Cause, Screen
from cloud.registry.outages import arrivals as registry
from cloud.web.api.calling import CREATED, Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/manual-arrivals", tags=["manual arrivals"])

Sha256 = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class ArrivalBody(BaseModel):
    """What the destination's officer enters."""

    model_config = ConfigDict(extra="forbid")

    movement: str = Field(max_length=32)
    cause: Cause = Field(description="UNREADABLE: no read is possible. OUTAGE: after a declared outage")
    arrived: AwareDatetime
    photos: list[Sha256] = Field(default=[], max_length=registry.PHOTOS_MAX, description="進站影像")
    outage: int | None = Field(default=None, description="Needed for the cause OUTAGE")
    remark: str = Field(default="", max_length=registry.REMARK_CHARS_MAX)


class Arrival(ArrivalBody):
    """An arrival as it was entered."""

    screen: Screen
    site: str
    account: str
    entered: datetime


class Receivable(BaseModel):
    """A movement that may be entered."""

    movement: str
    seal_no: str
    container: str
    transport_order: str | None
    origin: str
    destination: str
    state: str
    departed: datetime | None


def _arrival(row: Any) -> Arrival:
    return Arrival(
        movement=row.movement,
        screen=row.screen,
        site=row.site,
        cause=row.cause,
        arrived=from_ms(row.arrived_ms),
        photos=row.photos,
        outage=row.outage,
        remark=row.remark,
        account=row.account,
        entered=from_ms(row.at_ms),
    )


def _receivable(row: Any) -> Receivable:
    return Receivable(
        movement=row.id,
        seal_no=row.seal_no,
        container=row.container,
        transport_order=row.transport_order,
        origin=row.origin,
        destination=row.destination,
        state=row.state,
        departed=moment(row.departed_ms),
    )


@router.post("/{screen}", status_code=CREATED)
def enter(call: Caller, screen: Screen, body: ArrivalBody) -> Arrival:
    """Receive a container by hand (officer of the destination); its movement ends as ARRIVED_MANUAL."""
    said = body.model_dump(exclude={"arrived"})
    entry = registry.Arrival(screen=screen, arrived_ms=to_ms(body.arrived), **said)

    def work(desk: Desk) -> Arrival:
        registry.enter(desk, entry)
        return _arrival(registry.entered(desk, entry.movement))

    return call.write(work)


@router.get("/{screen}/movements")
def list_receivable(call: Caller, screen: Screen, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Receivable]:
    """Return what a screen offers: movements of its kind of seal, bound for the officer's own sites."""
    return call.read(
        lambda desk: page_of(registry.selectable(desk, screen, after, limit), limit, "id", _receivable),
    )


@router.get("/{movement}")
def get_arrival(call: Caller, movement: str) -> Arrival:
    """Return what was entered for a movement."""
    return call.read(lambda desk: _arrival(registry.entered(desk, movement)))
