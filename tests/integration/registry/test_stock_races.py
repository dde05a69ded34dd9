"""Two at once over the stock: of overlapping issues, of two scraps, of scrap and pairing exactly one comes first."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from cloud.domain.authority import Role
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import pairings
from cloud.registry.stock import SealEntry, put_seal, registers, requests, scraps
from cloud.store import movements, seals
from cloud.store.engine import reading
from tests.desks import NOW_MS, SYSTEM, actor, desk_of
from tests.integration.registry.sealing_room import DESTINATION, OFFICER, ORIGIN, enter_sites, entry, seal
from tests.race import one_wins, race

ELSEWHERE = actor(Role.OFFICER, DESTINATION)


@pytest.fixture(autouse=True)
def _sites(engine) -> None:
    enter_sites(engine)


def a_range(first: int, last: int, site: str = ORIGIN, prefix: str = "KE26A") -> requests.IssueEntry:
    ends = (f"{prefix}{first:07d}", f"{prefix}{last:07d}")
    return requests.IssueEntry(site=site, first=ends[0], last=ends[1], quantity=last - first + 1, issued_ms=NOW_MS)


def issue(engine, wanted: requests.IssueEntry, who=OFFICER) -> int:
    with desk_of(engine, who) as desk:
        return requests.issue_directly(desk, wanted)


def scrap(engine, seal_no: str) -> None:
    with desk_of(engine, OFFICER) as desk:
        scraps.scrap(desk, seal_no, "無法讀取")


def pair(engine, seal_no: str) -> None:
    with desk_of(engine, OFFICER) as desk:
        pairings.pair(desk, entry(seal_no))


@pytest.mark.req("R-031")
@pytest.mark.parametrize("other", [(1, 100), (100, 200), (40, 60), (1, 1), (50, 500)])
def test_of_two_overlapping_issues_at_once_one_is_made(engine, other) -> None:
    mine, theirs = a_range(1, 100), a_range(*other, site=DESTINATION)
    outcomes = race(engine, partial(issue, engine, mine), partial(issue, engine, theirs, ELSEWHERE))
    one_wins(outcomes, "RANGE-TAKEN")


@pytest.mark.req("R-031")
@pytest.mark.parametrize("other", [("KE26A", 101, 200), ("KE26B", 1, 100), ("KE26A0", 1, 100)])
def test_issues_that_do_not_overlap_do_not_hinder_each_other(engine, other) -> None:
    prefix, first, last = other
    theirs = a_range(first, last, site=DESTINATION, prefix=prefix)
    if prefix == "KE26A0":  # the counting digits begin with the first digit, whoever typed it
        theirs = requests.IssueEntry(
            site=DESTINATION, first="KE26A00000001", last="KE26A00000100", quantity=100, issued_ms=NOW_MS
        )
    works = (partial(issue, engine, a_range(1, 100)), partial(issue, engine, theirs, ELSEWHERE))
    assert not [one for one in race(engine, *works) if isinstance(one, Exception)]


@pytest.mark.req("R-034")
def test_of_two_corrections_of_one_issue_at_once_one_is_made(engine) -> None:
    number = issue(engine, a_range(1, 100))

    def correct(last: int) -> None:
        with desk_of(engine, OFFICER) as desk:
            registers.correct_issue(desk, number, a_range(1, last), "數量登錄錯誤")

    one_wins(race(engine, partial(correct, 90), partial(correct, 80)), "CORRECTED", "RANGE-TAKEN")


@pytest.mark.req("R-060")
def test_of_two_scraps_of_one_seal_at_once_one_is_entered(engine) -> None:
    seal_no = seal(engine)
    one_wins(race(engine, partial(scrap, engine, seal_no), partial(scrap, engine, seal_no)), "STATE", "CONFLICT")


@pytest.mark.req("R-001", "R-063")
def test_a_seal_that_is_scrapped_while_it_is_paired_is_never_paired_after_its_death(engine) -> None:
    """Either the pairing came first and the scrap concerns a paired seal (R-060), or the pairing is refused."""
    seal_no = seal(engine)
    scrapped, paired = race(engine, partial(scrap, engine, seal_no), partial(pair, engine, seal_no))
    assert not isinstance(scrapped, Exception)
    with reading(engine) as connection:
        live = movements.live_of_seal(connection, seal_no)
        assert seals.find(connection, seal_no).state == "SCRAPPED"
    if isinstance(paired, Exception):
        assert isinstance(paired, Refusal)
        assert paired.code in {"SEAL-DEAD", "CONFLICT"}
        assert live is None
    else:
        assert live is not None


@pytest.mark.req("R-002")
def test_of_two_seals_with_one_chip_at_once_one_is_registered(engine) -> None:
    def once(seal_no: str) -> None:
        with desk_of(engine, SYSTEM) as desk:
            put_seal(desk, SealEntry(seal_no=seal_no, uid="04DE5F1EACC040", kind="E"))

    def put(seal_no: str) -> None:
        try:
            once(seal_no)
        except IntegrityError:  # as every request is run again that meets a constraint
            once(seal_no)

    one_wins(race(engine, partial(put, "KE1"), partial(put, "KE2")), "UID-TAKEN")
