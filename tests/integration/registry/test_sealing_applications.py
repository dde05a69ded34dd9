"""加封申請: who may file, who decides, and what a pairing does with it (R-004, R-035)."""

from __future__ import annotations

import pytest

from cloud.domain.authority import Role
from cloud.registry import documents
from cloud.registry.desk import Denied
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import applications, pairings
from cloud.store.registry import applications as rows
from schemas.messages import SealKind
from tests.desks import NOW_MS, actor, desk_of
from tests.integration.registry.sealing_room import (
    CONTAINER,
    DECLARATION,
    DESTINATION,
    LATER_MS,
    OFFICER,
    OPERATOR,
    ORIGIN,
    SPECIALIST,
    enter_sites,
    pair,
    seal,
)
from tests.race import one_wins, race

TRADER = actor(Role.TRADER)


@pytest.fixture
def yard(engine):
    enter_sites(engine)
    return engine


def refused(code):
    return pytest.raises(Refusal, match=f"^{code}")


def filed(engine, who=TRADER, **changed):
    wanted = {"kind": SealKind.PA, "container": CONTAINER, "site": ORIGIN, "ground": "N5170", "document": DECLARATION}
    with desk_of(engine, who) as desk:
        return applications.file(desk, applications.ApplicationEntry(**wanted | changed))


def decided(engine, number, who=OFFICER, *, approve=True, remark=""):
    with desk_of(engine, who, LATER_MS) as desk:
        applications.decide(desk, number, approve=approve, remark=remark)


def state(engine, number):
    with desk_of(engine, OFFICER) as desk:
        return applications.read(desk, number).state


@pytest.mark.req("R-004", "R-035")
@pytest.mark.parametrize("kind", list(SealKind))
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.TRADER])
def test_operators_and_traders_file_both_kinds(yard, role, kind) -> None:
    number = filed(yard, actor(role), kind=kind)
    assert state(yard, number) == "FILED"


@pytest.mark.req("R-004")
@pytest.mark.parametrize("role", [Role.DRIVER, Role.SPECIALIST, Role.CLERK, Role.OFFICER])
def test_a_driver_files_nothing_nor_does_anybody_else(yard, role) -> None:
    with pytest.raises(Denied):
        filed(yard, actor(role, ORIGIN))


@pytest.mark.req("R-035")
def test_an_officer_of_the_site_decides_and_says_why_not(yard) -> None:
    number, other = filed(yard), filed(yard)
    for who in (TRADER, SPECIALIST, actor(Role.OFFICER, DESTINATION), actor(Role.CENTRE)):
        with pytest.raises(Denied):
            decided(yard, number, who)
    decided(yard, number)
    with refused("INVALID: remark"):
        decided(yard, other, approve=False)
    decided(yard, other, approve=False, remark="文件不全")
    with desk_of(yard, OFFICER) as desk:
        row = applications.read(desk, other)
    assert (row.state, row.officer, row.decided_ms, row.remark) == ("REFUSED", OFFICER.account, LATER_MS, "文件不全")
    with refused("STATE"):
        decided(yard, number)
    with refused("NOT-FOUND"):
        decided(yard, 99)


@pytest.mark.req("R-035")
def test_of_two_officers_who_decide_one_is_first(yard) -> None:
    number = filed(yard)
    works = [lambda yes=yes: decided(yard, number, approve=yes, remark="-") for yes in (True, False)]
    one_wins(race(yard, *works), "STATE", "CONFLICT")


@pytest.mark.req("R-035", "R-037")
def test_a_pairing_answers_an_approved_application_once(yard) -> None:
    number = filed(yard)
    with refused("STATE"):
        pair(yard, seal(yard, "PA"), application=number)
    decided(yard, number)
    with refused("APPLICATION-UNFIT"):
        pair(yard, seal(yard), application=number)
    with refused("APPLICATION-UNFIT"):
        pair(yard, seal(yard, "PA"), application=number, container="SEAU0000001")
    movement = pair(yard, seal(yard, "PA"), application=number)
    assert state(yard, number) == "SEALED"
    with refused("STATE"):
        pair(yard, seal(yard, "PA"), application=number)
    with desk_of(yard, OFFICER) as desk:
        pairings.cancel(desk, movement)
    assert state(yard, number) == "APPROVED"


@pytest.mark.req("R-035")
def test_only_who_filed_takes_it_back(yard) -> None:
    number = filed(yard)
    with pytest.raises(Denied), desk_of(yard, OPERATOR) as desk:
        applications.withdraw(desk, number)
    with desk_of(yard, TRADER) as desk:
        applications.withdraw(desk, number)
    assert state(yard, number) == "WITHDRAWN"


@pytest.mark.req("R-035")
def test_its_papers_are_documents_put_before(yard) -> None:
    with refused("DOCUMENT-UNKNOWN"):
        filed(yard, papers=["x" * 43])
    with desk_of(yard, TRADER) as desk:
        paper = documents.put(desk, b"%PDF-1.7 the instruction", "application/pdf", "APPLICATION")
    number = filed(yard, papers=[paper], ground="WRITTEN", document="基普查字1151234")
    with desk_of(yard, TRADER) as desk:
        assert applications.read(desk, number).papers == [paper]


@pytest.mark.req("R-004")
def test_one_reads_ones_own_and_officers_those_of_their_sites(yard) -> None:
    number = filed(yard)
    with desk_of(yard, OFFICER) as desk:
        assert [row.id for row in applications.listed(desk, 0, 10, "FILED")] == [number]
    with desk_of(yard, TRADER) as desk:
        assert [row.id for row in applications.listed(desk, 0, 10, None)] == [number]
    with desk_of(yard, actor(Role.OPERATOR, ORIGIN)) as desk:
        assert applications.listed(desk, 0, 10, None) == []
        with pytest.raises(Denied):
            applications.read(desk, number)
        assert rows.find(desk.connection, number).filed_ms == NOW_MS
