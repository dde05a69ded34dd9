"""REST resource: anomaly cases, to read; rules open them (R-117: each shows the limits and inputs it rests on)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from cloud.clock import from_ms
from cloud.registry.refusals import Refusal
from cloud.store import casebook
from cloud.store.engine import reading
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

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


def _moment(moment_ms: int | None) -> datetime | None:
    return None if moment_ms is None else from_ms(moment_ms)


def _case(row: Any) -> Case:
    return Case(
        id=row.id,
        code=row.code,
        subject=row.subject,
        movement=row.movement_id,
        status=row.status,
        occurred=from_ms(row.occurred_ms),
        detected=from_ms(row.detected_ms),
        acknowledged=_moment(row.acknowledged_ms),
        closed=_moment(row.closed_ms),
        rule_version=row.rule_version,
        inputs=row.inputs,
        limits=row.limits,
        count=row.count,
    )


@router.get("/{case_id}")
def get_case(request: Request, case_id: int) -> Case:
    """Return one case."""
    with reading(request.app.state.engine) as connection:
        row = casebook.find(connection, case_id)
    if row is None:
        raise Refusal("NOT-FOUND", str(case_id))
    return _case(row)


@router.get("")
def list_cases(
    request: Request,
    code: Annotated[str | None, Query(max_length=40)] = None,
    movement: Annotated[str | None, Query(max_length=32)] = None,
    after: After = "0",
    limit: Limit = PAGE_DEFAULT,
) -> Page[Case]:
    """Return cases by id."""
    with reading(request.app.state.engine) as connection:
        found = casebook.page(connection, int(after) if after.isdigit() else 0, limit, code=code, movement=movement)
    return page_of(found, limit, "id", _case)
