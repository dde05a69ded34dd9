"""How a page looks to this reader: language and theme, as asked for, kept in cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse

from cloud import clock
from cloud.web.language import choose
from cloud.web.pages import render

if TYPE_CHECKING:
    from fastapi import Request

COOKIE_AGE_S = 365 * 24 * 3600


def theme_of(request: Request) -> str:
    """Return the theme that was asked for, else the one that was kept."""
    asked, kept = request.query_params.get("theme"), request.cookies.get("theme")
    return render.choice(asked, kept, render.THEMES) or render.THEMES[0]


def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Fill in a whole page and keep the language and the theme that were asked for."""
    language, theme = choose(request), theme_of(request)
    context = {"now_ms": clock.now_ms()} | context
    body = render.render(template, language, theme=theme, **context)
    response = HTMLResponse(body, status, headers=render.HEADERS)
    for name, value in (("lang", str(language)), ("theme", theme)):
        if name in request.query_params:
            response.set_cookie(name, value, max_age=COOKIE_AGE_S, samesite="lax", httponly=True)
    return response
