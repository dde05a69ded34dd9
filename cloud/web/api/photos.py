"""REST resource: pictures, put up by gates under their own signature (R-056, R-113)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from cloud.clock import now_ms
from cloud.registry import photos as registry
from cloud.registry.refusals import Refusal
from cloud.store.engine import reading
from cloud.store.photo_files import Incoming
from cloud.web.api.transaction import put

if TYPE_CHECKING:
    from schemas.messages import PhotoUpload

router = APIRouter(prefix="/photos", tags=["photos"])

Sha256 = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$", description="of the body, base64url without padding")]


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
    signature: Annotated[
        str,
        Header(alias="Sealgate-Signature", max_length=4096, description="JWS of typ sealgate-photo over PhotoUpload"),
    ] = "",
) -> Photo:
    """Store the body if its gate signed for exactly these bytes; putting it up again changes nothing."""
    upload = await run_in_threadpool(_accept, request, signature)
    if upload.sha256 != sha256:
        raise Refusal("PHOTO-HASH", "the address names other bytes than the signature")
    limit = request.app.state.settings.photos.size_max_bytes
    if upload.size > limit:
        raise Refusal("TOO-LARGE", f"limit {limit} bytes")
    await _receive(request, response, upload)
    return Photo(gate=upload.gate, sha256=sha256, size=upload.size)


def _accept(request: Request, signature: str) -> PhotoUpload:
    with reading(request.app.state.engine) as connection:
        return registry.accept(connection, signature, request.app.state.settings.photos.unclaimed_max)


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
        path = await run_in_threadpool(incoming.keep)
    await run_in_threadpool(put, request, response, lambda c: registry.stored(c, upload, path, now_ms()))
