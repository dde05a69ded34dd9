"""REST resource: gates, their public key, and orders to them (R-113)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.authority import Act
from cloud.registry import commands as orders
from cloud.registry import gates as registry
from cloud.store import gates
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/gates", tags=["gates"])

Ordinal = Field(default=0, ge=0, le=2**53 - 1)


class GateBody(BaseModel):
    """A gate with the public half of its signing key; the private half never leaves the gate."""

    model_config = ConfigDict(extra="forbid")

    site: str
    lanes: list[str] = Field(min_length=1, max_length=16)
    jwk: dict[str, str] = Field(description="public JWK: OKP/Ed25519, or EC/P-256", max_length=12)
    replace_key: bool = Field(
        default=False, description="let the key registered before make way; what it signed still counts"
    )


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


class GateKey(BaseModel):
    """A key a gate has or had: a replaced one still proves what it signed, a revoked one proves nothing any more."""

    kid: str
    alg: str
    registered: datetime
    replaced: datetime | None
    revoked: datetime | None


class CommandBody(BaseModel):
    """An order to a gate: RESEND a range of records, or REPORT now."""

    model_config = ConfigDict(extra="forbid")

    name: Literal["RESEND", "REPORT"]
    epoch: int = Ordinal
    first: int = Ordinal
    last: int = Ordinal


class Command(CommandBody):
    """An order and what became of it."""

    id: str
    gate: str
    issued: datetime
    expires: datetime
    sent: datetime | None
    answered: datetime | None
    outcome: str | None
    note: str | None


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
    )


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


@router.put("/{gate}/commands/{command_id}", responses={201: {"model": Command}})
def put_command(call: Caller, gate: str, command_id: str, body: CommandBody) -> Command:
    """Order something of a gate; the caller draws the id (32 hex digits), so that asking twice is one order."""
    entry = orders.CommandEntry(id=command_id, gate=gate, **body.model_dump())

    def work(desk: Desk) -> tuple[Command, bool]:
        created = orders.put_command(desk, entry)
        return _command(orders.get(desk, gate, command_id)), created

    return call.put(work)


@router.get("/{gate}/commands/{command_id}")
def get_command(call: Caller, gate: str, command_id: str) -> Command:
    """Return an order and what became of it."""
    return _command(call.read(lambda desk: orders.get(desk, gate, command_id)))


def _command(row: Any) -> Command:
    return Command(
        id=row.id,
        gate=row.gate,
        name=row.name,
        epoch=row.epoch,
        first=row.first,
        last=row.last,
        issued=from_ms(row.issued_ms),
        expires=from_ms(row.expires_ms),
        sent=moment(row.sent_ms),
        answered=moment(row.answered_ms),
        outcome=row.outcome,
        note=row.note,
    )
