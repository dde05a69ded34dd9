"""REST resource: seals, their chips and what became of each (R-002, R-034, R-060…R-063)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.lifecycles.seal import State, Step
from cloud.registry.stock import scraps
from cloud.registry.stock import seals as registry
from cloud.web.api.calling import Caller
from cloud.web.api.fields import LINE
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of
from schemas.messages import SealKind

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/seals", tags=["seals"])

_STEPS = {"SCRAP": scraps.scrap, "SEND": scraps.send, "DIAGNOSE": scraps.diagnose, "STORE": scraps.store}


class SealBody(BaseModel):
    """A seal's chip (暗碼) and kind; its printed number (明碼) stands in the address."""

    model_config = ConfigDict(extra="forbid")

    uid: str = Field(pattern="^[0-9A-F]{8,20}$")
    kind: SealKind
    series: str | None = Field(
        default=None, pattern="^[0-9A-Za-z_-]{1,32}$", description="names its verification key, if the number does not"
    )


class StepBody(BaseModel):
    """A step of scrapping: 報廢登錄, then for an e-seal 送查 and 查明原因, for a paper seal 集中存放."""

    model_config = ConfigDict(extra="forbid")

    step: Literal["SCRAP", "SEND", "DIAGNOSE", "STORE"]
    told: str = Field(
        min_length=1, max_length=200, pattern=LINE, description="reason, way of dispatch, cause, or place of storage"
    )


class Told(BaseModel):
    """What became of a seal, and who entered it."""

    step: Step
    told: dict[str, str]
    account: str
    at: datetime


class Seal(SealBody):
    """A seal as registered."""

    seal_no: str
    state: State
    site: str | None = Field(description="卸存地代碼 of whose stock it is; null: customs' own")
    issued: datetime | None
    replaced_by: str | None


def _seal(row: Any) -> Seal:
    same = ("uid", "kind", "series", "seal_no", "state", "site", "replaced_by")
    return Seal(**{name: getattr(row, name) for name in same}, issued=moment(row.issued_ms))


def _read(desk: Desk, seal_no: str) -> Seal:
    return _seal(registry.read(desk, seal_no))


@router.put("/{seal_no}", responses={201: {"model": Seal}})
def put_seal(call: Caller, seal_no: str, body: SealBody) -> Seal:
    """Register a seal; its kind never changes, its chip not once it is paired."""
    entry = registry.SealEntry(seal_no=seal_no, **body.model_dump(mode="json"))

    def work(desk: Desk) -> tuple[Seal, bool]:
        created = registry.put_seal(desk, entry)
        return _read(desk, seal_no), created

    return call.put(work)


@router.post("/{seal_no}/steps")
def take_step(call: Caller, seal_no: str, body: StepBody) -> Seal:
    """Scrap a seal, or say what became of a scrapped one."""

    def work(desk: Desk) -> Seal:
        _STEPS[body.step](desk, seal_no, body.told)
        return _read(desk, seal_no)

    return call.write(work)


@router.get("/{seal_no}")
def get_seal(call: Caller, seal_no: str) -> Seal:
    """Return one seal."""
    return call.read(lambda desk: _read(desk, seal_no))


@router.get("/{seal_no}/steps")
def list_steps(call: Caller, seal_no: str) -> list[Told]:
    """Return what became of a seal, oldest first."""
    rows = call.read(lambda desk: registry.steps(desk, seal_no))
    return [Told(step=one.step, told=one.detail, account=one.account, at=from_ms(one.at_ms)) for one in rows]


@router.get("")
def list_seals(
    call: Caller,
    state: State | None = None,
    kind: SealKind | None = None,
    after: After = "",
    limit: Limit = PAGE_DEFAULT,
) -> Page[Seal]:
    """Return seals by printed number, those of one's own sites."""
    rows = call.read(lambda desk: registry.listed(desk, after, limit, state=state, kind=kind))
    return page_of(rows, limit, "seal_no", _seal)
