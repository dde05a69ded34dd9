"""REST resource: permits for another sealing position (R-045, R-046)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.authority import Act
from cloud.registry.sealing import permits as registry
from cloud.store.registry import permits
from cloud.web.api.calling import Caller
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of
from schemas.messages import SealPosition

router = APIRouter(prefix="/permits", tags=["permits"])


class PermitBody(BaseModel):
    """One unit, one position, from when to when."""

    model_config = ConfigDict(extra="forbid")

    number: str = Field(pattern="^[0-9A-Z-]{1,20}$", description="許可號碼")
    container: str = Field(pattern="^[0-9A-Z]{1,17}$", description="貨櫃號碼")
    site: str = Field(max_length=8, description="卸存地代碼")
    position: Literal[SealPosition.RIGHT_OUTER_ROD, SealPosition.OTHER_APPROVED] = Field(description="許可之加封位置")
    reason: str = Field(min_length=1, max_length=200, description="許可事由")
    valid_from: AwareDatetime
    valid_to: AwareDatetime


class Permit(PermitBody):
    """A permit as granted; it never changes."""

    account: str = Field(description="the officer who granted it")
    entered: datetime


def _permit(row: Any) -> Permit:
    same: dict[str, Any] = {
        name: getattr(row, name) for name in ("number", "container", "site", "position", "reason", "account")
    }
    same |= {name: from_ms(getattr(row, f"{name}_ms")) for name in ("valid_from", "valid_to", "entered")}
    return Permit(**same)


@router.post("", status_code=status.HTTP_201_CREATED)
def grant(call: Caller, body: PermitBody) -> Permit:
    """Grant a permit."""
    entry = registry.PermitEntry(
        **body.model_dump(exclude={"valid_from", "valid_to"}),
        valid_from_ms=to_ms(body.valid_from),
        valid_to_ms=to_ms(body.valid_to),
    )

    def work(desk: Any) -> Permit:
        registry.grant(desk, entry)
        return _permit(permits.find(desk.connection, entry.number))

    return call.write(work)


@router.get("")
def list_permits(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Permit]:
    """Return permits by number, those at one's own sites."""
    rows = call.read(lambda desk: permits.page(desk.connection, after, limit, desk.scope(Act.REGISTRY_READ)))
    return page_of(rows, limit, "number", _permit)
