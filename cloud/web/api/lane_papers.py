"""REST resource: papers that lanes took of drivers: whether they have come, opened, and lie with their hold."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.registry.holds import lane_papers as registry
from cloud.registry.refusals import TEXTS
from cloud.store.registry.lane_papers import Wanted
from cloud.web.api.calling import Caller
from cloud.web.api.holds import FindingBody  # noqa: TC001 -- FastAPI reads a route's annotations at run time
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, PAGE_MAX, Page, page_of
from schemas.messages import PaperKind
from schemas.reasons import REASONS

router = APIRouter(prefix="/lane-papers", tags=["holds"])

PaperId = Annotated[int, Path(ge=1)]


class Search(BaseModel):
    """Which papers are asked for."""

    model_config = ConfigDict(extra="forbid")

    waiting: bool | None = Field(default=None, description="True: only those that do not lie with a hold yet (待處理)")
    hold: int | None = Field(default=None, ge=1)
    after: int = Field(default=0, ge=0, description="The `next` of the page before")
    limit: int = Field(default=PAGE_DEFAULT, ge=1, le=PAGE_MAX, description="How many items at most")


class LanePaper(BaseModel):
    """A paper of a lane; nothing of what is in it."""

    id: int
    gate: str
    epoch: int
    seq: int
    sha256: str = Field(description="SHA-256 of the encrypted bytes, as the record names them")
    site: str
    kind: PaperKind
    taken: datetime
    named: datetime = Field(description="When the record came that names it")
    received: datetime | None = Field(description="When its bytes came; null: they are awaited")
    movement: str | None
    document: str | None = Field(description="SHA-256 of the restricted document; null: not opened")
    hold: int | None
    fault: str | None = Field(description="Why it does not open, or its hold does not take it")
    fault_zh: str
    fault_en: str
    dismissed_by: str | None


class HoldBody(BaseModel):
    """The hold that a paper belongs to."""

    model_config = ConfigDict(extra="forbid")

    hold: int = Field(ge=1)


@router.get("")
def list_papers(call: Caller, asked: Annotated[Search, Query()]) -> Page[LanePaper]:
    """Return papers at the caller's sites, oldest first."""
    wanted = Wanted(waiting=asked.waiting, hold=asked.hold)
    rows = call.read(lambda desk: registry.page(desk, asked.after, asked.limit, wanted))
    return page_of(rows, asked.limit, "id", _paper)


@router.post("/{paper}/hold", status_code=204)
def link_paper(call: Caller, paper: PaperId, body: HoldBody) -> None:
    """Lay an opened paper to a hold, where its record could not tell which."""
    call.write(lambda desk: registry.link(desk, paper, body.hold))


@router.post("/{paper}/dismiss", status_code=204)
def dismiss_paper(call: Caller, paper: PaperId, body: FindingBody) -> None:
    """Say that a paper belongs to no hold, by an officer; it goes when its time is over."""
    call.write(lambda desk: registry.dismiss(desk, paper, body.finding))


def _paper(one: registry.LanePaper) -> LanePaper:
    text: Any = REASONS.get(one.fault or "") or TEXTS.get(one.fault or "")
    plain = ("id", "gate", "epoch", "seq", "sha256", "site", "movement", "document", "hold", "fault", "dismissed_by")
    return LanePaper(
        kind=PaperKind(one.kind),
        taken=from_ms(one.taken_ms),
        named=from_ms(one.named_ms),
        received=moment(one.received_ms),
        fault_zh=text.zh if text is not None else "",
        fault_en=text.en if text is not None else "",
        **{name: getattr(one, name) for name in plain},
    )
