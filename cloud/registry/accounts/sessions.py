"""Signing in and out: a session is a cookie whose hash we know; whoever guesses passwords waits longer and longer."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act, Actor, Role
from cloud.registry.accounts import passwords
from cloud.registry.refusals import Refusal
from cloud.store.engine import reading, writing
from cloud.store.registry import accounts as rows
from cloud.store.registry import audit, authorisations
from cloud.store.registry import sessions as store
from schemas.envelope import b64url

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Row

TOKEN_BYTES = 32
FAILURES_FREE = 4  # the fifth failure brings the first wait
WAIT_FIRST_MS = 30_000  # doubled by each further failure
WAIT_MAX_MS = 15 * 60_000  # not for ever: anybody may fail under another's name
ATTEMPTS_KEPT_MS = 24 * 3_600_000
FIRST_LOGIN_MS = 15 * 60_000  # the first-login credential is spent when it opens a session: so long to replace it
TOUCH_MS = 30_000  # a session is noted as alive no more often than this
NOBODY = "-"  # on the audit log, for a name that is no account: it may be a password in the wrong field


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """Where people sign in, at one moment; sessions end after `idle_ms` without a request, and `longest_ms` anyway."""

    engine: Engine
    now_ms: int
    idle_ms: int
    longest_ms: int


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A session that has begun; the token goes into the cookie and is kept nowhere."""

    token: str
    account: str
    must_change: bool


@dataclass(frozen=True, kw_only=True)
class Session:
    """Who is there now; while `must_change` holds, setting one's own credentials is all that can be done (R-016)."""

    actor: Actor
    token_hash: str
    must_change: bool


def sign_in(at: Entrance, name: str, password: str) -> Opened:
    """Begin a session for account and password. A first-login credential is spent by it (R-016).

    The attempt is counted before the password is tried, so that many at once get no more tries than one after the
    other. An unknown account, a disabled one and a wrong password give the same answer after the same work.

    Raises:
        Refusal: SIGN-IN, SIGN-IN-WAIT (its detail says how many seconds).
    """
    account = prove(at, name, password)
    with writing(at.engine) as connection:
        if not _spend(connection, account):
            raise Refusal("SIGN-IN")  # used up, or changed, in this very moment
        forget_failures(connection, account.name)
        return begin(at, connection, account)


def prove(at: Entrance, name: str, password: str) -> Row[Any]:
    """Return the account that this password opens.

    Raises:
        Refusal: SIGN-IN, SIGN-IN-WAIT.
    """
    name = name.strip().lower()
    _charge(at, name)
    with reading(at.engine) as connection:
        account = rows.find(connection, name) if name.isprintable() else None  # no text with a NUL on PostgreSQL
    right = passwords.matches(account.password if account else None, password)
    if account is None or not right or account.disabled_ms is not None:
        with writing(at.engine) as connection:
            _log(connection, NOBODY if account is None else account.name, Act.SIGN_IN, "DENIED", at.now_ms)
        raise Refusal("SIGN-IN")
    return account


def forget_failures(connection: Connection, name: str) -> None:
    """Let a name begin anew with its free failures."""
    rows.forget_attempts(connection, hashed(name))


def _spend(connection: Connection, account: Row[Any]) -> bool:
    """Use a first-login credential up; False if the password is no longer the one that was proved."""
    left = passwords.SPENT if account.must_change else account.password
    return rows.swap_password(connection, account.name, account.password, {"password": left})


def use_link(at: Entrance, token: str) -> Opened:
    """Begin a session by a one-time link.

    Raises:
        Refusal: SIGN-IN-LINK.
    """
    with writing(at.engine) as connection:
        name = rows.take_link(connection, hashed(token), at.now_ms)
        account = rows.find(connection, name) if name else None
        if account is None or account.disabled_ms is not None or not _spend(connection, account):
            raise Refusal("SIGN-IN-LINK")
        return begin(at, connection, account)


def begin(at: Entrance, connection: Connection, account: Row[Any]) -> Opened:
    """Store a new session of an account and say so on the audit log."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    must_change = bool(account.must_change)
    lasts_ms = FIRST_LOGIN_MS if must_change else at.longest_ms
    row = {"token_hash": hashed(token), "account": account.name, "begun_ms": at.now_ms, "seen_ms": at.now_ms}
    store.add(connection, row | {"expires_ms": at.now_ms + lasts_ms})
    store.drop_old(connection, at.now_ms, at.idle_ms)
    _log(connection, account.name, Act.SIGN_IN, "DONE", at.now_ms)
    return Opened(token=token, account=account.name, must_change=must_change)


def find(at: Entrance, token: str) -> Session:
    """Return who is signed in by this cookie, with what they may do at this moment.

    Raises:
        Refusal: SESSION.
    """
    token_hash = hashed(token)
    with reading(at.engine) as connection:
        row = store.find(connection, token_hash, at.now_ms, at.idle_ms)
        actor = None if row is None else actor_of(connection, row, at.now_ms)
    if row is None or actor is None:
        raise Refusal("SESSION")
    if at.now_ms - row.seen_ms >= TOUCH_MS:
        with writing(at.engine) as connection:
            store.touch(connection, token_hash, at.now_ms)
    return Session(actor=actor, token_hash=token_hash, must_change=bool(row.must_change))


def actor_of(connection: Connection, account: Row[Any], now_ms: int) -> Actor:
    """Return an account as an actor: at its own sites, and at those its person is authorised for now in these roles."""
    roles = frozenset(Role(role) for role in account.roles)
    sites = set(account.sites)
    for role in roles if account.person is not None else ():
        sites.update(authorisations.sites_of(connection, account.person, now_ms, role))
    return Actor(account=account.name, roles=roles, sites=frozenset(sites), person=account.person)


def sign_out(at: Entrance, session: Session) -> None:
    """End a session: its cookie is worth nothing from now on."""
    with writing(at.engine) as connection:
        if store.end(connection, session.token_hash):
            _log(connection, session.actor.account, Act.SIGN_OUT, "DONE", at.now_ms)


def _charge(at: Entrance, name: str) -> None:
    now_ms, name_hash = at.now_ms, hashed(name)
    with writing(at.engine) as connection:
        rows.forget_old_attempts(connection, now_ms - ATTEMPTS_KEPT_MS)
        failures = rows.charge(connection, name_hash, now_ms)
        if failures is not None and failures > FAILURES_FREE:
            wait_ms = min(WAIT_FIRST_MS * 2 ** min(failures - FAILURES_FREE - 1, 10), WAIT_MAX_MS)
            rows.lock(connection, name_hash, now_ms + wait_ms)
        until_ms = rows.locked_until_ms(connection, name_hash)
    if failures is None:
        raise Refusal("SIGN-IN-WAIT", str(-(-(until_ms - now_ms) // 1000)))


def _log(connection: Connection, account: str, act: Act, outcome: str, now_ms: int) -> None:
    row = {"at_ms": now_ms, "account": account, "act": act, "outcome": outcome}
    audit.append(connection, row | {"subject": f"account:{account}", "detail": {}})


def hashed(text: str) -> str:
    """Return the hash under which a token or a typed name is kept."""
    return b64url(hashlib.sha256(text.encode()).digest())
