"""Pictures of the lanes as the board shows them: small copies, by the hash of the original.

The original is never served here: what a browser gets was decoded and encoded anew.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Path as InPath
from PIL import Image, UnidentifiedImageError

from cloud.store import board
from cloud.store.engine import reading
from cloud.web.pages.entry import Watcher

if TYPE_CHECKING:
    from pathlib import Path

SMALL_PX = (480, 300)
PIXELS_MAX = 50_000_000
QUALITY = 80
KEPT = 256  # small copies in memory, about 20 kB each

Sha256 = Annotated[str, InPath(pattern=r"^[A-Za-z0-9_-]{43}$")]

router = APIRouter()


@router.get("/pictures/{sha256}")
def small(
    request: Request, _session: Watcher, sha256: Annotated[str, InPath(pattern=r"^[A-Za-z0-9_-]{43}$")]
) -> Response:
    """Return the small copy as JPEG; 404 while the picture has not arrived, or where it cannot be read."""
    with reading(request.app.state.engine) as connection:
        path = board.photo_path(connection, sha256)
    settings = request.app.state.settings
    copy = shrink(settings.path(settings.photos.dir) / path) if path else None
    if copy is None:
        raise HTTPException(404)
    headers = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(copy, media_type="image/jpeg", headers=headers)


@lru_cache(maxsize=KEPT)
def shrink(path: Path) -> bytes | None:
    """Decode, shrink and encode; None for what is no picture or too large a one."""
    try:
        with Image.open(path, formats=["JPEG"]) as picture:  # no other decoder meets what strangers sent
            if picture.width * picture.height > PIXELS_MAX:
                return None
            picture.draft("RGB", SMALL_PX)  # JPEG: decode at a fraction of the size
            copy = picture.convert("RGB")
            copy.thumbnail(SMALL_PX)
            encoded = io.BytesIO()
            copy.save(encoded, "JPEG", quality=QUALITY)
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError):
        return None
    return encoded.getvalue()
