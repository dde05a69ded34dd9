"""Accounts, sessions, the audit log and Idempotency-Keys as REST has them, on both databases."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from cloud.domain.authority import Role
from cloud.registry.accounts import passwords, register
from cloud.registry.accounts.register import AccountEntry
from cloud.registry.refusals import TEXTS
from cloud.store import schema
from cloud.store.engine import reading
from tests.desks import actor, desk_of
from tests.web.api_client import GATE, SITE, client, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

__all__ = ["client", "settings"]

API = "/api/v1"
PASSWORD = "a long enough secret"


@pytest.fixture(autouse=True)
def _light(monkeypatch) -> None:
    """Hashes that cost little."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody.cache_clear()


def refused(answer: httpx.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (TEXTS[code].status, code), answer.text


@contextmanager
def person(client: httpx.Client, engine: Engine, role: Role, *sites: str, nth: str = "one") -> Iterator[httpx.Client]:
    """Somebody of this role with a browser of their own, signed in."""
    name = f"{role.lower()}.{nth}"
    with desk_of(engine, actor(Role.ADMIN)) as desk:
        _, credential = register.put_account(desk, AccountEntry(name=name, roles=[role], sites=sites))
    with httpx.Client(base_url=client.base_url, timeout=30) as browser:
        assert browser.post(f"{API}/session", json={"account": name, "password": credential}).status_code == 201
        mine = browser.put(f"{API}/session/credentials", json={"account": name, "password": PASSWORD})
        assert mine.json() == {"account": name, "roles": [role], "sites": sorted(sites), "must_change": False}
        yield browser


@pytest.fixture
def admin(client, engine):
    with person(client, engine, Role.ADMIN) as browser:
        yield browser


@pytest.mark.req("R-016")
def test_from_the_first_credential_to_the_sign_out(client, admin) -> None:
    made = admin.put(f"{API}/accounts/lin", json={"roles": ["CENTRE"]})
    assert made.status_code == 201
    credential = made.json()["first_credential"]
    again = admin.put(f"{API}/accounts/lin", json={"roles": ["CENTRE"]})
    assert (again.status_code, again.json()["first_credential"]) == (200, None)
    with httpx.Client(base_url=client.base_url) as lin:
        opened = lin.post(f"{API}/session", json={"account": "lin", "password": credential})
        cookie = opened.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie  # no TLS here
        for path in ("gates", "movements", "cases", "audit"):
            refused(lin.get(f"{API}/{path}"), "FIRST-LOGIN")
        refused(lin.put(f"{API}/session/password", json={"old": credential, "new": PASSWORD}), "FIRST-LOGIN")
        own = {"account": "lin.ta-ming", "password": PASSWORD}
        assert lin.put(f"{API}/session/credentials", json=own).json()["must_change"] is False
        assert lin.get(f"{API}/movements").status_code == 200
        assert lin.get(f"{API}/session").json()["account"] == "lin.ta-ming"
        refused(lin.put(f"{API}/session/credentials", json=own), "CONFLICT")
        kept = lin.cookies["session"]
        assert lin.delete(f"{API}/session").status_code == 204
        refused(lin.get(f"{API}/movements", headers={"Cookie": f"session={kept}"}), "SESSION")


def test_a_wrong_token_is_not_saved_by_a_session(admin) -> None:
    assert admin.get(f"{API}/accounts").status_code == 200
    refused(admin.get(f"{API}/accounts", headers={"Authorization": "Bearer wrong"}), "TOKEN")


def test_a_role_is_asked_for_and_the_refusal_is_on_the_log(client, engine, admin) -> None:
    refused(admin.put(f"{API}/gates/WDU-1", json=GATE), "FORBIDDEN")
    refused(admin.get(f"{API}/gates"), "FORBIDDEN")
    refused(client.put(f"{API}/accounts/lin", json={"roles": ["CENTRE"]}), "FORBIDDEN")
    lines = admin.get(f"{API}/audit", params={"subject": "gate:WDU-1"}).json()["items"]
    assert [(line["account"], line["act"], line["outcome"]) for line in lines] == [
        ("admin.one", "GATE_WRITE", "DENIED")
    ]
    looked = admin.get(f"{API}/audit", params={"account": "admin.one"}).json()["items"][-1]
    assert (looked["act"], looked["outcome"]) == ("AUDIT_READ", "LOOKED")
    with person(client, engine, Role.OFFICER) as officer:
        refused(officer.get(f"{API}/audit"), "FORBIDDEN")


def test_nobody_gives_roles_to_themselves_or_two_sides_to_one(admin) -> None:
    refused(admin.put(f"{API}/accounts/admin.one", json={"roles": ["CENTRE"]}), "OWN-ACCOUNT")
    refused(admin.post(f"{API}/accounts/admin.one/disable"), "OWN-ACCOUNT")
    for roles in (["ADMIN", "CENTRE"], ["SYSTEM"], ["OFFICER", "SPECIALIST"]):
        refused(admin.put(f"{API}/accounts/lin", json={"roles": roles}), "ROLES")
    refused(admin.put(f"{API}/accounts/lin", json={"roles": ["OFFICER"], "sites": ["NONE"]}), "SITE-UNKNOWN")
    refused(admin.put(f"{API}/accounts/system", json={"roles": ["CENTRE"]}), "ACCOUNT-TAKEN")
    refused(admin.get(f"{API}/accounts/nobody"), "NOT-FOUND")


def test_a_disabled_account_is_out_and_a_renewed_one_begins_anew(client, engine, admin) -> None:
    with person(client, engine, Role.IT) as it:
        assert it.get(f"{API}/gates").status_code == 200
        admin.post(f"{API}/accounts/it.one/disable")
        refused(it.get(f"{API}/gates"), "SESSION")
        admin.post(f"{API}/accounts/it.one/enable")
        credential = admin.post(f"{API}/accounts/it.one/renew").json()["first_credential"]
        refused(it.post(f"{API}/session", json={"account": "it.one", "password": PASSWORD}), "SIGN-IN")
        assert it.post(f"{API}/session", json={"account": "it.one", "password": credential}).json()["must_change"]


def test_who_waits_is_told_how_long(client) -> None:
    for _ in range(5):
        refused(client.post(f"{API}/session", json={"account": "x", "password": "y"}), "SIGN-IN")
    answer = client.post(f"{API}/session", json={"account": "x", "password": "y"})
    refused(answer, "SIGN-IN-WAIT")
    assert 0 < int(answer.headers["Retry-After"]) <= 30


def test_a_specialist_sees_only_the_own_site(client, engine) -> None:
    for code in ("003A1001", "003B2002"):
        client.put(f"{API}/sites/{code}", json=SITE)
    other = GATE | {"site": "003B2002", "jwk": {**GATE["jwk"], "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}
    assert client.put(f"{API}/gates/WDU-1", json=GATE).status_code == 201
    assert client.put(f"{API}/gates/TXG-1", json=other).status_code == 201
    with person(client, engine, Role.SPECIALIST, "003A1001") as specialist:
        assert [gate["gate"] for gate in specialist.get(f"{API}/gates").json()["items"]] == ["WDU-1"]
        assert specialist.get(f"{API}/gates/WDU-1").status_code == 200
        refused(specialist.get(f"{API}/gates/TXG-1"), "FORBIDDEN")
        refused(specialist.get(f"{API}/movements", params={"site": "003B2002"}), "FORBIDDEN")
        refused(specialist.put(f"{API}/gates/WDU-1", json=GATE), "FORBIDDEN")


def commands(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(schema.audit)) or 0


def test_the_same_key_gets_the_same_answer_and_does_nothing(client, engine, admin) -> None:
    key = {"Idempotency-Key": "7f1c"}
    first = admin.put(f"{API}/accounts/lin", json={"roles": ["CENTRE"]}, headers=key)
    before = commands(engine)
    again = admin.put(f"{API}/accounts/lin", json={"roles": ["CENTRE"]}, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())  # with the credential, which is shown only once
    assert commands(engine) == before
    refused(admin.put(f"{API}/accounts/lin", json={"roles": ["IT"]}, headers=key), "IDEMPOTENCY")
    refused(admin.put(f"{API}/accounts/wang", json={"roles": ["CENTRE"]}, headers=key), "IDEMPOTENCY")
    refused(admin.put(f"{API}/accounts/lin", json={"roles": ["IT"]}, headers={"Idempotency-Key": "k" * 65}), "INVALID")
    with reading(engine) as connection:
        kept = connection.scalars(select(schema.kept_answer.c.answer)).all()
    assert not any(first.json()["first_credential"].encode() in answer for answer in kept)


def test_a_key_is_its_callers_own(client, engine, admin) -> None:
    key = {"Idempotency-Key": "7f1c"}
    client.put(f"{API}/sites/003A1001", json=SITE)
    assert client.put(f"{API}/gates/WDU-1", json=GATE, headers=key).status_code == 201
    assert admin.put(f"{API}/accounts/lin", json={"roles": ["CENTRE"]}, headers=key).status_code == 201


def test_what_was_refused_keeps_no_key(client) -> None:
    key = {"Idempotency-Key": "7f1c"}
    refused(client.put(f"{API}/gates/WDU-1", json=GATE, headers=key), "SITE-UNKNOWN")
    client.put(f"{API}/sites/003A1001", json=SITE)
    assert client.put(f"{API}/gates/WDU-1", json=GATE, headers=key).status_code == 201


def test_equal_requests_under_one_key_at_once_are_one_act(client, admin) -> None:
    def ask(_: int) -> tuple[int, str]:
        answer = admin.put(f"{API}/accounts/lin", json={"roles": ["CENTRE"]}, headers={"Idempotency-Key": "7f1c"})
        return answer.status_code, answer.text

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(ask, range(6)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201


OPEN = {("POST", "/api/v1/session")}  # signing in
SIGNED_BY_A_GATE = "/api/v1/photos/"


def test_every_address_asks_who_it_is(client) -> None:
    paths = client.get("/api/v1/openapi.json", timeout=60).json()["paths"]
    asked = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if not path.startswith(SIGNED_BY_A_GATE)
    }
    assert len(asked) > 100
    for method, path in sorted(asked - OPEN):
        address = re.sub(r"\{[^}]*\}", "x", path)
        for headers in ({"Authorization": ""}, {"Authorization": "", "Cookie": "session=guessed"}):
            answer = client.request(method, address, headers=headers)
            assert (answer.status_code, answer.json()["code"] in {"TOKEN", "SESSION"}) == (401, True), (method, path)


@pytest.mark.req("R-049")
def test_a_pin_is_set_by_its_owner_taken_back_by_the_centre_and_repeated_by_nobody(client, engine, caplog) -> None:
    client.put(f"{API}/sites/003A1001", json=SITE)
    badge = {"badge_uid": "04AABBCC", "role": "OFFICER", "may": ["ARRIVE"], "sites": ["003A1001"]}
    made = client.put(f"{API}/staff/S1", json=badge).json()
    assert made["pin_set"] is False
    with person(client, engine, Role.OFFICER) as officer, person(client, engine, Role.CENTRE) as centre:
        refused(officer.put(f"{API}/session/pin", json={"password": PASSWORD, "pin": "4711"}), "NO-BADGE")
        with desk_of(engine, actor(Role.ADMIN)) as desk:
            register.put_account(desk, AccountEntry(name="officer.one", roles=[Role.OFFICER], person=made["person"]))
        for body, code in (
            ({"password": PASSWORD, "pin": "471"}, "PIN"),
            ({"password": PASSWORD, "pin": "1234"}, "PIN-WEAK"),
            ({"password": "wrong", "pin": "839471650218"}, "SIGN-IN"),
            ({"password": PASSWORD, "pin": 839471650218}, "INVALID"),
            ({"password": PASSWORD, "pin": "839471650218" * 20}, "INVALID"),
        ):
            answer = officer.put(f"{API}/session/pin", json=body)
            refused(answer, code)
            assert "839471650218" not in answer.text
        own = {"json": {"password": PASSWORD, "pin": "839471650218"}, "headers": {"Idempotency-Key": "once"}}
        assert officer.put(f"{API}/session/pin", **own).status_code == 204
        assert client.get(f"{API}/staff/S1").json()["pin_set"] is True
        assert "argon2" not in client.get(f"{API}/staff").text
        with reading(engine) as connection:
            assert connection.scalar(select(func.count()).select_from(schema.kept_answer)) == 0
        refused(officer.delete(f"{API}/staff/S1/pin"), "FORBIDDEN")
        assert centre.delete(f"{API}/staff/S1/pin").status_code == 204
        assert client.get(f"{API}/staff/S1").json()["pin_set"] is False
        refused(client.put(f"{API}/session/pin", json={"password": "x", "pin": "4711"}), "FORBIDDEN")
    assert "839471650218" not in caplog.text
