"""REST resource: the audit log, to read: every act, every refused attempt, every look at personal data (R-070)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from cloud.clock import from_ms
from cloud.registry import audit as registry
from cloud.web.api.calling import Caller
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of

router = APIRouter(prefix="/audit", tags=["audit"])


class Line(BaseModel):
    """One line of the log (稽核紀錄); it holds no personal data."""

    id: int
    at: datetime
    account: str
    act: str
    outcome: Literal["DONE", "DENIED", "LOOKED"]
    subject: str
    detail: dict[str, Any]


def _line(row: Any) -> Line:
    return Line(
        id=row.id,
        at=from_ms(row.at_ms),
        account=row.account,
        act=row.act,
        outcome=row.outcome,
        subject=row.subject,
        detail=row.detail,
    )


@router.get("")
def list_lines(
    call: Caller,
    subject: Annotated[str | None, Query(max_length=80, description='such as "gate:KEL-1"')] = None,
    account: Annotated[str | None, Query(max_length=64)] = None,
    after: After = "0",
    limit: Limit = PAGE_DEFAULT,
) -> Page[Line]:
    """Return lines in the order in which they were written; the look itself goes on the log."""
    number = number_after(after)
    rows = call.read(lambda desk: registry.lines(desk, number, limit, subject=subject, account=account))
    return page_of(rows, limit, "id", _line)
