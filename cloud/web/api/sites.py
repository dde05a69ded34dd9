"""REST resource: sites with fence and location tags (R-018…R-022, R-052)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import now_ms
from cloud.registry import places as registry
from cloud.registry.refusals import Refusal
from cloud.store import places
from cloud.store.engine import reading
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of, put

router = APIRouter(prefix="/sites", tags=["sites"])


class SiteBody(BaseModel):
    """A site; the ring is closed, WGS84, in (longitude, latitude)."""

    model_config = ConfigDict(extra="forbid")

    name_zh: str = Field(min_length=1, max_length=200)
    name_en: str = Field(min_length=1, max_length=200)
    ring: list[tuple[float, float]] = Field(min_length=4, max_length=2000)
    fictional: bool = False
    location_tags: list[str] = Field(default=[], max_length=64)


class Site(SiteBody):
    """A site as it stands."""

    code: str
    fence: str = Field(description="version of the fence in force")


def _site(request: Request, row: Any) -> Site:
    with reading(request.app.state.engine) as connection:
        tags = places.tags(connection, row.code)
    return Site(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        ring=row.ring,
        fictional=row.fictional,
        location_tags=tags,
        fence=registry.fence_name(row.code, row.fence_version),
    )


@router.put("/{code}", responses={201: {"model": Site}})
def put_site(request: Request, response: Response, code: str, body: SiteBody) -> Site:
    """Register a site or change it; a changed ring becomes a new version of the fence."""
    entry = registry.SiteEntry(code=code, **body.model_dump())
    put(request, response, lambda connection: registry.put_site(connection, entry, now_ms()))
    return get_site(request, code)


@router.get("/{code}")
def get_site(request: Request, code: str) -> Site:
    """Return one site."""
    with reading(request.app.state.engine) as connection:
        row = places.find(connection, code)
    if row is None:
        raise Refusal("NOT-FOUND", code)
    return _site(request, row)


@router.get("")
def list_sites(request: Request, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Site]:
    """Return sites by place code."""
    with reading(request.app.state.engine) as connection:
        rows = places.page(connection, after, limit)
    return page_of(rows, limit, "code", lambda row: _site(request, row))
