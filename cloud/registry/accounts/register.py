"""The register of accounts: made with a first-login credential, changed, disabled; credentials set by their owner."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta
from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Act, Role
from cloud.registry import places
from cloud.registry.accounts import passwords, sessions
from cloud.registry.contract import checked
from cloud.registry.desk import at_desk
from cloud.registry.refusals import Refusal
from cloud.store.registry import accounts as rows
from cloud.store.registry import sessions as session_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Row

    from cloud.registry.accounts.sessions import Entrance, Opened, Session
    from cloud.registry.desk import Desk

SITES_MAX = 200
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{1,63}$(?!\n)")]
# One account serves one side. Who keeps accounts does nothing else; SYSTEM is no person.
SIDES = (
    frozenset({Role.OFFICER, Role.CENTRE, Role.JOINT_CENTRE, Role.IT}),
    frozenset({Role.OPERATOR, Role.SPECIALIST, Role.CLERK, Role.TRADER, Role.DRIVER}),
    frozenset({Role.ADMIN}),
)
RESERVED = frozenset({"system", "cli"})  # actors that are no accounts


@dataclass(frozen=True, kw_only=True)
class AccountEntry:
    """What is asked of the register for one account."""

    name: str
    roles: Collection[Role]
    sites: Collection[str] = ()  # beside those of the person's authorisations
    person: str | None = None


def put_account(desk: Desk, entry: AccountEntry) -> tuple[bool, str | None]:
    """Make an account or change what it is for; (True, first-login credential) if it is new (R-016).

    Raises:
        Refusal: INVALID, ROLES, SITE-UNKNOWN, OWN-ACCOUNT, ACCOUNT-TAKEN, PERSON-TAKEN, FORBIDDEN.
    """
    name, subject = entry.name, f"account:{entry.name}"
    desk.require(Act.ACCOUNT_WRITE, subject=subject)
    checked(name, Name, "name")
    roles = sorted({Role(role) for role in entry.roles})
    if not roles or not any(side.issuperset(roles) for side in SIDES):
        raise Refusal("ROLES")
    sites = sorted(set(entry.sites))
    if len(sites) > SITES_MAX:
        raise Refusal("INVALID", f"sites: at most {SITES_MAX}")
    places.require(desk.connection, *sites)
    if name == desk.actor.account:
        raise Refusal("OWN-ACCOUNT", name)
    if name in RESERVED:
        raise Refusal("ACCOUNT-TAKEN", name)
    old = rows.find(desk.connection, name)
    owner = rows.of_person(desk.connection, entry.person) if entry.person else None
    if owner is not None and owner.name != name:
        raise Refusal("PERSON-TAKEN", owner.name)
    values = {"roles": roles, "sites": sites, "person": entry.person}
    if old is not None:
        if (old.roles, old.sites, old.person) != (roles, sites, entry.person):
            rows.change(desk.connection, name, values)
            desk.note(Act.ACCOUNT_WRITE, subject, **values)
        return False, None
    credential = passwords.first()
    row = {"name": name, "password": passwords.hashed(credential), "must_change": 1, "created_ms": desk.now_ms}
    rows.add(desk.connection, row | values)
    desk.note(Act.ACCOUNT_WRITE, subject, **values, new=True)
    return True, credential


def get(desk: Desk, name: str) -> Row[Any]:
    """Return one account; Refusal NOT-FOUND, FORBIDDEN."""
    desk.require(Act.ACCOUNT_WRITE, subject=f"account:{name}")
    account = rows.find(desk.connection, name)
    if account is None:
        raise Refusal("NOT-FOUND", name)
    return account


def page(desk: Desk, after: str, limit: int) -> Sequence[Row[Any]]:
    """Return accounts by name; Refusal FORBIDDEN."""
    desk.require(Act.ACCOUNT_WRITE)
    return rows.page(desk.connection, after, limit)


def renew(desk: Desk, name: str) -> str:
    """Give an account a new first-login credential; the password it had and its sessions end.

    Raises:
        Refusal: NOT-FOUND, OWN-ACCOUNT, FORBIDDEN.
    """
    account = _other(desk, name)
    credential = passwords.first()
    rows.change(desk.connection, account.name, {"password": passwords.hashed(credential), "must_change": 1})
    _sign_out_everywhere(desk, name)
    desk.note(Act.ACCOUNT_WRITE, f"account:{name}", credential="renewed")
    return credential


def disable(desk: Desk, name: str) -> None:
    """Close an account; it stays on record, and its sessions end.

    Raises:
        Refusal: NOT-FOUND, OWN-ACCOUNT, FORBIDDEN.
    """
    account = _other(desk, name)
    if account.disabled_ms is None:
        rows.change(desk.connection, name, {"disabled_ms": desk.now_ms})
        _sign_out_everywhere(desk, name)
        desk.note(Act.ACCOUNT_WRITE, f"account:{name}", disabled=True)


def enable(desk: Desk, name: str) -> None:
    """Open a closed account again.

    Raises:
        Refusal: NOT-FOUND, OWN-ACCOUNT, FORBIDDEN.
    """
    account = _other(desk, name)
    if account.disabled_ms is not None:
        rows.change(desk.connection, name, {"disabled_ms": None})
        desk.note(Act.ACCOUNT_WRITE, f"account:{name}", disabled=False)


def link(desk: Desk, name: str, lasts_ms: int) -> str:
    """Return the token of a link that signs an account in once.

    Raises:
        Refusal: NOT-FOUND, OWN-ACCOUNT, FORBIDDEN.
    """
    account = _other(desk, name)
    token = secrets.token_urlsafe(sessions.TOKEN_BYTES)
    rows.drop_old_links(desk.connection, desk.now_ms)
    row = {"token_hash": sessions.hashed(token), "account": account.name}
    rows.add_link(desk.connection, row | {"expires_ms": desk.now_ms + lasts_ms})
    desk.note(Act.ACCOUNT_WRITE, f"account:{name}", link="made")
    return token


def _other(desk: Desk, name: str) -> Row[Any]:
    """Return an account that is not the actor's own."""
    account = get(desk, name)
    if name == desk.actor.account:
        raise Refusal("OWN-ACCOUNT", name)
    return account


def _sign_out_everywhere(desk: Desk, name: str) -> None:
    session_rows.end_all(desk.connection, name)
    rows.drop_links(desk.connection, name)


def change_password(at: Entrance, session: Session, old: str, new: str) -> Opened:
    """Set one's own password; every session of the account ends, and a new one begins here.

    Raises:
        Refusal: SIGN-IN, SIGN-IN-WAIT (the old one is wrong), PASSWORD, PASSWORD-SAME, FIRST-LOGIN, CONFLICT.
    """
    name = session.actor.account
    if session.must_change:
        raise Refusal("FIRST-LOGIN")
    passwords.check(new, name)
    account = sessions.prove(at, name, old)
    if passwords.matches(account.password, new):
        raise Refusal("PASSWORD-SAME")
    password = passwords.hashed(new)
    with at_desk(at.engine, session.actor, at.now_ms) as desk:
        if not rows.swap_password(desk.connection, name, account.password, {"password": password}):
            raise Refusal("CONFLICT", name)
        sessions.forget_failures(desk.connection, name)
        _sign_out_everywhere(desk, name)
        desk.note(Act.PASSWORD_WRITE, f"account:{name}")
        return sessions.begin(at, desk.connection, account)


def set_own(at: Entrance, session: Session, name: str, password: str) -> Opened:
    """Replace the first-login credential by one's own account name and password (R-016); the session begins anew.

    Another name makes another account with the same roles; the one it was given closes.

    Raises:
        Refusal: INVALID, ACCOUNT-TAKEN, PASSWORD, CONFLICT.
    """
    given = session.actor.account
    checked(name, Name, "name")
    passwords.check(password, name)
    own: dict[str, Any] = {"password": passwords.hashed(password), "must_change": 0}
    with at_desk(at.engine, session.actor, at.now_ms) as desk:
        account = rows.find(desk.connection, given)
        if account is None or not session.must_change:
            raise Refusal("CONFLICT", given)
        # of two at once one has replaced it, and none once it is closed
        closes = {"disabled_ms": at.now_ms, "person": None, "must_change": 0, "password": passwords.CLOSED}
        if not rows.swap_password(desk.connection, given, passwords.SPENT, own if name == given else closes):
            raise Refusal("CONFLICT", given)
        _sign_out_everywhere(desk, given)
        if name != given:
            if name in RESERVED:
                raise Refusal("ACCOUNT-TAKEN", name)
            row = {"name": name, "roles": account.roles, "sites": account.sites, "person": account.person}
            try:
                rows.add(desk.connection, row | own | {"created_ms": at.now_ms})
            except IntegrityError as error:
                raise Refusal("ACCOUNT-TAKEN", name) from error
        desk.note(Act.PASSWORD_WRITE, f"account:{name}", first=given)
        mine = rows.find(desk.connection, name)
        if mine is None:
            raise AssertionError("it was just stored")
        return sessions.begin(at, desk.connection, mine)
