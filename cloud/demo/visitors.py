"""The people of the demo who sign in, with one password that is drawn at the first run, and a link for the newcomer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloud.clock import now_ms
from cloud.demo.town import YARDS
from cloud.domain.authority import Actor, Role
from cloud.registry.accounts import register, sessions
from cloud.registry.accounts.register import AccountEntry
from cloud.registry.desk import at_desk
from cloud.store.engine import open_engine

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cloud.settings import Settings

HOUR_MS = 3_600_000
LINK_MS = 12 * HOUR_MS  # as long as a session lasts; used up by the first who follows it
KEEPER = Actor(account="demo", roles=frozenset({Role.ADMIN}))
WATCHES = "centre"  # who the link signs in
_YARDS = [yard.code for yard in YARDS]
PEOPLE = (
    AccountEntry(name=WATCHES, roles=[Role.CENTRE]),
    AccountEntry(name="officer", roles=[Role.OFFICER], sites=_YARDS),
    AccountEntry(name="admin", roles=[Role.ADMIN]),
)


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """What a newcomer is told."""

    names: list[str]
    password: str
    link: str  # path below the board's address


def admit(settings: Settings, password: str) -> Admitted:
    """Give everybody their account, as far as an earlier run has not, and make a link."""
    engine = open_engine(settings.database_url)
    try:
        for person in PEOPLE:
            _admit(engine, person, password)
        with at_desk(engine, KEEPER, now_ms()) as desk:
            token = register.link(desk, WATCHES, LINK_MS)
    finally:
        engine.dispose()
    return Admitted(names=[person.name for person in PEOPLE], password=password, link=f"/sign-in/link/{token}")


def _admit(engine: Engine, person: AccountEntry, password: str) -> None:
    """Make an account and replace its first-login credential, as its owner would (R-016)."""
    with at_desk(engine, KEEPER, now_ms()) as desk:
        _, credential = register.put_account(desk, person)
    if credential is None:
        return
    entrance = sessions.Entrance(engine=engine, now_ms=now_ms(), idle_ms=HOUR_MS, longest_ms=HOUR_MS)
    first = sessions.find(entrance, sessions.sign_in(entrance, person.name, credential).token)
    own = register.set_own(entrance, first, person.name, password)
    sessions.sign_out(entrance, sessions.find(entrance, own.token))
