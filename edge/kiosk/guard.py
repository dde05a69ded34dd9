"""What keeps strangers out of a page that has no log-in: host names, origins, a strict content policy, small bodies.

The server listens on loopback only; these are for the browser on the same machine that also visits other pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
BODY_BYTES_MAX = 20_480  # a driver's statement of 4,000 characters in UTF-8, and the rest of its press
_HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_SAFE_METHODS = frozenset({"GET", "HEAD"})


class Guard:
    """Pure ASGI, so that a stream of events passes through untouched."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a foreign Host (DNS rebinding) and a foreign Origin; add the policy headers to every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
            return
        await JSONResponse({"detail": refusal}, status_code=403)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> str | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if _host_name(headers.get("host", "")) not in self._hosts:
            return "this address is not served here"
        return None if scope["method"] in _SAFE_METHODS else _refusal_of_order(headers, scope["scheme"])


def _refusal_of_order(headers: Mapping[str, str], scheme: str) -> str | None:
    """Return why a request that changes something is refused: foreign page, other form, too long."""
    own = f"{scheme}://{headers['host']}"
    if headers.get("origin", own) != own or headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return "a page of another origin may not act here"
    if not headers.get("content-type", "").startswith("application/json"):
        return "only application/json is taken"
    length = headers.get("content-length", "")
    if not length.isdigit() or int(length) > BODY_BYTES_MAX:
        return f"only bodies of a stated length up to {BODY_BYTES_MAX} bytes are taken"
    return None


def _host_name(host: str) -> str:
    """Return the name of a Host header without its port; an IPv6 literal keeps its brackets."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].lower()
