"""REST resource: the issue register of seals (R-002, R-031…R-034)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms, now_ms
from cloud.registry import stock as registry
from cloud.registry.refusals import Refusal
from cloud.store import seals
from cloud.store.engine import reading
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of, put
from schemas.messages import SealKind

router = APIRouter(prefix="/seals", tags=["seals"])


class SealBody(BaseModel):
    """A seal's chip (暗碼) and kind; its printed number (明碼) stands in the address."""

    model_config = ConfigDict(extra="forbid")

    uid: str = Field(pattern="^[0-9A-F]{8,20}$")
    kind: SealKind


class Seal(SealBody):
    """A seal as registered."""

    seal_no: str
    issued: datetime


def _seal(row: Any) -> Seal:
    return Seal(seal_no=row.seal_no, uid=row.uid, kind=row.kind, issued=from_ms(row.issued_ms))


@router.put("/{seal_no}", responses={201: {"model": Seal}})
def put_seal(request: Request, response: Response, seal_no: str, body: SealBody) -> Seal:
    """Register a seal; its kind never changes, its chip not once it is paired."""
    put(
        request,
        response,
        lambda connection: registry.put_seal(
            connection, seal_no=seal_no, uid=body.uid, kind=body.kind, now_ms=now_ms()
        ),
    )
    return get_seal(request, seal_no)


@router.get("/{seal_no}")
def get_seal(request: Request, seal_no: str) -> Seal:
    """Return one seal."""
    with reading(request.app.state.engine) as connection:
        row = seals.find(connection, seal_no)
    if row is None:
        raise Refusal("NOT-FOUND", seal_no)
    return _seal(row)


@router.get("")
def list_seals(request: Request, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Seal]:
    """Return seals by printed number."""
    with reading(request.app.state.engine) as connection:
        rows = seals.page(connection, after, limit)
    return page_of(rows, limit, "seal_no", _seal)
