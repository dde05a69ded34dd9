"""REST resource: one's own session: sign in, look who one is, set one's own credentials, sign out (R-016)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cloud.domain.authority import Role
from cloud.registry.accounts import register
from cloud.registry.accounts import sessions as registry
from cloud.registry.accounts.passwords import CHARS_MAX, CHARS_MIN
from cloud.registry.people import pins
from cloud.web.api.calling import Caller
from cloud.web.auth import Present, SignedIn, entrance, give_cookie, take_cookie

if TYPE_CHECKING:
    from cloud.registry.accounts.sessions import Opened, Session

router = APIRouter(prefix="/session", tags=["session"])

Typed = Annotated[str, Field(min_length=1, max_length=CHARS_MAX)]
Own = Annotated[str, Field(min_length=CHARS_MIN, max_length=CHARS_MAX, description="至少十二字元")]


class SignInBody(BaseModel):
    """帳號、密碼."""

    model_config = ConfigDict(extra="forbid")

    account: Typed
    password: Typed


class PasswordBody(BaseModel):
    """The password one has, and the one to have."""

    model_config = ConfigDict(extra="forbid")

    old: Typed
    new: Own


class CredentialsBody(BaseModel):
    """個人帳號及密碼: what takes the place of the first-login credential."""

    model_config = ConfigDict(extra="forbid")

    account: Typed
    password: Own


class PinBody(BaseModel):
    """The account's password, and the PIN to have at the kiosk."""

    model_config = ConfigDict(extra="forbid")

    password: Typed
    pin: Typed = Field(description="4 至 12 位數字")


class WhoAmI(BaseModel):
    """Who is signed in; while `must_change` is true the first-login credential waits to be replaced."""

    account: str
    roles: list[Role]
    sites: list[str]
    must_change: bool


def _who(session: Session) -> WhoAmI:
    actor = session.actor
    return WhoAmI(
        account=actor.account, roles=sorted(actor.roles), sites=sorted(actor.sites), must_change=session.must_change
    )


def _opened(request: Request, response: Response, opened: Opened) -> WhoAmI:
    give_cookie(request, response, opened.token)
    return _who(registry.find(entrance(request), opened.token))


@router.post("", status_code=201)
def sign_in(request: Request, response: Response, body: SignInBody) -> WhoAmI:
    """Sign in (登入): the answer sets the session's cookie. A first-login credential opens once, to be replaced."""
    return _opened(request, response, registry.sign_in(entrance(request), body.account, body.password))


@router.get("")
def who_am_i(session: Present) -> WhoAmI:
    """Return who is signed in."""
    return _who(session)


@router.put("/password")
def change_password(request: Request, response: Response, body: PasswordBody, session: SignedIn) -> WhoAmI:
    """Change one's own password; every other session of the account ends."""
    return _opened(request, response, register.change_password(entrance(request), session, body.old, body.new))


@router.put("/credentials")
def set_own(request: Request, response: Response, body: CredentialsBody, session: Present) -> WhoAmI:
    """Replace the first-login credential by one's own account name and password (設定個人帳號及密碼)."""
    return _opened(request, response, register.set_own(entrance(request), session, body.account, body.password))


@router.put("/pin", status_code=204)
def set_pin(request: Request, call: Caller, body: PinBody) -> None:
    """Set the kiosk PIN of one's own badge (設定閘道 PIN); the gates know it within two seconds, nobody else does."""
    pins.set_own(
        entrance(request), call.actor, body.password, body.pin
    )  # no answer is kept: its key would hash the PIN


@router.delete("", status_code=204)
def sign_out(request: Request, response: Response, session: Present) -> None:
    """Sign out (登出): the session ends at the server."""
    registry.sign_out(entrance(request), session)
    take_cookie(response)
