"""Pictures beyond the shelf: put up to the cloud over HTTP, and captioned for the lane's own page.

The original bytes are the evidence and are never touched; a captioned copy is made for eyes only.
"""

from __future__ import annotations

import asyncio
import io
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from edge.uploads import Answer, UploadError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable

SIGNATURE_HEADER = "Sealgate-Signature"
ANSWER_BYTES_MAX = 16_384  # the cloud's own has some hundred; what a stranger sends beyond is not read
COPY_WIDTH_PX = 1280
CAPTION_SHARE = 22  # the caption is one part in so many of the height
COPIES_KEPT = 8
# Traditional Chinese first; the TTC of Noto holds it at index 3 (notes-edge §4)
FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 3),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
)


class HttpPut:
    """Implements `edge.uploads.Put`."""

    def __init__(self, upload_url: str, timeout_s: float, tls: ssl.SSLContext | None = None) -> None:
        self._url = f"{upload_url.rstrip('/')}/api/v1/photos"
        self._timeout_s = timeout_s
        # a proxy of the environment is no way to the cloud
        self._client = httpx.AsyncClient(timeout=timeout_s, verify=tls or True, trust_env=False)

    async def __call__(self, sha256: str, jpeg: bytes, signature: bytes) -> Answer:
        """PUT a picture and return the answer; raises UploadError. The whole exchange is bounded, not each read."""
        headers = {"Content-Type": "image/jpeg", "Accept-Encoding": "identity"}
        headers[SIGNATURE_HEADER] = signature.decode("ascii")
        body = bytearray()
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream("PUT", f"{self._url}/{sha256}", content=jpeg, headers=headers) as response,
            ):
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > ANSWER_BYTES_MAX:
                        break
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise UploadError(f"{type(error).__name__}: {error}") from error
        return Answer(response.status_code, bytes(body))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class Captions:
    """Captioned copies of the pictures on the shelf, the latest few kept."""

    def __init__(self, read: Callable[[str], Awaitable[bytes | None]], text: str) -> None:
        self._read = read
        self._text = text
        self._copies: dict[str, bytes] = {}

    async def __call__(self, sha256: str) -> bytes | None:
        """Return the captioned copy of a picture by the hash of its original; None where this gate has none."""
        if sha256 not in self._copies:
            original = await self._read(sha256)
            if original is None:
                return None
            copy = await asyncio.to_thread(caption, original, f"{self._text}  {sha256[:12]}")
            while len(self._copies) >= COPIES_KEPT:
                self._copies.pop(next(iter(self._copies)))
            self._copies[sha256] = copy
        return self._copies[sha256]


def caption(jpeg: bytes, text: str) -> bytes:
    """Return a smaller JPEG with a line of text below; the original where it cannot be drawn on."""
    try:
        with Image.open(io.BytesIO(jpeg)) as image:
            image.draft("RGB", (COPY_WIDTH_PX, COPY_WIDTH_PX))
            picture = image.convert("RGB")
    except (UnidentifiedImageError, OSError):
        return jpeg
    picture.thumbnail((COPY_WIDTH_PX, COPY_WIDTH_PX))
    height = max(16, picture.height // CAPTION_SHARE)
    canvas = Image.new("RGB", (picture.width, picture.height + height + height // 2))
    canvas.paste(picture)
    ImageDraw.Draw(canvas).text((height // 2, picture.height + height // 8), text, "white", font=_font(height))
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=85)
    return out.getvalue()


@lru_cache(maxsize=8)
def _font(height_px: int) -> Any:
    for file, index in FONTS:
        if Path(file).exists():
            return ImageFont.truetype(file, height_px, index=index)
    return ImageFont.load_default(height_px)
