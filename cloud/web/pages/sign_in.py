"""The pages by which people come in and go: sign-in, first credentials (R-016), one-time link, sign-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from cloud.registry.accounts import register, sessions
from cloud.registry.accounts.passwords import CHARS_MAX, CHARS_MIN
from cloud.registry.refusals import Refusal
from cloud.web import auth
from cloud.web.pages import looks
from cloud.web.pages.entry import FIRST_LOGIN, SIGN_IN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi.responses import HTMLResponse

    from cloud.registry.accounts.sessions import Opened

BOARD = "/"
FIELDS_MAX = 8

router = APIRouter()


async def _form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form; what is too long for its field is no password of ours."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        return {}


Form = Annotated[dict[str, str], Depends(_form)]


@router.get(SIGN_IN)
def ask(request: Request) -> Response:
    """Show the sign-in page, or go on where somebody is signed in already."""
    try:
        session = auth.present(request)
    except Refusal:
        return _asked(request, "")
    return _redirect(FIRST_LOGIN if session.must_change else _next(request))


@router.post(SIGN_IN)
def sign_in(request: Request, form: Form) -> Response:
    """Sign in; what went wrong is said above the form, and the account's name stays in it."""
    name = form.get("account", "")[:CHARS_MAX]
    try:
        opened = sessions.sign_in(auth.entrance(request), name, form.get("password", ""))
    except Refusal as refusal:
        return _asked(request, name, refusal)
    return _opened(request, opened)


def _asked(request: Request, name: str, refusal: Refusal | None = None) -> HTMLResponse:
    status = 200 if refusal is None else refusal.text.status
    return looks.page(request, "sign_in.html", status, name=name, refusal=refusal)


@router.get(FIRST_LOGIN)
def ask_for_own(request: Request) -> Response:
    """Ask for one's own account name and password, in place of the first-login credential (R-016)."""
    try:
        session = auth.present(request)
    except Refusal:
        return _redirect(SIGN_IN)
    if not session.must_change:
        return _redirect(BOARD)
    return _own_asked(request, session.actor.account)


@router.post(FIRST_LOGIN)
def set_own(request: Request, form: Form) -> Response:
    """Replace the first-login credential."""
    name, password = form.get("account", "")[:CHARS_MAX].strip().lower(), form.get("password", "")
    try:
        session = auth.present(request)
    except Refusal as refusal:
        return _asked(request, "", refusal)
    if password != form.get("again", ""):
        return _own_asked(request, name, Refusal("PASSWORD-TWICE"))
    try:
        opened = register.set_own(auth.entrance(request), session, name, password)
    except Refusal as refusal:
        return _own_asked(request, name, refusal)
    return _opened(request, opened)


def _own_asked(request: Request, name: str, refusal: Refusal | None = None) -> HTMLResponse:
    status = 200 if refusal is None else refusal.text.status
    return looks.page(request, "sign_in_own.html", status, name=name, refusal=refusal, chars_min=CHARS_MIN)


@router.get(SIGN_IN + "/link/{token}")
def ask_for_link(request: Request, token: str) -> Response:
    """Show the button that uses a one-time link up: what merely looks at a link, as mail programs do, leaves it."""
    return looks.page(request, "sign_in_link.html", token=token)


@router.post(SIGN_IN + "/link/{token}")
def use_link(request: Request, token: str) -> Response:
    """Sign in by a one-time link."""
    try:
        return _opened(request, sessions.use_link(auth.entrance(request), token))
    except Refusal as refusal:
        return _asked(request, "", refusal)


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session, here and at the server."""
    response = _redirect(SIGN_IN)
    try:
        sessions.sign_out(auth.entrance(request), auth.present(request))
    except Refusal:
        return response  # it was over already
    auth.take_cookie(response)
    return response


@router.get("/not-yours")
def not_yours(request: Request) -> Response:
    """Say that this account has no page here."""
    try:
        session = auth.signed_in(request)
    except Refusal:
        return _redirect(SIGN_IN)
    return looks.page(request, "not_yours.html", 403, account=session.actor.account)


def _opened(request: Request, opened: Opened) -> Response:
    response = _redirect(FIRST_LOGIN if opened.must_change else _next(request))
    auth.give_cookie(request, response, opened.token)
    return response


def _next(request: Request) -> str:
    """Return where somebody wanted to go; only to our own board, wherever a link may say."""
    asked = request.query_params.get("next", "")
    return asked if asked.startswith("/?") else BOARD


def _redirect(address: str) -> Response:
    return RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
