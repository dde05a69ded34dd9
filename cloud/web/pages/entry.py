"""Who may see a page: a signed-in person, and the board those who watch over every site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from cloud.domain import authority
from cloud.domain.authority import Act
from cloud.registry.accounts.sessions import Session
from cloud.registry.refusals import Refusal
from cloud.web.auth import signed_in

if TYPE_CHECKING:
    from fastapi import FastAPI

SIGN_IN, FIRST_LOGIN, NOT_YOURS = "/sign-in", "/sign-in/own", "/not-yours"


class TurnedAwayError(Exception):
    """Whoever asks for a page has to go to another one first."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def watching(request: Request) -> Session:
    """Return the session of somebody who watches over every site; TurnedAwayError for everybody else."""
    try:
        session = signed_in(request)
    except Refusal as refusal:
        first = refusal.code == "FIRST-LOGIN"
        raise TurnedAwayError(FIRST_LOGIN if first else f"{SIGN_IN}{_back_to(request)}") from refusal
    if authority.scope(session.actor, Act.REGISTRY_READ) is not None:
        raise TurnedAwayError(NOT_YOURS)
    return session


Watcher = Annotated[Session, Depends(watching)]


def _back_to(request: Request) -> str:
    query = request.url.query
    own = request.method == "GET" and request.url.path == "/"
    return f"?next={quote(f'/?{query}', safe='')}" if own and query else ""


def install(app: FastAPI) -> None:
    """Have those who are turned away sent to where they have to go."""
    app.add_exception_handler(TurnedAwayError, _turned_away)


async def _turned_away(request: Request, error: Exception) -> Response:
    if not isinstance(error, TurnedAwayError):
        raise error
    if request.headers.get("hx-request") == "true":  # a part of a page: the whole page has to go
        return Response(status_code=401, headers={"HX-Redirect": error.address, "Cache-Control": "no-store"})
    return RedirectResponse(error.address, 303, headers={"Cache-Control": "no-store"})
