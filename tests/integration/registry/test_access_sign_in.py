"""Signing in: first-login credential, lock-out, sessions that end, passwords that change; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from argon2 import PasswordHasher

from cloud.domain.authority import Role
from cloud.registry.accounts import passwords, register, sessions
from cloud.registry.accounts.register import AccountEntry
from cloud.registry.accounts.sessions import Entrance
from cloud.registry.refusals import Refusal
from cloud.store.engine import reading
from cloud.store.registry import audit
from tests.desks import NOW_MS, actor, desk_of

ADMIN = actor(Role.ADMIN)
PASSWORD = "a long enough secret"
MINUTE_MS = 60_000


@pytest.fixture(autouse=True)
def _light(monkeypatch) -> None:
    """Hashes that cost little: what they cost in earnest is a matter of parameters."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()


@pytest.fixture
def at(engine) -> Entrance:
    return Entrance(engine=engine, now_ms=NOW_MS, idle_ms=30 * MINUTE_MS, longest_ms=720 * MINUTE_MS)


def later(at: Entrance, minutes: float) -> Entrance:
    return replace(at, now_ms=at.now_ms + round(minutes * MINUTE_MS))


def first(at: Entrance, name: str = "wang", role: Role = Role.CENTRE) -> str:
    with desk_of(at.engine, ADMIN) as desk:
        created, credential = register.put_account(desk, AccountEntry(name=name, roles=[role]))
    assert created
    return credential


def own(at: Entrance, name: str = "wang") -> str:
    """An account with a password of its own, and the token of its session."""
    opened = sessions.sign_in(at, name, first(at, name))
    return register.set_own(at, sessions.find(at, opened.token), name, PASSWORD).token


def refuses(code: str, work, *args) -> str:
    with pytest.raises(Refusal) as refused:
        work(*args)
    assert refused.value.code == code
    return refused.value.detail


@pytest.mark.req("R-016")
def test_the_first_credential_opens_once_and_only_to_be_replaced(at) -> None:
    credential = first(at)
    opened = sessions.sign_in(at, "wang", credential)
    assert opened.must_change
    refuses("SIGN-IN", sessions.sign_in, at, "wang", credential)
    session = sessions.find(at, opened.token)
    refuses("FIRST-LOGIN", register.change_password, at, session, credential, PASSWORD)
    register.set_own(at, session, "wang.ta-ming", PASSWORD)
    refuses("SESSION", sessions.find, at, opened.token)
    for name, password in (("wang", credential), ("wang", PASSWORD), ("wang.ta-ming", credential)):
        refuses("SIGN-IN", sessions.sign_in, at, name, password)
    mine = sessions.sign_in(at, "wang.ta-ming", PASSWORD)
    assert not mine.must_change
    assert sessions.find(at, mine.token).actor.roles == {Role.CENTRE}


@pytest.mark.req("R-016")
def test_the_first_session_lapses_and_a_new_credential_is_another_one(at) -> None:
    credential = first(at)
    opened = sessions.sign_in(at, "wang", credential)
    refuses("SESSION", sessions.find, later(at, 15), opened.token)
    with desk_of(at.engine, ADMIN) as desk:
        again = register.renew(desk, "wang")
    assert again != credential
    assert sessions.sign_in(at, "wang", again).must_change


@pytest.mark.req("R-016")
def test_of_two_who_replace_it_at_once_one_wins(at) -> None:
    opened = sessions.sign_in(at, "wang", first(at))
    session = sessions.find(at, opened.token)

    def replace_by(name: str) -> str:
        try:
            return register.set_own(at, session, name, PASSWORD).account
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(replace_by, ["one", "two"]))
    assert outcomes in (["CONFLICT", "one"], ["CONFLICT", "two"])


def test_a_taken_name_or_a_weak_password_leaves_the_credential_unreplaced(at) -> None:
    own(at, "lin")
    opened = sessions.sign_in(at, "wang", first(at))
    session = sessions.find(at, opened.token)
    refuses("ACCOUNT-TAKEN", register.set_own, at, session, "lin", PASSWORD)
    refuses("ACCOUNT-TAKEN", register.set_own, at, session, "system", PASSWORD)
    refuses("INVALID", register.set_own, at, session, "Wang Ta", PASSWORD)
    for weak in ("eleven-char", "my-wang-password", "x" * 129):
        refuses("PASSWORD", register.set_own, at, session, "wang", weak)
    assert register.set_own(at, session, "wang", "x" * 12).account == "wang"


def test_five_failures_bring_a_wait_that_grows_and_a_success_forgets_them(at) -> None:
    own(at)
    for _ in range(5):
        refuses("SIGN-IN", sessions.sign_in, at, "wang", "wrong")
    assert refuses("SIGN-IN-WAIT", sessions.sign_in, at, "wang", PASSWORD) == "30"
    refuses("SIGN-IN", sessions.sign_in, later(at, 0.5), "wang", "wrong")
    assert refuses("SIGN-IN-WAIT", sessions.sign_in, later(at, 0.5), "wang", PASSWORD) == "60"
    assert sessions.sign_in(later(at, 1.5), "WANG ", PASSWORD).account == "wang"
    refuses("SIGN-IN", sessions.sign_in, later(at, 1.5), "wang", "wrong")
    assert sessions.sign_in(later(at, 1.5), "wang", PASSWORD).account == "wang"


def test_the_wait_is_bounded(at) -> None:
    moment = at
    for _ in range(14):
        refuses("SIGN-IN", sessions.sign_in, moment, "nobody", "wrong")
        moment = later(moment, 15)
    refuses("SIGN-IN", sessions.sign_in, moment, "nobody", "wrong")


def test_nobody_can_tell_an_unknown_account_from_a_known_one(at) -> None:
    own(at)
    told = {}
    for name in ("wang", "nobody"):
        told[name] = [refuses("SIGN-IN", sessions.sign_in, at, name, "wrong") for _ in range(5)]
        told[name].append(refuses("SIGN-IN-WAIT", sessions.sign_in, at, name, "wrong"))
    assert told["wang"] == told["nobody"]


def test_many_guesses_at_once_get_no_more_tries(at) -> None:
    own(at)

    def guess(number: int) -> str:
        try:
            return sessions.sign_in(at, "wang", f"guess {number}").account
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(guess, range(12)))
    assert outcomes == ["SIGN-IN"] * 5 + ["SIGN-IN-WAIT"] * 7


def test_a_session_ends_when_idle_when_too_long_and_at_sign_out(at) -> None:
    token = own(at)
    for minutes in range(0, 720, 29):
        sessions.find(later(at, minutes), token)
    refuses("SESSION", sessions.find, later(at, 720), token)
    idle = sessions.sign_in(at, "wang", PASSWORD).token
    refuses("SESSION", sessions.find, later(at, 30), idle)
    mine = sessions.sign_in(at, "wang", PASSWORD).token
    sessions.sign_out(at, sessions.find(at, mine))
    refuses("SESSION", sessions.find, at, mine)


def test_a_changed_password_ends_the_other_sessions(at) -> None:
    here, there = own(at), sessions.sign_in(at, "wang", PASSWORD).token
    session = sessions.find(at, here)
    refuses("SIGN-IN", register.change_password, at, session, "wrong", "another long secret")
    refuses("PASSWORD-SAME", register.change_password, at, session, PASSWORD, PASSWORD)
    refuses("PASSWORD", register.change_password, at, session, PASSWORD, "short")
    anew = register.change_password(at, session, PASSWORD, "another long secret")
    for over in (here, there):
        refuses("SESSION", sessions.find, at, over)
    assert sessions.find(at, anew.token).actor.account == "wang"
    refuses("SIGN-IN", sessions.sign_in, at, "wang", PASSWORD)


def test_a_disabled_account_is_out_at_once_and_says_no_more_than_a_wrong_password(at) -> None:
    token = own(at)
    with desk_of(at.engine, ADMIN) as desk:
        register.disable(desk, "wang")
    refuses("SESSION", sessions.find, at, token)
    refuses("SIGN-IN", sessions.sign_in, at, "wang", PASSWORD)
    with desk_of(at.engine, ADMIN) as desk:
        register.enable(desk, "wang")
    assert sessions.sign_in(at, "wang", PASSWORD)


def test_a_link_signs_in_once_and_not_for_ever(at) -> None:
    own(at)
    with desk_of(at.engine, ADMIN) as desk:
        used, late = (register.link(desk, "wang", 10 * MINUTE_MS) for _ in range(2))
    assert sessions.use_link(at, used).account == "wang"
    refuses("SIGN-IN-LINK", sessions.use_link, at, used)
    refuses("SIGN-IN-LINK", sessions.use_link, later(at, 10), late)
    refuses("SIGN-IN-LINK", sessions.use_link, at, "guessed")


def test_who_signed_in_and_who_failed_is_on_the_log_but_never_what_was_typed(at) -> None:
    own(at)
    refuses("SIGN-IN", sessions.sign_in, at, "wang", "wrong")
    refuses("SIGN-IN", sessions.sign_in, at, "my password in the wrong field", "wrong")
    with reading(at.engine) as connection:
        lines = audit.page(connection, 0, 100, subject=None, account=None)
    assert [(line.account, line.act, line.outcome) for line in lines] == [
        ("admin-all", "ACCOUNT_WRITE", "DONE"),
        ("wang", "SIGN_IN", "DONE"),
        ("wang", "PASSWORD_WRITE", "DONE"),
        ("wang", "SIGN_IN", "DONE"),
        ("wang", "SIGN_IN", "DENIED"),
        ("-", "SIGN_IN", "DENIED"),
    ]
