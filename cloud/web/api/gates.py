"""REST resource: gates, their public key, and what they last said of themselves (R-113)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.authority import Act
from cloud.registry import gates as registry
from cloud.store import gates
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/gates", tags=["gates"])


class GateBody(BaseModel):
    """A gate with the public half of its signing key; the private half never leaves the gate."""

    model_config = ConfigDict(extra="forbid")

    site: str
    lanes: list[str] = Field(min_length=1, max_length=16)
    jwk: dict[str, str] = Field(description="public JWK: OKP/Ed25519, or EC/P-256", max_length=12)
    replace_key: bool = Field(
        default=False, description="let the key registered before make way; what it signed still counts"
    )


class LaneHealth(BaseModel):
    """State of one lane's hardware."""

    lane: str
    reader_up: bool
    camera_up: bool
    taps: int = 0
    torn: int = Field(default=0, description="Taps that broke off")


class Health(BaseModel):
    """What a gate last said of itself; null where it did not tell."""

    at: datetime = Field(description="By the gate's clock")
    uptime_s: float | None = None
    under_voltage: bool | None = Field(default=None, description="Supply voltage too low (供電不足)")
    temperature_c: float | None = None
    disk_free_mb: int | None = None
    gps_mode: int | None = Field(default=None, description="gpsd: 0 unknown, 1 no fix, 2 2D, 3 3D")
    gps_age_s: float | None = None
    manifest_age_s: float | None = None
    outbox_oldest_s: float | None = None
    photos_waiting: int = 0
    lanes: list[LaneHealth] = []
    faults: list[str] = []


class Gate(BaseModel):
    """A gate as registered and as last heard of."""

    gate: str
    site: str
    lanes: list[str]
    kid: str | None
    alg: str | None
    jwk: dict[str, str] | None
    enrolled: datetime
    retired: datetime | None
    state: str | None = Field(description="ONLINE / OFFLINE as the gate last signed it, null before its first word")
    heard: datetime | None
    backlog: int | None
    manifest: int | None = Field(description="version in force at the gate")
    health: Health | None = Field(description="null before its first heartbeat")


class GateKey(BaseModel):
    """A key a gate has or had: a replaced one still proves what it signed, a revoked one proves nothing any more."""

    kid: str
    alg: str
    registered: datetime
    replaced: datetime | None
    revoked: datetime | None


def _gate(row: Any) -> Gate:
    return Gate(
        gate=row.id,
        site=row.site,
        lanes=row.lanes,
        kid=row.kid,
        alg=row.alg,
        jwk=row.jwk,
        enrolled=from_ms(row.enrolled_ms),
        retired=moment(row.retired_ms),
        state=row.state,
        heard=moment(row.heard_ms),
        backlog=row.backlog,
        manifest=row.manifest,
        health=None if row.telemetry is None else _health(row.telemetry_ms, row.telemetry),
    )


def _health(at_ms: int, said: dict[str, Any]) -> Health:
    known = {name: said[name] for name in Health.model_fields if name in said}
    return Health(at=from_ms(at_ms), **known)


@router.put("/{gate}", responses={201: {"model": Gate}})
def put_gate(call: Caller, gate: str, body: GateBody) -> Gate:
    """Enrol a gate or change it."""
    entry = registry.GateEntry(gate=gate, **body.model_dump())

    def work(desk: Desk) -> tuple[Gate, bool]:
        created = registry.put_gate(desk, entry)
        return _gate(registry.get(desk, gate)), created

    return call.put(work)


@router.post("/{gate}/retire")
def retire_gate(call: Caller, gate: str) -> Gate:
    """Take a gate out of service; its key is refused from then on, what it recorded stays."""

    def work(desk: Desk) -> Gate:
        registry.retire(desk, gate)
        return _gate(registry.get(desk, gate))

    return call.write(work)


@router.get("/{gate}/keys")
def list_keys(call: Caller, gate: str) -> list[GateKey]:
    """Return every key a gate has or had, the first one first."""
    return [
        GateKey(
            kid=row.kid,
            alg=row.alg,
            registered=from_ms(row.registered_ms),
            replaced=moment(row.replaced_ms),
            revoked=moment(row.revoked_ms),
        )
        for row in call.read(lambda desk: registry.keys(desk, gate))
    ]


@router.post("/{gate}/keys/{kid}/revoke")
def revoke_key(call: Caller, gate: str, kid: str) -> Gate:
    """Trust a key no more: whatever it signed and has not arrived yet is refused from then on."""

    def work(desk: Desk) -> Gate:
        registry.revoke_key(desk, gate, kid)
        return _gate(registry.get(desk, gate))

    return call.write(work)


@router.get("/{gate}")
def get_gate(call: Caller, gate: str) -> Gate:
    """Return one gate."""
    return _gate(call.read(lambda desk: registry.get(desk, gate)))


@router.get("")
def list_gates(call: Caller, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Gate]:
    """Return gates by id; whoever belongs to certain sites sees those of these."""
    rows = call.read(lambda desk: gates.page(desk.connection, after, limit, desk.scope(Act.REGISTRY_READ)))
    return page_of(rows, limit, "id", _gate)
