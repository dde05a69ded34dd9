"""REST resource: gates, their public key, and orders to them (R-113)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms, now_ms
from cloud.registry import commands as orders
from cloud.registry import gates as registry
from cloud.registry.refusals import Refusal
from cloud.store import commands, gates
from cloud.store.engine import reading, writing
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, page_of, put

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


def _moment(moment_ms: int | None) -> datetime | None:
    return None if moment_ms is None else from_ms(moment_ms)


def _gate(row: Any) -> Gate:
    return Gate(
        gate=row.id,
        site=row.site,
        lanes=row.lanes,
        kid=row.kid,
        alg=row.alg,
        jwk=row.jwk,
        enrolled=from_ms(row.enrolled_ms),
        retired=_moment(row.retired_ms),
        state=row.state,
        heard=_moment(row.heard_ms),
        backlog=row.backlog,
        manifest=row.manifest,
    )


@router.put("/{gate}", responses={201: {"model": Gate}})
def put_gate(request: Request, response: Response, gate: str, body: GateBody) -> Gate:
    """Enrol a gate or change it."""
    entry = registry.GateEntry(gate=gate, **body.model_dump())
    put(request, response, lambda connection: registry.put_gate(connection, entry, now_ms()))
    return get_gate(request, gate)


@router.post("/{gate}/retire")
def retire_gate(request: Request, gate: str) -> Gate:
    """Take a gate out of service; its key is refused from then on, what it recorded stays."""
    with writing(request.app.state.engine) as connection:
        registry.retire(connection, gate, now_ms())
    return get_gate(request, gate)


@router.get("/{gate}/keys")
def list_keys(request: Request, gate: str) -> list[GateKey]:
    """Return every key a gate has or had, the first one first."""
    with reading(request.app.state.engine) as connection:
        if gates.find(connection, gate) is None:
            raise Refusal("NOT-FOUND", gate)
        rows = gates.keys(connection, gate)
    return [
        GateKey(
            kid=row.kid,
            alg=row.alg,
            registered=from_ms(row.registered_ms),
            replaced=_moment(row.replaced_ms),
            revoked=_moment(row.revoked_ms),
        )
        for row in rows
    ]


@router.post("/{gate}/keys/{kid}/revoke")
def revoke_key(request: Request, gate: str, kid: str) -> Gate:
    """Trust a key no more: whatever it signed and has not arrived yet is refused from then on."""
    with writing(request.app.state.engine) as connection:
        registry.revoke_key(connection, gate, kid, now_ms())
    return get_gate(request, gate)


@router.get("/{gate}")
def get_gate(request: Request, gate: str) -> Gate:
    """Return one gate."""
    with reading(request.app.state.engine) as connection:
        row = gates.find(connection, gate)
    if row is None:
        raise Refusal("NOT-FOUND", gate)
    return _gate(row)


@router.get("")
def list_gates(request: Request, after: After = "", limit: Limit = PAGE_DEFAULT) -> Page[Gate]:
    """Return gates by id."""
    with reading(request.app.state.engine) as connection:
        rows = gates.page(connection, after, limit)
    return page_of(rows, limit, "id", _gate)


@router.put("/{gate}/commands/{command_id}", responses={201: {"model": Command}})
def put_command(request: Request, response: Response, gate: str, command_id: str, body: CommandBody) -> Command:
    """Order something of a gate; the caller draws the id (32 hex digits), so that asking twice is one order."""
    entry = orders.CommandEntry(id=command_id, gate=gate, **body.model_dump())
    put(request, response, lambda connection: orders.put_command(connection, entry, now_ms()))
    return get_command(request, gate, command_id)


@router.get("/{gate}/commands/{command_id}")
def get_command(request: Request, gate: str, command_id: str) -> Command:
    """Return an order and what became of it."""
    with reading(request.app.state.engine) as connection:
        row = commands.find(connection, command_id)
    if row is None or row.gate != gate:
        raise Refusal("NOT-FOUND", command_id)
    return Command(
        id=row.id,
        gate=row.gate,
        name=row.name,
        epoch=row.epoch,
        first=row.first,
        last=row.last,
        issued=from_ms(row.issued_ms),
        expires=from_ms(row.expires_ms),
        sent=_moment(row.sent_ms),
        answered=_moment(row.answered_ms),
        outcome=row.outcome,
        note=row.note,
    )
