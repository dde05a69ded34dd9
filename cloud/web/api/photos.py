"""REST resource: pictures and other files, put up by gates under their own signature (R-056, R-070, R-113)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from cloud.clock import now_ms
from cloud.registry import photos as registry
from cloud.registry.refusals import Refusal
from cloud.store.engine import reading
from cloud.store.photo_files import Incoming, Resumed, partials
from cloud.web.api.transaction import put

if TYPE_CHECKING:
    from schemas.messages import PhotoUpload

OFFSET = "Upload-Offset"  # as in the IETF's draft on resumable uploads, of which this is the smallest part
COMPLETE = "Upload-Complete"

router = APIRouter(prefix="/photos", tags=["photos"])

Sha256 = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$", description="of the body, base64url without padding")]

Signature = Annotated[
    str, Header(alias="Sealgate-Signature", max_length=4096, description="JWS of typ sealgate-photo over PhotoUpload")
]
SIZE_MAX = 24 * 2**20


class Photo(BaseModel):
    """A picture that is on disk."""

    gate: str
    sha256: str
    size: int


@router.put(
    "/{sha256}",
    responses={201: {"model": Photo}},
    openapi_extra={"requestBody": {"content": {"image/jpeg": {}}, "required": True}},
)
async def put_photo(
    request: Request,
    response: Response,
    sha256: Sha256,
    signature: Signature = "",
) -> Photo:
    """Store the body if its gate signed for exactly these bytes; putting it up again changes nothing."""
    upload = await run_in_threadpool(_accept, request, sha256, signature)
    await _receive(request, response, upload)
    return Photo(gate=upload.gate, sha256=sha256, size=upload.size)


@router.head("/{sha256}", status_code=204)
async def how_far(request: Request, response: Response, sha256: Sha256, signature: Signature = "") -> None:
    """Say in Upload-Offset how many bytes of a picture have arrived, and in Upload-Complete whether that is all."""
    upload = await run_in_threadpool(_accept, request, sha256, signature)
    offset = await run_in_threadpool(_arrived, request, upload)
    response.headers[OFFSET] = str(offset)
    response.headers[COMPLETE] = "?1" if offset == upload.size else "?0"


@router.patch(
    "/{sha256}",
    status_code=202,
    responses={201: {"model": Photo}, 200: {"model": Photo}},
    openapi_extra={"requestBody": {"content": {"application/partial-upload": {}}, "required": True}},
)
async def add_to_photo(
    request: Request,
    response: Response,
    sha256: Sha256,
    signature: Signature = "",
    offset: Annotated[int, Header(alias=OFFSET, ge=0, le=SIZE_MAX, description="where these bytes belong")] = 0,
) -> Photo | None:
    """Add the next bytes of a picture, 202; with the last of them it is stored as if it had been put up at once, 201.

    Other bytes than the next ones are refused with PHOTO-OFFSET: ask by HEAD which are wanted. A whole that is
    not what was signed for is forgotten, PHOTO-AGAIN: a power cut of the server can spoil a half, so it is sent anew.
    """
    upload = await run_in_threadpool(_accept, request, sha256, signature)
    settings = request.app.state.settings
    with await run_in_threadpool(Resumed, settings.path(settings.photos.dir), upload.gate, sha256) as resumed:
        if resumed.offset != offset:
            raise Refusal("PHOTO-OFFSET", f"{resumed.offset} bytes are there")
        async for chunk in request.stream():
            if resumed.offset + len(chunk) > upload.size:
                resumed.drop()
                raise Refusal("PHOTO-HASH", "more bytes than signed for")
            await run_in_threadpool(resumed.append, chunk)
        response.headers[OFFSET] = str(resumed.offset)
        if resumed.offset < upload.size:
            return None
        path = await run_in_threadpool(resumed.keep, upload.kind)
        if path is None:
            raise Refusal("PHOTO-AGAIN", f"{upload.size} bytes came")
    await run_in_threadpool(put, request, response, lambda c: registry.stored(c, upload, path, now_ms()))
    return Photo(gate=upload.gate, sha256=sha256, size=upload.size)


def _accept(request: Request, sha256: str, signature: str) -> PhotoUpload:
    settings = request.app.state.settings
    with reading(request.app.state.engine) as connection:
        upload = registry.accept(connection, signature, settings.photos.unclaimed_max)
    if upload.sha256 != sha256:
        raise Refusal("PHOTO-HASH", "the address names other bytes than the signature")
    if upload.size > settings.photos.size_max_bytes:
        raise Refusal("TOO-LARGE", f"limit {settings.photos.size_max_bytes} bytes")
    if partials(settings.path(settings.photos.dir), upload.gate) > settings.photos.unclaimed_max:
        raise Refusal("PHOTO-QUOTA", "too many have come in part")
    return upload


def _arrived(request: Request, upload: PhotoUpload) -> int:
    with reading(request.app.state.engine) as connection:
        if registry.has(connection, upload):
            return upload.size
    settings = request.app.state.settings
    with Resumed(settings.path(settings.photos.dir), upload.gate, upload.sha256) as resumed:
        return resumed.offset


async def _receive(request: Request, response: Response, upload: PhotoUpload) -> None:
    settings = request.app.state.settings
    with await run_in_threadpool(Incoming, settings.path(settings.photos.dir)) as incoming:
        async for chunk in request.stream():
            if incoming.size + len(chunk) > upload.size:
                raise Refusal("PHOTO-HASH", "more bytes than signed for")
            await run_in_threadpool(incoming.write, chunk)
        if (incoming.size, incoming.sha256) != (upload.size, upload.sha256):
            raise Refusal("PHOTO-HASH", f"{incoming.size} bytes came")
        # On disk first: a row never names bytes that are not there.
        path = await run_in_threadpool(incoming.keep, upload.kind)
    await run_in_threadpool(put, request, response, lambda c: registry.stored(c, upload, path, now_ms()))
