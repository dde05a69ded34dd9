"""Who asks: a user's system by the bearer token of the settings (RFC 6750), a person by the cookie of a session."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from cloud.clock import now_ms
from cloud.domain.authority import Actor, Role
from cloud.registry.accounts import sessions
from cloud.registry.accounts.sessions import Entrance, Session
from cloud.registry.refusals import Refusal

COOKIE = "session"
SYSTEM = Actor(account="system", roles=frozenset({Role.SYSTEM}))

_bearer = HTTPBearer(auto_error=False, description="The token of the file that `web.token_file` names")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def authorised(request: Request, credentials: Credentials) -> None:
    """Raise Refusal TOKEN unless the request carries the token; compared in constant time."""
    given = credentials.credentials if credentials else ""
    if not hmac.compare_digest(given.encode(), request.app.state.token.encode()):
        raise Refusal("TOKEN")


def acting(request: Request, credentials: Credentials) -> Actor:
    """Return who asks, by token or session; Refusal TOKEN, SESSION or FIRST-LOGIN if nobody who may."""
    if credentials is not None or COOKIE not in request.cookies:
        authorised(request, credentials)
        return SYSTEM
    return signed_in(request).actor


def signed_in(request: Request) -> Session:
    """Return the person's session; Refusal SESSION, and FIRST-LOGIN while the first credential is not replaced."""
    session = present(request)
    if session.must_change:
        raise Refusal("FIRST-LOGIN")
    return session


def present(request: Request) -> Session:
    """Return the person's session, whatever it may do; Refusal SESSION."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        raise Refusal("SESSION")
    return sessions.find(entrance(request), token)


SignedIn = Annotated[Session, Depends(signed_in)]
Present = Annotated[Session, Depends(present)]


def entrance(request: Request) -> Entrance:
    """Return where people sign in, at this moment."""
    accounts = request.app.state.settings.accounts
    return Entrance(
        engine=request.app.state.engine,
        now_ms=now_ms(),
        idle_ms=round(accounts.idle_min * 60_000),
        longest_ms=round(accounts.longest_h * 3_600_000),
    )


def give_cookie(request: Request, response: Response, token: str) -> None:
    """Hand the session to the browser: no script reads it, no other site sends it along."""
    secure = request.app.state.settings.accounts.secure_cookie
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/")


def take_cookie(response: Response) -> None:
    """Have the browser forget the session."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", path="/")
