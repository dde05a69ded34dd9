"""REST resource: documents as evidence, by the hash of their bytes; personal ones by a look that says why (R-070)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from cloud.clock import from_ms
from cloud.domain.documents import MEDIA, DocumentKind
from cloud.registry import documents as registry
from cloud.registry.refusals import Refusal
from cloud.web.api.calling import Caller
from cloud.web.api.moments import moment
from schemas.envelope import b64url

if TYPE_CHECKING:
    from cloud.registry.desk import Desk

router = APIRouter(prefix="/documents", tags=["documents"])

Sha256 = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$", description="of the body, base64url without padding")]
_PUT: dict[str, Any] = {media_type: {} for media_type in MEDIA if media_type != "application/json"}
_GET: dict[int | str, dict[str, Any]] = {200: {"content": {one: {} for one in MEDIA}, "description": "The bytes"}}
# never opened inside our own pages, never left in a cache
_HEADERS = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class Kept(BaseModel):
    """That a document is kept; acts name it by its SHA-256."""

    sha256: str
    size: int


class Document(BaseModel):
    """A document (文件) that is kept, without its bytes."""

    sha256: str
    kind: DocumentKind
    media_type: str
    size: int
    restricted: bool = Field(description="Holds personal data (含個人資料，限閱)")
    put: datetime
    removed: datetime | None = Field(description="Its time was over then")


class LookBody(BaseModel):
    """Why a restricted document is looked at (查閱事由); it stands in the audit log."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=100)


@router.put(
    "/{sha256}",
    responses={201: {"model": Kept}},
    openapi_extra={"requestBody": {"content": _PUT, "required": True}},
)
async def put_document(
    call: Caller,
    request: Request,
    sha256: Sha256,
    kind: Annotated[DocumentKind, Query(description="What it shows")] = DocumentKind.OTHER,
    restricted: Annotated[bool, Query(description="Personal data: sealed, each look logged")] = False,
) -> Kept:
    """Keep the body; the same bytes again change nothing."""
    content = await request.body()  # BodyLimit has a limit for this address
    if b64url(hashlib.sha256(content).digest()) != sha256:
        raise Refusal("DOCUMENT-HASH", sha256)
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type not in _PUT:
        raise Refusal("DOCUMENT-TYPE", f"{media_type[:40]}; taken are {', '.join(_PUT)}")

    def work(desk: Desk) -> tuple[Kept, bool]:
        _, created = registry.receive(desk, content, media_type, kind, restricted)
        return Kept(sha256=sha256, size=len(content)), created

    return await run_in_threadpool(call.put, work)


@router.get("/{sha256}", responses=_GET, response_class=Response)
def get_document(call: Caller, sha256: Sha256) -> Response:
    """Return the bytes of a document that is not restricted."""
    return _content(call.read(lambda desk: registry.read(desk, sha256)))


@router.get("/{sha256}/description")
def describe_document(call: Caller, sha256: Sha256) -> Document:
    """Return what is known of a document without its bytes."""
    return _document(call.read(lambda desk: registry.describe(desk, sha256)))


@router.post("/{sha256}/look", responses=_GET, response_class=Response)
def look_at_document(call: Caller, sha256: Sha256, body: LookBody) -> Response:
    """Return the bytes of a restricted document to an officer of its sites; each look is on the audit log."""
    return _content(call.read(lambda desk: registry.read(desk, sha256, body.reason)))


def _document(one: registry.Document) -> Document:
    return Document(
        sha256=one.sha256,
        kind=DocumentKind(one.kind),
        media_type=one.media_type,
        size=one.size,
        restricted=one.restricted,
        put=from_ms(one.put_ms),
        removed=moment(one.removed_ms),
    )


def _content(content: registry.Content) -> Response:
    return Response(content.content, media_type=content.media_type, headers=_HEADERS)
