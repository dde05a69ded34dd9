"""REST resource: orders to a gate and what it answers with (R-113)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.registry import commands as registry
from cloud.registry.refusals import Refusal
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/gates/{gate}/commands", tags=["gates"])

Ordinal = Field(default=0, ge=0, le=2**53 - 1)
_GET: dict[int | str, dict[str, Any]] = {200: {"content": {media: {} for media in set(registry.MEDIA.values())}}}


class CommandBody(BaseModel):
    """An order: RESEND a range of records, REPORT now; by those who maintain gates TEST_PHOTO, RESTART, DIAGNOSTICS."""

    model_config = ConfigDict(extra="forbid")

    name: Literal["RESEND", "REPORT", "TEST_PHOTO", "RESTART", "DIAGNOSTICS"]
    epoch: int = Ordinal
    first: int = Ordinal
    last: int = Ordinal
    lane: str = Field(default="", max_length=16, description="TEST_PHOTO: at which lane")


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
    sha256: str | None = Field(description="of what the gate puts up as its answer")
    uploaded: bool = Field(description="It is here: read it under …/answer")


@router.put("/{command_id}", responses={201: {"model": Command}})
def put_command(call: Caller, gate: str, command_id: str, body: CommandBody) -> Command:
    """Order something of a gate; the caller draws the id (32 hex digits), so that asking twice is one order."""
    entry = registry.CommandEntry(id=command_id, gate=gate, **body.model_dump())

    def work(desk: Desk) -> tuple[Command, bool]:
        created = registry.put_command(desk, entry)
        return _command(desk, registry.get(desk, gate, command_id)), created

    return call.put(work)


@router.get("")
def list_commands(call: Caller, gate: str) -> list[Command]:
    """Return the newest orders to a gate, newest first."""
    return call.read(lambda desk: [_command(desk, row) for row in registry.newest(desk, gate)])


@router.get("/{command_id}")
def get_command(call: Caller, gate: str, command_id: str) -> Command:
    """Return an order and what became of it."""
    return call.read(lambda desk: _command(desk, registry.get(desk, gate, command_id)))


@router.get("/{command_id}/answer", responses=_GET, response_class=Response)
def get_answer(call: Caller, request: Request, gate: str, command_id: str) -> Response:
    """Return the test picture or the diagnostics that a gate answered with; each look is on the audit log."""
    answer = call.read(lambda desk: registry.answer(desk, gate, command_id))
    settings = request.app.state.settings
    try:
        content = (settings.path(settings.photos.dir) / answer.path).read_bytes()
    except FileNotFoundError as error:
        raise Refusal("NOT-FOUND", command_id) from error
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return Response(content, media_type=answer.media_type, headers=headers)


def _command(desk: Desk, row: Any) -> Command:
    plain = ("id", "gate", "name", "epoch", "first", "last", "lane", "outcome", "note", "sha256")
    return Command(
        issued=from_ms(row.issued_ms),
        expires=from_ms(row.expires_ms),
        sent=moment(row.sent_ms),
        answered=moment(row.answered_ms),
        uploaded=registry.has_answer(desk, row),
        **{name: getattr(row, name) for name in plain},
    )
