"""REST resource: 加封申請, filed by operators and traders, decided by officers (R-004, R-035)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.lifecycles.application import State
from cloud.registry.sealing import applications as registry
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of
from schemas.messages import SealKind

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/applications", tags=["applications"])

Sha256 = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$")]


class ApplicationBody(BaseModel):
    """What is asked: a seal of this kind on this unit, and on what ground."""

    model_config = ConfigDict(extra="forbid")

    kind: SealKind = Field(description="E 電子封條, PA 電子紙封條")
    container: str = Field(pattern="^[0-9A-Z]{1,17}$", description="貨櫃或保稅運貨工具號碼")
    site: str = Field(max_length=8, description="加封地點之卸存地代碼")
    destination: str | None = Field(default=None, max_length=8, description="運往地點代碼")
    ground: registry.Ground = Field(description="訊息別，或海關書面文件指示")
    document: str = Field(min_length=1, max_length=35, description="報單、轉運准單或書面文件號碼")
    papers: list[Sha256] = Field(default=[], max_length=20, description="附件: documents put before")
    note: str = Field(default="", max_length=200, description="說明")


class DecisionBody(BaseModel):
    """An officer's word; a refusal says why."""

    model_config = ConfigDict(extra="forbid")

    approve: bool = Field(description="核准或駁回")
    remark: str = Field(default="", max_length=200, description="理由")


class Application(ApplicationBody):
    """An application as it stands."""

    id: int
    state: State
    account: str
    filed: datetime
    officer: str | None
    decided: datetime | None
    remark: str


def _application(row: Any) -> Application:
    same = {name: getattr(row, name) for name in (*ApplicationBody.model_fields, "id", "state", "account", "officer")}
    decided = moment(row.decided_ms)
    return Application(**same, remark=row.remark, filed=from_ms(row.filed_ms), decided=decided)


@router.post("", status_code=status.HTTP_201_CREATED)
def file(call: Caller, body: ApplicationBody) -> Application:
    """File an application."""
    entry = registry.ApplicationEntry(**body.model_dump())
    return call.write(lambda desk: _application(registry.read(desk, registry.file(desk, entry))))


@router.post("/{number}/decision")
def decide(call: Caller, number: int, body: DecisionBody) -> Application:
    """Approve or refuse an application."""

    def work(desk: Desk) -> Application:
        registry.decide(desk, number, approve=body.approve, remark=body.remark)
        return _application(registry.read(desk, number))

    return call.write(work)


@router.delete("/{number}")
def withdraw(call: Caller, number: int) -> Application:
    """Take one's own application back."""

    def work(desk: Desk) -> Application:
        registry.withdraw(desk, number)
        return _application(registry.read(desk, number))

    return call.write(work)


@router.get("/{number}")
def get_application(call: Caller, number: int) -> Application:
    """Return one application: its account's, or one at the officer's own sites."""
    return call.read(lambda desk: _application(registry.read(desk, number)))


@router.get("")
def list_applications(
    call: Caller, state: State | None = None, after: After = "0", limit: Limit = PAGE_DEFAULT
) -> Page[Application]:
    """Return applications by number: one's own, and for officers those at their sites."""
    number = number_after(after)
    rows = call.read(lambda desk: registry.listed(desk, number, limit, state))
    return page_of(rows, limit, "id", _application)
