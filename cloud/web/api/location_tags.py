"""REST resource: location tags (位置標籤), from application to retirement (R-018…R-022)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.authority import Act
from cloud.domain.lifecycles.location_tag import State
from cloud.registry.places import tags as registry
from cloud.registry.refusals import Refusal
from cloud.store.registry import location_tags as rows
from cloud.web.api.calling import CREATED, Caller
from cloud.web.api.transaction import PAGE_DEFAULT, Limit, Page, page_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud.registry.desk import Desk

router = APIRouter(prefix="/location-tags", tags=["location tags"])

Remark = Annotated[str, Field(min_length=1, max_length=registry.REMARK_CHARS_MAX)]
Sha256 = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="A document put before, by its SHA-256")]
AfterId = Annotated[int, Query(ge=0, description="The `next` of the page before")]


class Body(BaseModel):
    """What every body of this resource is like."""

    model_config = ConfigDict(extra="forbid")


class ApplyBody(Body):
    """An operator's application (R-019); each of the four is needed."""

    site: str = Field(description="Place code (卸存地代碼)")
    ground: str = Field(description=f"{registry.Ground.NO_SATELLITE_FIX}: no position by satellite there (R-018)")
    reason: Remark = Field(description="申辦事由")
    photo: Sha256 = Field(description="Picture of the spot (黏貼位置照片)")


class MountBody(Body):
    """The supervising officer's report (R-020)."""

    uid: str = Field(pattern=r"^[0-9A-F]{8,20}$", description="UID of the tag's chip")
    record: Remark = Field(description="紀錄")
    photo: Sha256


class ReviewBody(Body):
    """The centre's finding (R-021), or why a tag is returned or retired."""

    remark: Remark


class TagStep(BaseModel):
    """One step in a tag's life."""

    step: str
    state: State
    at: datetime
    account: str
    remark: str
    photo: str | None
    uid: str | None


class Tag(BaseModel):
    """A location tag as it stands."""

    id: int
    site: str
    state: State
    uid: str | None


class TagRecord(Tag):
    """A location tag with all that was done to it."""

    steps: list[TagStep]


def _tag(row: Any) -> Tag:
    return Tag(id=row.id, site=row.site, state=row.state, uid=row.uid)


def _recorded(desk: Desk, identity: int) -> TagRecord:
    row = rows.find(desk.connection, identity)
    if row is None:
        raise Refusal("NOT-FOUND", f"tag:{identity}")
    steps = [
        TagStep(
            step=one.step,
            state=one.state,
            at=from_ms(one.at_ms),
            account=one.account,
            remark=one.remark,
            photo=one.photo,
            uid=one.uid,
        )
        for one in rows.steps(desk.connection, identity)
    ]
    return TagRecord(**_tag(row).model_dump(), steps=steps)


def _done(call: Caller, identity: int, act: Callable[[Desk], None]) -> TagRecord:
    def work(desk: Desk) -> TagRecord:
        act(desk)
        return _recorded(desk, identity)

    return call.write(work)


@router.post("", status_code=CREATED)
def apply(call: Caller, body: ApplyBody) -> TagRecord:
    """Apply for a tag (operator)."""
    entry = registry.Application(**body.model_dump())
    return call.write(lambda desk: _recorded(desk, registry.apply(desk, entry)))


@router.post("/{tag}/mounting")
def mount(call: Caller, tag: int, body: MountBody) -> TagRecord:
    """Report a tag as mounted (officer)."""
    entry = registry.Mounting(**body.model_dump())
    return _done(call, tag, lambda desk: registry.mount(desk, tag, entry))


@router.post("/{tag}/activation")
def activate(call: Caller, tag: int, body: ReviewBody) -> TagRecord:
    """Activate a mounted tag (centre); the gates of its site take it from then on."""
    return _done(call, tag, lambda desk: registry.activate(desk, tag, body.remark))


@router.post("/{tag}/rejection")
def reject(call: Caller, tag: int, body: ReviewBody) -> TagRecord:
    """Return a mounted tag with the reason (centre)."""
    return _done(call, tag, lambda desk: registry.reject(desk, tag, body.remark))


@router.post("/{tag}/retirement")
def retire(call: Caller, tag: int, body: ReviewBody) -> TagRecord:
    """Retire a tag for good (officer, centre)."""
    return _done(call, tag, lambda desk: registry.retire(desk, tag, body.remark))


@router.get("/{tag}")
def get_tag(call: Caller, tag: int) -> TagRecord:
    """Return one tag with its record."""

    def work(desk: Desk) -> TagRecord:
        desk.require(Act.REGISTRY_READ, subject=f"tag:{tag}")
        recorded = _recorded(desk, tag)
        desk.require(Act.REGISTRY_READ, sites=[recorded.site], subject=f"tag:{tag}")
        return recorded

    return call.read(work)


@router.get("")
def list_tags(
    call: Caller, after: AfterId = 0, limit: Limit = PAGE_DEFAULT, site: str | None = None, state: State | None = None
) -> Page[Tag]:
    """Return tags by id, of the caller's own sites where its reach ends there."""

    def work(desk: Desk) -> Page[Tag]:
        sites = desk.scope(Act.REGISTRY_READ, subject="tag:")
        if site is not None:
            desk.require(Act.REGISTRY_READ, sites=[site], subject="tag:")
            sites = frozenset({site})
        return page_of(rows.page(desk.connection, after, limit, sites=sites, state=state), limit, "id", _tag)

    return call.read(work)
