"""The REST API, one module a resource; `router` is what the web application mounts under /api/v1."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from cloud.web.api import (
    accounts,
    applications,
    audit,
    cases,
    contacts,
    documents,
    drivers,
    fees,
    footage,
    gate_commands,
    gates,
    holds,
    inbox,
    instructions,
    lane_papers,
    location_tags,
    manual_arrivals,
    messages,
    movements,
    notices,
    officers,
    offices,
    openings,
    operators,
    outages,
    pairings,
    permits,
    persons,
    photos,
    received_files,
    registers,
    route_limits,
    seal_requests,
    seals,
    sessions,
    sites,
    specialists,
    staff,
    tariffs,
    transport_orders,
)
from cloud.web.auth import acting
from cloud.web.refused import Refused

_ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": Refused} for code in (401, 403, 404, 409, 413, 422, 503)}

router = APIRouter(prefix="/api/v1", responses=_ERRORS)
_SEALING = (transport_orders, pairings, openings, permits, applications, fees, tariffs)
# Their services ask who may: by token a user's own system, by session a person.
for _resource in (
    accounts,
    audit,
    gates,
    gate_commands,
    route_limits,
    movements,
    cases,
    staff,
    *_SEALING,
):
    router.include_router(_resource.router, dependencies=[Depends(acting)])
for _resource in (offices, operators, contacts, persons, specialists, officers, drivers):
    router.include_router(_resource.router, dependencies=[Depends(acting)])
for _resource in (documents, footage, holds, lane_papers, instructions, messages, received_files):
    router.include_router(_resource.router, dependencies=[Depends(acting)])
for _resource in (sites, location_tags, outages, inbox, manual_arrivals, notices):
    router.include_router(_resource.router, dependencies=[Depends(acting)])
for _resource in (seals, seal_requests, registers):
    router.include_router(_resource.router, dependencies=[Depends(acting)])
router.include_router(sessions.router)  # signing in is open to everybody
router.include_router(photos.router)  # a gate has a key, not the token
