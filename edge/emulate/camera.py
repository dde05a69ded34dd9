"""An IP camera on loopback: one JPEG per request behind a digest login (RFC 7616), with the faults real ones have."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import TYPE_CHECKING, Literal

from edge.emulate.http import Request, head, port_of, serve, stop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.emulate.settings import CameraSettings

CameraState = Literal["ok", "down", "html", "truncated", "slow", "401", "hang", "large", "garbage"]
REALM = "lane camera"
NONCE_BYTES = 8
NONCES_MAX = 1000
SLOW_PARTS = 40  # a body that trickles: no single wait is long, the whole is
SLOW_PAUSE_S = 0.3
HANG_S = 60.0
LARGE_BYTES = 32 * 2**20
PATH = re.compile(r"^/lanes/([A-Za-z0-9-]{1,16})/snapshot\.jpg(?:\?.*)?$")
PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|([^,\s]+))')


class EmulatedCamera:
    """The cameras of all lanes behind one address; `picture(lane)` draws what one sees now."""

    def __init__(
        self, settings: CameraSettings, picture: Callable[[str], Awaitable[bytes]], draw: Callable[[int], bytes]
    ) -> None:
        self._settings = settings
        self._picture = picture
        self._draw = draw
        self._nonces: dict[str, int] = {}  # nonce -> highest count used
        self._server: asyncio.Server | None = None
        self.state: CameraState = "ok"
        self.port = settings.port
        self.refused = 0
        self.sent = 0

    async def start(self) -> None:
        """Listen on loopback."""
        self._server = await serve(self._settings.port, self._handle)
        self.port = port_of(self._server)

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            await stop(self._server)

    def url(self, lane: str) -> str:
        """Return the snapshot address of a lane."""
        return f"http://127.0.0.1:{self.port}/lanes/{lane}/snapshot.jpg"

    async def _handle(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        if self.state == "down":
            writer.transport.abort()
            return False
        if self.state == "hang":
            await asyncio.sleep(HANG_S)
            return False
        if self.state == "401" or not self._logged_in(request):
            self._challenge(writer)
            return True
        match = PATH.match(request.target)
        if match is None or request.method != "GET":
            writer.write(head(404, {"Content-Length": 0}))
            return True
        self.sent += 1
        return await self._send(writer, await self._picture(match[1]))

    async def _send(self, writer: asyncio.StreamWriter, jpeg: bytes) -> bool:
        if self.state == "html":
            page = b"<html><body>Device is busy</body></html>"  # many cameras say so with status 200
            writer.write(head(200, {"Content-Type": "text/html", "Content-Length": len(page)}) + page)
            return True
        if self.state == "large":
            jpeg = jpeg.ljust(LARGE_BYTES, b"\0")
        if self.state == "garbage":
            jpeg = jpeg[:2] + bytes(len(jpeg) - 4) + jpeg[-2:]
        writer.write(head(200, {"Content-Type": "image/jpeg", "Content-Length": len(jpeg)}))
        if self.state == "truncated":
            writer.write(jpeg[: len(jpeg) // 2])
            return False
        if self.state == "slow":
            part = max(1, len(jpeg) // SLOW_PARTS)
            for start in range(0, len(jpeg), part):
                writer.write(jpeg[start : start + part])
                await writer.drain()
                await asyncio.sleep(SLOW_PAUSE_S)
            return True
        writer.write(jpeg)
        return True

    def _challenge(self, writer: asyncio.StreamWriter) -> None:
        self.refused += 1
        nonce = self._draw(NONCE_BYTES).hex()
        self._nonces[nonce] = 0
        while len(self._nonces) > NONCES_MAX:
            del self._nonces[next(iter(self._nonces))]
        challenge = f'Digest realm="{REALM}", nonce="{nonce}", algorithm={self._settings.algorithm}, qop="auth"'
        writer.write(head(401, {"WWW-Authenticate": challenge, "Content-Length": 0}))

    def _digest(self, text: str) -> str:
        octets = text.encode()
        if self._settings.algorithm == "MD5":
            return hashlib.md5(octets, usedforsecurity=False).hexdigest()
        return hashlib.sha256(octets).hexdigest()

    def _logged_in(self, request: Request) -> bool:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        fields = {name: quoted or plain for name, quoted, plain in PAIR.findall(rest)}
        nonce, count = fields.get("nonce", ""), fields.get("nc", "")
        if scheme != "Digest" or nonce not in self._nonces or fields.get("username") != self._settings.user:
            return False
        if not re.fullmatch(r"[0-9a-fA-F]{8}", count) or int(count, 16) <= self._nonces[nonce]:
            return False
        self._nonces[nonce] = int(count, 16)
        secret = self._digest(f"{self._settings.user}:{REALM}:{self._settings.password}")
        asked = self._digest(f"{request.method}:{fields.get('uri', '')}")
        expected = f"{secret}:{nonce}:{count}:{fields.get('cnonce')}:{fields.get('qop')}:{asked}"
        return fields.get("response") == self._digest(expected)
