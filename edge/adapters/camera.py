"""Lane cameras: a picture over HTTP with digest login, or from a command that writes a JPEG to its output.

The bytes stay as the camera sent them, they are evidence (R-056); captions and copies are made elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
from typing import TYPE_CHECKING

import httpx
from PIL import Image

from edge.ports import CameraError, Shot

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT_S = 3.0  # for the whole picture: httpx's own limits restart with every byte that trickles in
JPEG_BYTES_MAX = 8 * 2**20
PIXELS_MAX = 40_000_000
ATTEMPTS_MAX = 2  # a camera closes idle connections at the moment we reuse one
STDERR_TAIL_BYTES = 500
PIPES_CLOSE_S_MAX = 1.0
READ_BYTES = 65_536
SOI, EOI = b"\xff\xd8", b"\xff\xd9"

DOWN = "CAM-DOWN"
TIMED_OUT = "CAM-TIMEOUT"
REFUSED = "CAM-AUTH"
UNUSABLE = "CAM-PICTURE"


class HttpCamera:
    """An IP camera's snapshot address; implements `edge.ports.Camera`. Client and login are kept between pictures."""

    def __init__(self, url: str, *, user: str | None = None, password: str = "", timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._timeout_s = timeout_s
        auth = httpx.DigestAuth(user, password) if user is not None else None
        # a proxy of the environment is no way to a camera in the yard
        self._client = httpx.AsyncClient(auth=auth, timeout=timeout_s, trust_env=False, follow_redirects=False)

    async def take(self) -> Shot:
        """Return one picture, or raise CameraError within the time-out."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await examine(await self._fetch())
        except (TimeoutError, httpx.TimeoutException) as error:
            raise CameraError(TIMED_OUT, f"{self._url}: no whole picture within {self._timeout_s} s") from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _fetch(self) -> bytes:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                async with self._client.stream("GET", self._url) as response:
                    return await _body(response)
            except httpx.TimeoutException:
                raise
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if attempt == ATTEMPTS_MAX or not isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
                    raise CameraError(DOWN, f"{self._url}: {error!r}") from error
        raise AssertionError("the last attempt returns or raises")


async def _body(response: httpx.Response) -> bytes:
    """Read the body of a good answer; raises CameraError for every other one."""
    if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise CameraError(REFUSED, f"{response.url}: status {response.status_code}")
    if response.status_code != httpx.codes.OK:
        raise CameraError(DOWN, f"{response.url}: status {response.status_code}")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("image/jpeg", "image/jpg"):
        raise CameraError(UNUSABLE, f"{response.url}: {kind or 'no content type'} instead of image/jpeg")
    body = bytearray()
    try:
        async for part in response.aiter_raw():
            body += part
            if len(body) > JPEG_BYTES_MAX:
                raise CameraError(UNUSABLE, f"{response.url}: more than {JPEG_BYTES_MAX} bytes")
    except (httpx.RemoteProtocolError, httpx.ReadError) as error:
        raise CameraError(UNUSABLE, f"{response.url}: broke off after {len(body)} bytes") from error
    return bytes(body)


class CommandCamera:
    """A camera behind a command that writes one JPEG to standard output, e.g. `rpicam-still -n -e jpg -o -`."""

    def __init__(self, argv: Sequence[str], *, timeout_s: float = TIMEOUT_S) -> None:
        self._argv = tuple(argv)
        self._timeout_s = timeout_s

    async def take(self) -> Shot:
        """Return one picture, or raise CameraError within the time-out; the command and its children are ended."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise CameraError(DOWN, f"{self._argv[0]}: {error}") from error
        try:
            async with asyncio.timeout(self._timeout_s):
                jpeg, complaint, status = await _listen(process)
        except TimeoutError as error:
            raise CameraError(TIMED_OUT, f"{self._argv[0]}: no picture within {self._timeout_s} s") from error
        finally:
            await _end(process)
        if status != 0:
            raise CameraError(DOWN, f"{self._argv[0]}: exit status {status}: {complaint}")
        return await examine(jpeg)

    async def close(self) -> None:
        """Nothing stays open between pictures."""


async def _listen(process: asyncio.subprocess.Process) -> tuple[bytes, str, int]:
    """Return what the command wrote, the end of its complaints, and its exit status."""
    complaint = asyncio.create_task(_tail(process.stderr))
    try:
        return await _capped(process.stdout), await complaint, await process.wait()
    finally:
        complaint.cancel()
        await asyncio.gather(complaint, return_exceptions=True)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the command with its children, and take what they left in the pipes so that these can be closed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PIPES_CLOSE_S_MAX):
            await process.communicate()


async def _capped(stream: asyncio.StreamReader | None) -> bytes:
    body = bytearray()
    while stream is not None and (part := await stream.read(READ_BYTES)):
        body += part
        if len(body) > JPEG_BYTES_MAX:
            raise CameraError(UNUSABLE, f"more than {JPEG_BYTES_MAX} bytes")
    return bytes(body)


async def _tail(stream: asyncio.StreamReader | None) -> str:
    tail = b""
    while stream is not None and (part := await stream.read(READ_BYTES)):
        tail = (tail + part)[-STDERR_TAIL_BYTES:]
    return tail.decode(errors="replace").strip()


async def examine(jpeg: bytes) -> Shot:
    """Return the picture with its size if it is a whole JPEG that can be decoded; raises CameraError CAM-PICTURE."""
    if not jpeg.startswith(SOI) or not jpeg.rstrip(b"\0").endswith(EOI):
        raise CameraError(UNUSABLE, f"{len(jpeg)} bytes are no whole JPEG")
    try:
        width_px, height_px = await asyncio.to_thread(_decode, jpeg)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise CameraError(UNUSABLE, f"cannot be decoded: {error}") from error
    return Shot(jpeg=jpeg, width_px=width_px, height_px=height_px)


def _decode(jpeg: bytes) -> tuple[int, int]:
    """Decode the whole picture at an eighth of its size: `Image.verify` looks at the head of a JPEG only."""
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        width_px, height_px = picture.size
        if width_px * height_px > PIXELS_MAX:
            raise ValueError(f"{width_px}x{height_px} pixels")
        picture.draft("L", (width_px // 8, height_px // 8))
        picture.load()
    return width_px, height_px
