"""REST resource: route limits, how long a sealed trip may take (A9-14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from cloud.clock import from_ms, to_ms
from cloud.domain.authority import Act
from cloud.registry import routes as registry
from cloud.store import routes
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/route-limits", tags=["route limits"])


class LimitBody(BaseModel):
    """How long a route may take, and from when on; without `valid_to` until another limit begins."""

    model_config = ConfigDict(extra="forbid")

    minutes: int = Field(ge=1, le=registry.MINUTES_MAX)
    valid_from: AwareDatetime
    valid_to: AwareDatetime | None = None


class RouteLimit(LimitBody):
    """A limit as registered."""

    id: int
    origin: str
    destination: str


def _limit(row: Any) -> RouteLimit:
    return RouteLimit(
        id=row.id,
        origin=row.origin,
        destination=row.destination,
        minutes=row.minutes,
        valid_from=from_ms(row.valid_from_ms),
        valid_to=moment(row.valid_to_ms),
    )


@router.put("/{origin}/{destination}", responses={201: {"model": list[RouteLimit]}})
def put_limit(call: Caller, origin: str, destination: str, body: LimitBody) -> list[RouteLimit]:
    """Set the limit of a route from a moment on; the one before ends then, and what it judged stays judged."""
    entry = registry.LimitEntry(
        origin=origin,
        destination=destination,
        minutes=body.minutes,
        valid_from_ms=to_ms(body.valid_from),
        valid_to_ms=None if body.valid_to is None else to_ms(body.valid_to),
    )

    def work(desk: Desk) -> tuple[list[RouteLimit], bool]:
        created = registry.put_limit(desk, entry)
        return [_limit(row) for row in registry.of_route(desk, origin, destination)], created

    return call.put(work)


@router.get("/{origin}/{destination}")
def get_limits(call: Caller, origin: str, destination: str) -> list[RouteLimit]:
    """Return all limits a route has or had, oldest first."""
    return [_limit(row) for row in call.read(lambda desk: registry.of_route(desk, origin, destination))]


@router.get("")
def list_limits(call: Caller, after: After = "0", limit: Limit = PAGE_DEFAULT) -> Page[RouteLimit]:
    """Return all limits; whoever belongs to certain sites sees the routes from and to these."""
    number = number_after(after)
    rows = call.read(lambda desk: routes.page(desk.connection, number, limit, desk.scope(Act.REGISTRY_READ)))
    return page_of(rows, limit, "id", _limit)
