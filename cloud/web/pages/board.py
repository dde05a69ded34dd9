"""The live board: first paint by the server, acknowledgement of a case, and its undoing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import SQLAlchemyError

from cloud import clock
from cloud.registry import watching as centre
from cloud.registry.desk import Denied, Desk, at_desk
from cloud.registry.refusals import Refusal
from cloud.store.engine import reading
from cloud.web.language import Language, choose
from cloud.web.pages import looks, places, render
from cloud.web.pages.entry import Watcher, watching
from cloud.web.pages.sight import Sight, look

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud.registry.accounts.sessions import Session

router = APIRouter()


@router.get("/")
def show(request: Request) -> HTMLResponse:
    """Return the whole board; 503 with a sentence and a retry while the database cannot be read."""
    try:
        session = watching(request)
        with reading(request.app.state.engine) as connection:
            sight = look(connection, clock.now_ms())
    except SQLAlchemyError:
        return looks.page(request, "unavailable.html", 503, account=None)
    shown: dict[str, Any] = {**context(sight), **islands(sight, choose(request))}
    return looks.page(request, "board.html", account=session.actor.account, **shown)


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


@router.post("/cases/{case_id}/acknowledge")
def acknowledge(request: Request, session: Watcher, case_id: int) -> HTMLResponse:
    """Take a case; the answer is its row and a toast that offers to undo it."""
    return _act(request, session, case_id, lambda desk: centre.acknowledge(desk, case_id), "acknowledged")


@router.post("/cases/{case_id}/take-back")
def take_back(request: Request, session: Watcher, case_id: int) -> HTMLResponse:
    """Undo a recent acknowledgement."""
    return _act(request, session, case_id, lambda desk: centre.take_back(desk, case_id), "taken_back")


def _act(request: Request, session: Session, case_id: int, act: Callable[[Desk], bool], done: str) -> HTMLResponse:
    # Another site can send a form here, but not this header without our consent (CORS), which nobody gets.
    if request.headers.get("hx-request") != "true":
        return HTMLResponse("", 403, headers=render.HEADERS)
    try:
        with at_desk(request.app.state.engine, session.actor, clock.now_ms()) as desk:
            outcome = done if act(desk) else "too_late"
    except Denied:
        outcome = "not_yours"
    except Refusal:
        outcome = "too_late"
    with reading(request.app.state.engine) as connection:
        sight = look(connection, clock.now_ms())
    body = render.render("toast.html", choose(request), case_id=case_id, outcome=outcome, **context(sight))
    return HTMLResponse(body, headers=render.HEADERS)
