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
OFFSET_HEADER = "Upload-Offset"
ACCEPTED, NO_CONTENT = 202, 204
PIECE_BYTES = 131_072  # what a break of the line costs at most
JPEG_START = b"\xff\xd8"
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
    """Implements `edge.uploads.Put`: a small picture at once, a larger one in pieces that survive any break.

    With `bytes_per_s_max` the pieces are paced, so that a thin line stays free for events; before each piece
    `stand_back` waits until no event wants the line.
    """

    def __init__(
        self,
        upload_url: str,
        timeout_s: float,
        tls: ssl.SSLContext | None = None,
        *,
        bytes_per_s_max: float | None = None,
    ) -> None:
        self._url = f"{upload_url.rstrip('/')}/api/v1/photos"
        self._timeout_s = timeout_s
        self._piece = PIECE_BYTES if bytes_per_s_max is None else min(PIECE_BYTES, max(4096, round(bytes_per_s_max)))
        self._rest_s = 0.0 if bytes_per_s_max is None else self._piece / bytes_per_s_max
        self.stand_back: Callable[[], Awaitable[None]] = _at_once
        # a proxy of the environment is no way to the cloud
        self._client = httpx.AsyncClient(timeout=timeout_s, verify=tls or True, trust_env=False)

    async def __call__(self, sha256: str, jpeg: bytes, signature: bytes) -> Answer:
        """Put a picture up and return the last answer; raises UploadError. Each exchange is bounded, not each read."""
        headers = {"Accept-Encoding": "identity", SIGNATURE_HEADER: signature.decode("ascii")}
        if len(jpeg) <= self._piece and not self._rest_s:
            return (await self._ask("PUT", sha256, headers | {"Content-Type": _content_type(jpeg)}, jpeg))[0]
        answer, said = await self._ask("HEAD", sha256, headers)
        if answer.status != NO_CONTENT:
            return answer
        start = min(_number(said.get(OFFSET_HEADER)), len(jpeg) - 1)  # all there already: the last byte is said again
        if said.get("Upload-Complete") == "?1":
            return (await self._ask("PUT", sha256, headers | {"Content-Type": _content_type(jpeg)}, jpeg))[0]
        while True:
            await self.stand_back()
            piece = jpeg[start : start + self._piece]
            placed = {"Content-Type": "application/partial-upload", OFFSET_HEADER: str(start)}
            answer, _ = await self._ask("PATCH", sha256, headers | placed, piece)
            start += len(piece)
            if answer.status != ACCEPTED or start >= len(jpeg):
                return answer
            await asyncio.sleep(self._rest_s)

    async def _ask(
        self, method: str, sha256: str, headers: dict[str, str], content: bytes | None = None
    ) -> tuple[Answer, httpx.Headers]:
        body = bytearray()
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream(method, f"{self._url}/{sha256}", content=content, headers=headers) as response,
            ):
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > ANSWER_BYTES_MAX:
                        break
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise UploadError(f"{type(error).__name__}: {error}") from error
        return Answer(response.status_code, bytes(body)), response.headers

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _content_type(content: bytes) -> str:
    return "image/jpeg" if content.startswith(JPEG_START) else "application/octet-stream"


async def _at_once() -> None:
    """Wait for nothing."""


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else 0


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
