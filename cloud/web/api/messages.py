"""REST resource: customs' messages and files of transport orders as they arrive (R-024…R-029, R-039)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from cloud.clock import from_ms
from cloud.customs import taking
from cloud.registry.instructions import reading
from cloud.registry.refusals import Refusal
from cloud.web.api.calling import Call, Caller
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/messages", tags=["messages"])

MessageId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$", description="digest of what the message says")]
Sender = Annotated[str, Query(min_length=1, max_length=64, description="傳送者; no message says itself who sent it")]
_BODY = {
    "required": True,
    "content": {"application/xml": {}, "application/json": {}, "text/csv": {}},
    "description": "N5108 N5170 N5166 N5302 N5116 N5204 N5165 as XML; R12 as JSON or CSV",
}


class Changed(BaseModel):
    """What a message changed: ids of instructions (加封指示), numbers of transport orders, new tasks of officers."""

    created: list[str]
    confirmed: list[str]
    completed: list[str]
    doubted: list[str]
    withdrawn: list[str]
    orders: list[str]
    tasks: int


class Taken(BaseModel):
    """What became of a message; `new` false: it had come before and changed nothing."""

    id: str
    kind: str
    new: bool
    changed: Changed
    warnings: list[str] = Field(description="odd, but no reason to refuse: ISO 6346, UBN, dates")


class Message(BaseModel):
    """A message that was taken."""

    id: str
    number: int
    kind: str
    version: str
    function: str
    scope: str = Field(description="permit, declaration or list that a withdrawal of this kind refers to")
    sender: str
    channel: str
    received: datetime
    size: int
    changed: Changed
    warnings: list[str]


def _message(row: Any) -> Message:
    known = {name: getattr(row, name) for name in Message.model_fields if name != "received"}
    return Message(received=from_ms(row.received_ms), **known)


@router.post("", responses={201: {"model": Taken}}, openapi_extra={"requestBody": _BODY})
async def post_message(
    request: Request,
    call: Caller,
    sender: Sender = "customs",
) -> Taken:
    """Take a message in: all of it or, with the reason, nothing. The same message again changes nothing (200)."""
    content = await request.body()
    limit = request.app.state.settings.inbox.message_max_bytes
    arrival = taking.Arrival(content=content, sender=sender, channel="REST")

    return await run_in_threadpool(_take, call, arrival, limit)


def _take(call: Call, arrival: taking.Arrival, limit: int) -> Taken:
    known = call.read(lambda desk: taking.admit(desk, arrival, limit))
    read = taking.read_message(arrival, known)

    def work(desk: Desk) -> tuple[Taken, bool]:
        taken = taking.take_message(desk, arrival, read)
        return Taken.model_validate(taken, from_attributes=True), taken.new

    try:
        return call.put(work)
    except Refusal as refusal:
        if refusal.code != "CONFLICT":
            raise
    return call.put(work)  # a sealing was answering an instruction at the same moment


@router.get("")
def list_messages(
    call: Caller,
    kind: Annotated[str | None, Query(max_length=8)] = None,
    after: After = "0",
    limit: Limit = PAGE_DEFAULT,
) -> Page[Message]:
    """Return messages in the order in which they came."""
    number = number_after(after)
    rows = call.read(lambda desk: reading.message_page(desk, number, limit, kind=kind))
    return page_of(rows, limit, "number", _message)


@router.get("/{message_id}/content", response_class=Response)
def get_content(call: Caller, message_id: MessageId) -> Response:
    """Return the bytes as they were received; persons may be named in them, so the look is logged."""
    content = call.read(lambda desk: reading.message_content(desk, message_id))
    # never shown by a browser: what came from outside is not ours to vouch for
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="application/octet-stream", headers=headers)
