"""Refuses request bodies that are larger than allowed, whether they say so or not."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cloud.registry.refusals import Refusal
from cloud.web.refused import answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PHOTOS = "/api/v1/photos/"  # counts its own bytes, while it writes them to disk


class BodyLimit:
    """ASGI middleware: answers 413 as soon as a body has passed `bytes_max`, and reads no further."""

    def __init__(self, app: ASGIApp, bytes_max: int, larger: Mapping[str, int] = MappingProxyType({})) -> None:
        self._app = app
        self._bytes_max = bytes_max
        self._larger = larger  # address, or the folder of addresses → its own limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting."""
        if scope["type"] != "http" or scope["path"].startswith(PHOTOS):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        bytes_max = self._larger.get(path, self._larger.get(path[: path.rfind("/") + 1], self._bytes_max))
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > bytes_max:
            await answer(Refusal("TOO-LARGE", f"limit {bytes_max} bytes"))(scope, receive, send)
            return
        await self._counted(scope, receive, send, bytes_max)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, bytes_max: int) -> None:
        seen = 0

        async def counting_receive() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            # What follows is cut off; whatever the application makes of the stump, the sender hears the reason.
            return message if seen <= bytes_max else {"type": "http.request", "body": b"", "more_body": False}

        async def overruling_send(message: Message) -> None:
            if seen <= bytes_max:
                await send(message)
            elif message["type"] == "http.response.start":
                await answer(Refusal("TOO-LARGE", f"limit {bytes_max} bytes"))(scope, receive, send)

        await self._app(scope, counting_receive, overruling_send)
