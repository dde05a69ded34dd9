"""Who may speak to the web process at all: only our own host names (DNS rebinding), and no foreign page may act.

Whoever is signed in visits other pages in the same browser: none of these may act under that session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.registry.refusals import Refusal
from cloud.web.refused import answer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({"same-origin", "none"})  # `none`: typed into the address bar (Fetch Metadata)


class Guard:
    """Pure ASGI, so that a stream of events passes through untouched; `hosts` are names without a port."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a foreign Host with 421 HOST, and a foreign page's order with 403 ORIGIN; pass everything else on."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await answer(refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        name = _host_name(headers.get("host", ""))
        if name not in self._hosts:
            return Refusal("HOST", name)
        foreign = scope["method"] not in _SAFE_METHODS and _from_another_page(headers)
        return Refusal("ORIGIN", headers.get("origin", "")) if foreign else None


def _from_another_page(headers: Mapping[str, str]) -> bool:
    """Tell whether a browser sent this from a page that is not ours; other programs send neither header.

    The scheme of an Origin is left aside: behind a TLS proxy ours is another one than the browser's.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in _OWN_SITES
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() != headers["host"].lower()


def _host_name(host: str) -> str:
    """Return the name of a Host header without its port; an IPv6 literal keeps its brackets (RFC 9110 §7.2)."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()
