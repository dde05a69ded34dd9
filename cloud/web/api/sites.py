"""REST resource: sites between dates with their fences, version by version (R-052, R-112)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.authority import Act
from cloud.registry import places as registry
from cloud.registry.refusals import Refusal
from cloud.store import places
from cloud.store.registry import location_tags
from cloud.web.api.calling import Caller
from cloud.web.api.moments import millis, moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/sites", tags=["sites"])


class SiteBody(BaseModel):
    """A site (站); the ring is closed, WGS84, in (longitude, latitude)."""

    model_config = ConfigDict(extra="forbid")

    name_zh: str = Field(min_length=1, max_length=200)
    name_en: str = Field(min_length=1, max_length=200)
    ring: list[tuple[float, float]] = Field(min_length=4, max_length=2000, description="Fence (電子圍籬)")
    fictional: bool = Field(default=False, description="The fence was drawn for a demonstration")
    valid_from: AwareDatetime | None = Field(default=None, description="Null: since before this register")
    valid_to: AwareDatetime | None = Field(default=None, description="Null: until further notice")


class Site(SiteBody):
    """A site as it stands."""

    code: str = Field(description="Place code (卸存地代碼)")
    fence: str = Field(description="Version of the fence in force")
    location_tags: list[str] = Field(description="UIDs of the active location tags (位置標籤)")


class FenceVersion(BaseModel):
    """One version of a fence; it never changes, and events name it."""

    fence: str
    ring: list[tuple[float, float]]
    fictional: bool
    valid_from: datetime
    valid_to: datetime | None = Field(description="Null: in force")


def _site(desk: Desk, row: Any) -> Site:
    return Site(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        ring=row.ring,
        fictional=row.fictional,
        valid_from=moment(row.valid_from_ms),
        valid_to=moment(row.valid_to_ms),
        location_tags=location_tags.active(desk.connection, row.code),
        fence=registry.fence_name(row.code, row.fence_version),
    )


def _found(desk: Desk, code: str) -> Site:
    row = places.find(desk.connection, code)
    if row is None:
        raise Refusal("NOT-FOUND", code)
    return _site(desk, row)


@router.put("/{code}", responses={201: {"model": Site}})
def put_site(call: Caller, code: str, body: SiteBody) -> Site:
    """Register a site or change it; a changed ring becomes a new version of the fence."""
    entry = registry.SiteEntry(
        code=code,
        **body.model_dump(exclude={"valid_from", "valid_to"}),
        valid_from_ms=millis(body.valid_from),
        valid_to_ms=millis(body.valid_to),
    )

    def work(desk: Desk) -> tuple[Site, bool]:
        created = registry.put_site(desk, entry)
        return _found(desk, code), created

    return call.put(work)


@router.get("/{code}")
def get_site(call: Caller, code: str) -> Site:
    """Return one site."""

    def work(desk: Desk) -> Site:
        desk.require(Act.REGISTRY_READ, subject="site:")
        return _found(desk, code)

    return call.read(work)


@router.get("/{code}/fences")
def list_fences(call: Caller, code: str) -> list[FenceVersion]:
    """Return every version a site's fence ever had, oldest first."""

    def work(desk: Desk) -> list[FenceVersion]:
        desk.require(Act.REGISTRY_READ, subject="site:")
        _found(desk, code)
        rows = places.fences(desk.connection, code)
        ends = [*(row.created_ms for row in rows[1:]), None]
        return [
            FenceVersion(
                fence=registry.fence_name(code, row.version),
                ring=row.ring,
                fictional=row.fictional,
                valid_from=from_ms(row.created_ms),
                valid_to=moment(end_ms),
            )
            for row, end_ms in zip(rows, ends, strict=True)
        ]

    return call.read(work)


@router.get("")
def list_sites(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Site]:
    """Return sites by place code."""

    def work(desk: Desk) -> Page[Site]:
        desk.require(Act.REGISTRY_READ, subject="site:")
        rows = places.page(desk.connection, after, limit)
        return page_of(rows, limit, "code", lambda row: _site(desk, row))

    return call.read(work)
