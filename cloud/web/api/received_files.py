"""REST resource: files as received that are no messages of customs: tables of seals, sheets of notices, directories."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from cloud.clock import from_ms
from cloud.registry import received
from cloud.web.api.calling import Caller
from cloud.web.api.transaction import PAGE_DEFAULT, After, Limit, Page, number_after, page_of

router = APIRouter(prefix="/received-files", tags=["messages"])

FileId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$", description="SHA-256 of the bytes")]


class ReceivedFile(BaseModel):
    """A file that was taken."""

    id: str
    number: int
    kind: received.Kind
    sender: str
    channel: str
    received: datetime
    size: int
    changed: dict[str, int] = Field(description="what it changed: new and known entries")


def _file(row: Any) -> ReceivedFile:
    known = {name: getattr(row, name) for name in ReceivedFile.model_fields if name != "received"}
    return ReceivedFile(received=from_ms(row.received_ms), **known)


@router.get("")
def list_files(
    call: Caller,
    kind: Annotated[received.Kind | None, Query()] = None,
    after: After = "0",
    limit: Limit = PAGE_DEFAULT,
) -> Page[ReceivedFile]:
    """Return files in the order in which they came."""
    number = number_after(after)
    rows = call.read(lambda desk: received.page(desk, number, limit, kind=kind))
    return page_of(rows, limit, "number", _file)


@router.get("/{file_id}/content", response_class=Response)
def get_content(call: Caller, file_id: FileId) -> Response:
    """Return the bytes as they were received; persons may be named in them, so the look is logged."""
    content = call.read(lambda desk: received.content_of(desk, file_id))
    # never shown by a browser: what came from outside is not ours to vouch for
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="application/octet-stream", headers=headers)
