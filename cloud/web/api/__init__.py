"""The REST API, one module a resource; `router` is what the web application mounts under /api/v1."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from cloud.web.api import cases, gates, movements, photos, route_limits, seals, sites, staff, transport_orders
from cloud.web.auth import authorised
from cloud.web.refused import Refused

_ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": Refused} for code in (401, 404, 409, 413, 422, 503)}

router = APIRouter(prefix="/api/v1", responses=_ERRORS)
for _resource in (sites, staff, gates, route_limits, seals, transport_orders, movements, cases):
    router.include_router(_resource.router, dependencies=[Depends(authorised)])
router.include_router(photos.router)  # a gate has a key, not the token
