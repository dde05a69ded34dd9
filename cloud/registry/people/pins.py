"""The PIN at the kiosk (R-049): set by the person whose badge it is, taken back by who keeps badges, known to nobody.

What is kept is the Argon2id verifier; gates get it sealed (`cloud.flows.entrusting`). No log and no refusal repeats
a PIN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Act
from cloud.registry.accounts import sessions
from cloud.registry.desk import at_desk
from cloud.registry.refusals import Refusal
from cloud.store import dispatches
from cloud.store.registry import authorisations, persons
from schemas import pin as pins

if TYPE_CHECKING:
    from cloud.domain.authority import Actor
    from cloud.registry.accounts.sessions import Entrance
    from cloud.registry.desk import Desk


def set_own(at: Entrance, actor: Actor, password: str, pin: str) -> None:
    """Set the PIN of one's own badge; the account's password is asked again, since a PIN proves a person.

    Raises:
        Refusal: FORBIDDEN, PIN, PIN-WEAK, SIGN-IN, SIGN-IN-WAIT (the password is wrong), NO-BADGE.
    """
    with at_desk(at.engine, actor, at.now_ms) as desk:
        _own_badge(desk)
    if not pins.is_pin(pin):
        raise Refusal("PIN")
    if pins.is_weak(pin):
        raise Refusal("PIN-WEAK")
    sessions.prove(at, actor.account, password)
    verifier = pins.verifier(pin)
    with at_desk(at.engine, actor, at.now_ms) as desk:
        sessions.forget_failures(desk.connection, actor.account)
        _change(desk, _own_badge(desk), verifier, act=Act.PIN_WRITE)


def reset(desk: Desk, staff: str) -> None:
    """Take a PIN back (forgotten, seen by others); its owner sets another one.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND.
    """
    desk.require(Act.BADGE_WRITE, subject=f"staff:{staff}")
    badge = persons.badge(desk.connection, staff)
    if badge is None:
        raise Refusal("NOT-FOUND", staff)
    if badge.pin is not None:
        _change(desk, badge, None, act=Act.BADGE_WRITE)


def _own_badge(desk: Desk) -> Any:
    desk.require(Act.PIN_WRITE, subject=f"account:{desk.actor.account}")
    badge = None if desk.actor.person is None else persons.badge_of(desk.connection, desk.actor.person)
    if badge is None:
        raise Refusal("NO-BADGE")
    return badge


def _change(desk: Desk, badge: Any, verifier: str | None, *, act: Act) -> None:
    persons.change_badge(desk.connection, badge.staff, {"pin": verifier, "updated_ms": desk.now_ms})
    desk.note(act, f"staff:{badge.staff}", pin="reset" if verifier is None else "set")
    sites = authorisations.sites_of(desk.connection, badge.person, desk.now_ms, badge.role)
    dispatches.ask(desk.connection, desk.now_ms, sites=sites)
