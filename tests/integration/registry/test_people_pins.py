"""Kiosk PINs: who sets one and who takes one back, and that nobody finds it anywhere; on both databases."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert, select

from cloud.domain.authority import Actor, Role
from cloud.registry import people
from cloud.registry.accounts import passwords
from cloud.registry.accounts.sessions import FAILURES_FREE, Entrance
from cloud.registry.desk import Denied
from cloud.registry.people import pins
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading, writing
from cloud.store.registry import audit, persons
from schemas import pin
from tests.desks import NOW_MS, SYSTEM, actor, desk_of
from tests.people import CENTRE, enter_companies

PASSWORD = "a long enough secret"
HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def _light(monkeypatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()


@pytest.fixture
def at(engine) -> Entrance:
    enter_companies(engine)
    return Entrance(engine=engine, now_ms=NOW_MS, idle_ms=HOUR_MS, longest_ms=HOUR_MS)


def somebody(at: Entrance, staff: str = "S1", role: Role = Role.OFFICER) -> Actor:
    """An account whose person has a badge at A1."""
    number = staff.removeprefix("S")
    with desk_of(at.engine, SYSTEM) as desk:
        entry = people.StaffEntry(staff=staff, badge_uid=f"04AABB0{number}", role=role, may=["ARRIVE"], sites=["A1"])
        people.put_staff(desk, entry)
    with writing(at.engine) as connection:
        person = persons.badge(connection, staff).person
        row = {"name": f"name{number}", "person": person, "roles": [role], "sites": [], "must_change": 0}
        row |= {"password": passwords.hashed(PASSWORD), "created_ms": NOW_MS}
        connection.execute(insert(schema.account).values(row))
    return Actor(account=f"name{number}", roles=frozenset({role}), person=person)


def kept(at: Entrance, staff: str = "S1") -> str | None:
    with reading(at.engine) as connection:
        return persons.badge(connection, staff).pin


def refuses(code: str, work, *args) -> None:
    with pytest.raises(Refusal) as refused:
        work(*args)
    assert refused.value.code == code
    assert "4711" not in str(refused.value)


@pytest.mark.req("R-049")
@pytest.mark.parametrize("role", [Role.OFFICER, Role.SPECIALIST])
def test_a_person_sets_the_pin_of_the_own_badge_and_changes_it(at, role) -> None:
    owner = somebody(at, role=role)
    somebody(at, "S2")
    pins.set_own(at, owner, PASSWORD, "4711")
    assert pin.proves(kept(at), "4711")
    pins.set_own(at, owner, PASSWORD, "83015")
    assert pin.proves(kept(at), "83015")
    assert kept(at, "S2") is None


@pytest.mark.req("R-049")
def test_the_log_says_that_a_pin_was_set_and_the_database_holds_it_nowhere(at) -> None:
    owner = somebody(at)
    pins.set_own(at, owner, PASSWORD, "839471650218")
    with reading(at.engine) as connection:
        [line] = audit.page(connection, 0, 100, subject="staff:S1", account="name1")
        assert (line.act, line.outcome, line.detail) == ("PIN_WRITE", "DONE", {"pin": "set"})
        for table in schema.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                assert "839471650218" not in str(row), table.name


@pytest.mark.req("R-049")
@pytest.mark.parametrize(
    ("chosen", "code"), [("471", "PIN"), ("4711x", "PIN"), ("0000", "PIN-WEAK"), ("1234", "PIN-WEAK")]
)
def test_what_is_no_good_pin_is_refused(at, chosen, code) -> None:
    owner = somebody(at)
    refuses(code, pins.set_own, at, owner, PASSWORD, chosen)
    assert kept(at) is None


@pytest.mark.req("R-049")
def test_who_found_an_open_session_needs_the_password_too_and_may_not_guess_on(at) -> None:
    owner = somebody(at)
    for _ in range(FAILURES_FREE + 1):
        refuses("SIGN-IN", pins.set_own, at, owner, "guessed", "4711")
    refuses("SIGN-IN-WAIT", pins.set_own, at, owner, PASSWORD, "4711")
    assert kept(at) is None


@pytest.mark.req("R-049")
def test_without_a_badge_there_is_nothing_to_set(at) -> None:
    refuses("NO-BADGE", pins.set_own, at, actor(Role.OFFICER, "A1"), PASSWORD, "4711")


@pytest.mark.req("R-049")
def test_a_clerk_sets_none_and_the_refusal_is_on_the_log(at) -> None:
    clerk = Actor(account="clerk", roles=frozenset({Role.CLERK}), person=somebody(at).person)
    with pytest.raises(Denied):
        pins.set_own(at, clerk, PASSWORD, "4711")
    with reading(at.engine) as connection:
        [line] = audit.page(connection, 0, 10, subject=None, account="clerk")
    assert (line.act, line.outcome) == ("PIN_WRITE", "DENIED")


@pytest.mark.req("R-049")
def test_who_keeps_badges_takes_a_pin_back_and_learns_nothing(at) -> None:
    owner = somebody(at)
    pins.set_own(at, owner, PASSWORD, "4711")
    with pytest.raises(Denied), desk_of(at.engine, owner) as desk:
        pins.reset(desk, "S1")
    for _ in range(2):
        with desk_of(at.engine, CENTRE) as desk:
            pins.reset(desk, "S1")
    assert kept(at) is None
    refuses("NOT-FOUND", _reset_unknown, at)
    with reading(at.engine) as connection:
        lines = audit.page(connection, 0, 100, subject="staff:S1", account=CENTRE.account)
    assert [(line.act, line.detail) for line in lines] == [("BADGE_WRITE", {"pin": "reset"})]


def _reset_unknown(at: Entrance) -> None:
    with desk_of(at.engine, CENTRE) as desk:
        pins.reset(desk, "S9")


@pytest.mark.req("R-049")
def test_a_badge_that_is_changed_keeps_its_owners_pin(at) -> None:
    owner = somebody(at)
    pins.set_own(at, owner, PASSWORD, "4711")
    with desk_of(at.engine, SYSTEM) as desk:
        people.put_staff(desk, people.StaffEntry(staff="S1", badge_uid="04AABBFF", role="OFFICER", may=["ARRIVE"]))
    assert pin.proves(kept(at), "4711")
