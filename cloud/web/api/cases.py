"""REST resource: anomaly cases, to read and to take; rules open them (R-117: each shows what it rests on)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from cloud.clock import from_ms
from cloud.registry import watching
from cloud.registry.refusals import Refusal
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/cases", tags=["cases"])


class Case(BaseModel):
    """One anomaly being handled; `subject` is a movement, else "gate:…" or "seal:…"."""

    id: int
    code: str
    subject: str
    movement: str | None
    status: str
    occurred: datetime
    detected: datetime
    acknowledged: datetime | None
    closed: datetime | None
    rule_version: int
    inputs: dict[str, Any]
    limits: dict[str, Any]
    count: int


def _case(row: Any) -> Case:
    return Case(
        id=row.id,
        code=row.code,
        subject=row.subject,
        movement=row.movement_id,
        status=row.status,
        occurred=from_ms(row.occurred_ms),
        detected=from_ms(row.detected_ms),
        acknowledged=moment(row.acknowledged_ms),
        closed=moment(row.closed_ms),
        rule_version=row.rule_version,
        inputs=row.inputs,
        limits=row.limits,
        count=row.count,
    )


@router.get("/{case_id}")
def get_case(call: Caller, case_id: int) -> Case:
    """Return one case."""
    return _case(call.read(lambda desk: watching.case(desk, case_id)))


@router.post("/{case_id}/acknowledge")
def acknowledge(call: Caller, case_id: int) -> Case:
    """Take an open case (受理); 409 STATE if somebody has already or it is closed."""

    def work(desk: Desk) -> Case:
        if not watching.acknowledge(desk, case_id):
            raise Refusal("STATE", "acknowledged or closed")
        return _case(watching.case(desk, case_id))

    return call.write(work)


@router.get("")
def list_cases(
    call: Caller,
    code: Annotated[str | None, Query(max_length=40)] = None,
    movement: Annotated[str | None, Query(max_length=32)] = None,
    after: After = "0",
    limit: Limit = PAGE_DEFAULT,
) -> Page[Case]:
    """Return cases by id; whoever belongs to certain sites sees those of these."""
    number = number_after(after)
    found = call.read(lambda desk: watching.cases_from(desk, number, limit, code=code, movement=movement))
    return page_of(found, limit, "id", _case)
