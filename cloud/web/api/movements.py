"""REST resource: sealed movements and their cases, to read; gates and rules write them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from cloud.clock import from_ms
from cloud.registry import watching
from cloud.store import held
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of
from schemas.lifecycle import MovementState
from schemas.messages import Operation, SealKind

router = APIRouter(prefix="/movements", tags=["movements"])


class Hold(BaseModel):
    """留置: why, and since when."""

    reason: str
    since: datetime


class Movement(BaseModel):
    """One sealed trip from pairing to receipt."""

    movement: str
    kind: SealKind
    seal_no: str
    container: str
    plate: str
    transport_order: str | None
    origin: str
    destination: str
    state: MovementState
    paired: datetime
    pairing_source: str
    departed: datetime | None
    arrived: datetime | None
    makeup: bool = Field(description="Its arrival read was made up for (補作進站讀取)")
    deadline: datetime | None
    hold: Hold | None


def read_movement(row: Any) -> Movement:
    """Write a row as the API shows it."""
    hold = held.shown(row)
    return Movement(
        movement=row.id,
        kind=row.kind,
        seal_no=row.seal_no,
        container=row.container,
        plate=row.plate,
        transport_order=row.transport_order,
        origin=row.origin,
        destination=row.destination,
        state=row.state,
        paired=from_ms(row.paired_ms),
        pairing_source=row.pairing_source,
        departed=moment(row.departed_ms),
        arrived=moment(row.arrived_ms),
        makeup=row.arrived_by == Operation.MAKEUP_ARRIVE,
        deadline=moment(row.deadline_ms),
        hold=None if hold is None else Hold(reason=hold.reason, since=from_ms(hold.since_ms)),
    )


@router.get("/{movement}")
def get_movement(call: Caller, movement: str) -> Movement:
    """Return one movement."""
    return read_movement(call.read(lambda desk: watching.movement(desk, movement)))


@router.get("")
def list_movements(
    call: Caller,
    state: MovementState | None = None,
    site: Annotated[str | None, Query(max_length=8, description="origin or destination")] = None,
    after: After = "",
    limit: Limit = PAGE_DEFAULT,
) -> Page[Movement]:
    """Return movements by id; whoever belongs to certain sites sees those that touch these."""
    rows = call.read(lambda desk: watching.movements_from(desk, after, limit, state=state, site=site))
    return page_of(rows, limit, "id", read_movement)
