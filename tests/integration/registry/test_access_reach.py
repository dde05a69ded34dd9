"""How far an act reaches: nobody's company is not everybody's, no number renames a person, and refusals are logged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloud.domain.authority import Act, Role
from cloud.domain.companies import Kind
from cloud.registry.accounts import register, sessions
from cloud.registry.accounts.register import AccountEntry
from cloud.registry.desk import Denied
from cloud.registry.people import companies, drivers, reading, specialists
from cloud.registry.refusals import Refusal
from cloud.store.engine import reading as transaction
from cloud.store.registry import audit, authorisations
from tests.desks import NOW_MS, SYSTEM, actor, desk_of
from tests.integration.registry.test_access_sign_in import ADMIN, PASSWORD, _light, at, first, refuses
from tests.people import (
    ASSERTOR,
    ID,
    OPERATOR,
    OTHER_UBN,
    OTHER_YARD,
    TRUCKS,
    UBN,
    YARD,
    enrol,
    enter_companies,
    login,
    officer_at,
)

__all__ = ["_light", "at"]

STRANGER = actor(Role.OPERATOR, "C1")


@pytest.fixture
def yard(engine):
    enter_companies(engine)
    return engine


def operates(engine, name: str, sites: tuple[str, ...], now_ms: int) -> None:
    """Let one of the two operators operate at exactly these places from now on."""
    kind, ubn = (Kind.CONTAINER_YARD, UBN) if name == YARD else (Kind.WAREHOUSE, OTHER_UBN)
    names = {"name_zh": "公司", "name_en": "company"}
    entry = companies.CompanyEntry(id=name, kind=kind, ubn=ubn, valid_from_ms=0, sites=sites, **names)
    with desk_of(engine, SYSTEM, now_ms) as desk:
        companies.put_company(desk, entry)


@pytest.mark.req("R-005")
def test_a_company_without_places_is_nobodys(yard) -> None:
    person = enrol(yard)
    operates(yard, YARD, (), NOW_MS + 1)
    with pytest.raises(Denied), desk_of(yard, STRANGER, NOW_MS + 2) as desk:
        specialists.prefill(desk, ASSERTOR, YARD, login(), ID)
    with pytest.raises(Denied), desk_of(yard, STRANGER, NOW_MS + 2) as desk:
        specialists.end_enrolment(desk, person, YARD)


@pytest.mark.req("R-007")
def test_who_knows_a_specialists_number_may_not_rename_or_redirect_that_person(yard) -> None:
    person = enrol(yard)
    vehicle = {"company": TRUCKS, "plate": "KLA-0001"}
    with desk_of(yard, actor(Role.TRADER)) as desk:
        entry = drivers.DriverEntry(**vehicle, number=ID, phone="0900000000")
        assert drivers.put_driver(desk, entry).id == person  # somebody may be both
    with pytest.raises(Refusal, match="NAME-KNOWN"), desk_of(yard, actor(Role.TRADER)) as desk:
        drivers.put_driver(desk, drivers.DriverEntry(**vehicle, person=person, name="別人"))
    with desk_of(yard, actor(Role.TRADER)) as desk:
        drivers.put_driver(desk, drivers.DriverEntry(**vehicle, person=person, phone="0900000000"))
    with desk_of(yard, officer_at("A1")) as desk:
        shown = reading.reveal(desk, person, reading.Purpose.NOTIFICATION, "N-1")
    assert (shown.name, shown.phone) == ("王小明", "0912345678")


@pytest.mark.req("R-016")
def test_an_account_closed_while_its_owner_sets_credentials_opens_no_other(at) -> None:
    session = sessions.find(at, sessions.sign_in(at, "wang", first(at)).token)
    with desk_of(at.engine, ADMIN) as desk:
        register.disable(desk, "wang")
    refuses("CONFLICT", register.set_own, at, session, "wang.again", PASSWORD)
    refuses("SIGN-IN", sessions.sign_in, at, "wang.again", PASSWORD)


def test_whose_account_it_is_stands_on_the_log(yard) -> None:
    person = enrol(yard)
    with desk_of(yard, ADMIN) as desk:
        register.put_account(desk, AccountEntry(name="wang", roles=[Role.SPECIALIST]))
        register.put_account(desk, AccountEntry(name="wang", roles=[Role.SPECIALIST], person=person))
    with transaction(yard) as connection:
        lines = audit.page(connection, 0, 100, subject="account:wang", account=None)
    assert [line.detail["person"] for line in lines] == [None, person]


@pytest.mark.parametrize(
    ("asked", "logged"),
    [(f"person:{ID}", "person:-"), ("person:P-0a1b", "person:P-0a1b"), ("person:", "person:")],
)
def test_a_number_in_an_address_is_not_kept_by_the_log(engine, asked, logged) -> None:
    with pytest.raises(Denied), desk_of(engine, actor(Role.TRADER)) as desk:
        desk.require(Act.PERSON_READ, subject=asked)
    with transaction(engine) as connection:
        assert [line.subject for line in audit.page(connection, 0, 10, subject=None, account=None)] == [logged]


@pytest.mark.parametrize("name", ["x" * 200, "a\0b"], ids=["long", "with a NUL"])
def test_no_name_keeps_a_refused_attempt_off_the_log(engine, name) -> None:
    with pytest.raises(Denied), desk_of(engine, actor(Role.TRADER)) as desk:
        desk.require(Act.ACCOUNT_WRITE, subject=f"account:{name}")
    with transaction(engine) as connection:
        (line,) = audit.page(connection, 0, 10, subject=None, account=None)
    assert line.outcome == "DENIED"
    assert line.subject.startswith("account:")
    assert len(line.subject) <= 80


def test_a_name_that_cannot_be_an_account_is_wrong_like_any_other(at) -> None:
    refuses("SIGN-IN", sessions.sign_in, at, "a\0b", "anything")
    refuses("SIGN-IN", sessions.sign_in, replace(at, now_ms=NOW_MS + 1), "王" * 100, "anything")


@pytest.mark.req("R-005", "R-017")
def test_who_leaves_an_operator_keeps_nothing_of_it_and_all_of_another(yard) -> None:
    """A1 is the operator's no longer, B1 is also another's for whom the same person works on."""
    operates(yard, OTHER_YARD, ("B1",), NOW_MS)
    person = enrol(yard, sites=["A1", "B1"])
    assert enrol(yard, operator=OTHER_YARD, sites=["B1"], assertion=login(ubn=OTHER_UBN)) == person
    operates(yard, YARD, ("B1",), NOW_MS + 1)
    with desk_of(yard, OPERATOR, NOW_MS + 2) as desk:
        specialists.end_enrolment(desk, person, YARD)
        assert authorisations.sites_of(desk.connection, person, NOW_MS + 2) == ["B1"]
    with desk_of(yard, OPERATOR, NOW_MS + 3) as desk:
        specialists.end_enrolment(desk, person, OTHER_YARD)
        assert authorisations.sites_of(desk.connection, person, NOW_MS + 3) == []
