"""The live board: first paint by the server, acknowledgement of a case, and its undoing."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import SQLAlchemyError

from cloud import clock
from cloud.store import board
from cloud.store.engine import reading, writing
from cloud.web.language import Language, choose
from cloud.web.pages import places, render
from cloud.web.pages.sight import Sight, look

UNDO_MS = 60_000  # how long an acknowledgement may be taken back; the page offers it for 8 s
COOKIE_AGE_S = 365 * 24 * 3600

router = APIRouter()


@router.get("/")
def show(request: Request) -> HTMLResponse:
    """Return the whole board; 503 with a sentence and a retry while the database cannot be read."""
    language, theme = choose(request), _theme(request)
    now_ms = clock.now_ms()
    try:
        with reading(request.app.state.engine) as connection:
            sight = look(connection, now_ms)
    except SQLAlchemyError:
        body = render.render("unavailable.html", language, theme=theme, now_ms=now_ms)
        return _page(request, language, theme, body, status=503)
    body = render.render("board.html", language, theme=theme, **context(sight), **islands(sight, language))
    return _page(request, language, theme, body)


def context(sight: Sight) -> dict[str, object]:
    """Return what the panels' templates read."""
    return {"sight": sight, "now_ms": sight.now_ms}


def islands(sight: Sight, language: Language) -> dict[str, object]:
    """Return what the page's scripts read at the start, as JSON that may stand in a script element."""
    return {
        "words_json": render.escaped_json(msgspec.json.encode(render.words(language))),
        "chart_json": render.escaped_json(msgspec.json.encode(sight.chart)),
        "places_json": render.escaped_json(msgspec.json.encode(places.places(sight))),
    }


def _theme(request: Request) -> str:
    asked, kept = request.query_params.get("theme"), request.cookies.get("theme")
    return render.choice(asked, kept, render.THEMES) or render.THEMES[0]


def _page(request: Request, language: Language, theme: str, body: str, status: int = 200) -> HTMLResponse:
    response = HTMLResponse(body, status, headers=render.HEADERS)
    for name, value in (("lang", str(language)), ("theme", theme)):
        if name in request.query_params:
            response.set_cookie(name, value, max_age=COOKIE_AGE_S, samesite="lax", httponly=True)
    return response


@router.post("/cases/{case_id}/acknowledge")
def acknowledge(request: Request, case_id: int) -> HTMLResponse:
    """Take a case; the answer is its row and a toast that offers to undo it."""
    now_ms = clock.now_ms()
    if refused := _refuse_foreign(request):
        return refused
    with writing(request.app.state.engine) as connection:
        done = board.acknowledge(connection, case_id, now_ms)
    return _toast(request, case_id, "acknowledged" if done else "too_late")


@router.post("/cases/{case_id}/take-back")
def take_back(request: Request, case_id: int) -> HTMLResponse:
    """Undo a recent acknowledgement."""
    now_ms = clock.now_ms()
    if refused := _refuse_foreign(request):
        return refused
    with writing(request.app.state.engine) as connection:
        done = board.take_back(connection, case_id, now_ms, now_ms - UNDO_MS)
    return _toast(request, case_id, "taken_back" if done else "too_late")


def _refuse_foreign(request: Request) -> HTMLResponse | None:
    # Another site can send a form here, but not this header without our consent (CORS), which nobody gets.
    if request.headers.get("hx-request") == "true":
        return None
    return HTMLResponse("", 403, headers=render.HEADERS)


def _toast(request: Request, case_id: int, outcome: str) -> HTMLResponse:
    language = choose(request)
    now_ms = clock.now_ms()
    with reading(request.app.state.engine) as connection:
        sight = look(connection, now_ms)
    body = render.render("toast.html", language, case_id=case_id, outcome=outcome, **context(sight))
    return HTMLResponse(body, headers=render.HEADERS)
