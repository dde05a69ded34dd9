"""A seal under any order of steps: what its table forbids is refused and changes nothing, on both databases."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.domain.lifecycles.seal import ALIVE, MACHINE, State, Step
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import register
from cloud.registry.stock import SealEntry, importing, put_seal, registers, requests, scraps
from cloud.registry.stock.seals import issue_of
from cloud.store import seals
from cloud.store.engine import reading
from schemas.messages import SealKind
from tests.desks import NOW_MS, desk_of
from tests.integration.registry.sealing_room import CENTRE, OFFICER, ORIGIN, enter_sites

NUMBERS = count(1)
KINDS = {Step.SEND: SealKind.E, Step.DIAGNOSE: SealKind.E, Step.STORE: SealKind.PA}


def entry(seal_no: str) -> requests.IssueEntry:
    return requests.IssueEntry(site=ORIGIN, first=seal_no, last=seal_no, quantity=1, issued_ms=NOW_MS)


def in_stock(engine, kind: SealKind) -> str:
    """A seal that came with the maker's table of numbers and chips."""
    number = next(NUMBERS)
    seal_no = f"K{kind[0]}77{number:07d}"
    line = f"seal_no,uid,kind\n{seal_no},05{number:012X},{kind}\n"
    with desk_of(engine, CENTRE) as desk:
        importing.take(desk, importing.check_file(desk, line.encode()))
    return seal_no


def issue_in_force(engine, seal_no: str) -> int | None:
    with desk_of(engine, OFFICER) as desk:
        row = issue_of(desk, seal_no)
    return None if row is None else int(row.id)


def take(engine, step: Step, seal_no: str) -> None:
    issue = issue_in_force(engine, seal_no)
    steps = {
        Step.ISSUE: (OFFICER, lambda desk: requests.issue_directly(desk, entry(seal_no))),
        Step.WITHDRAW: (OFFICER, lambda desk: registers.correct_issue(desk, issue, entry("KX770000001"), "登錄錯誤")),
        Step.SCRAP: (OFFICER, lambda desk: scraps.scrap(desk, seal_no, "無法讀取")),
        Step.SEND: (OFFICER, lambda desk: scraps.send(desk, seal_no, "掛號 1")),
        Step.DIAGNOSE: (CENTRE, lambda desk: scraps.diagnose(desk, seal_no, "晶片斷裂")),
        Step.STORE: (OFFICER, lambda desk: scraps.store(desk, seal_no, "五堵庫房")),
    }
    who, work = steps[step]
    with desk_of(engine, who) as desk:
        work(desk)


def state_of(engine, seal_no: str) -> str:
    with reading(engine) as connection:
        return seals.find(connection, seal_no).state


# Issue and withdrawal act on ranges: tests of the registers show them. Here is what a seal alone can meet.
AFTER = st.lists(st.sampled_from([Step.SCRAP, Step.SEND, Step.DIAGNOSE, Step.STORE]), min_size=1, max_size=5)


@pytest.mark.req("R-001", "R-060", "R-061", "R-062", "R-063")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(SealKind), steps=AFTER, handed_out=st.booleans())
def test_a_seal_lives_as_its_table_says(engine, kind, steps, handed_out) -> None:
    enter_sites(engine)
    seal_no = in_stock(engine, kind)
    state = MACHINE.initial
    if handed_out and kind is SealKind.E:
        take(engine, Step.ISSUE, seal_no)
        state = MACHINE.next(state, Step.ISSUE)
    for step in steps:
        following = MACHINE.next(state, step) if KINDS.get(step, kind) is kind else None
        if following is None:
            with pytest.raises(Refusal, match=r"^(STATE|SCRAP-KIND)") as refused:
                take(engine, step, seal_no)
            assert refused.value.text.status == 409
        else:
            take(engine, step, seal_no)
            state = following
        assert state_of(engine, seal_no) == state
    if state not in ALIVE:
        assert_never_returns(engine, seal_no)


def assert_never_returns(engine, seal_no: str) -> None:
    with pytest.raises(Refusal, match="SEAL-DEAD"), desk_of(engine, OFFICER) as desk:
        register.issued(desk, seal_no)
    with reading(engine) as connection:
        row = seals.find(connection, seal_no)
    changed = SealEntry(seal_no=seal_no, uid=f"06{next(NUMBERS):012X}", kind=row.kind)
    with pytest.raises(Refusal, match="SEAL-DEAD"), desk_of(engine, CENTRE) as desk:
        put_seal(desk, changed)
    assert state_of(engine, seal_no) == row.state


@pytest.mark.req("R-031", "R-034")
def test_an_issue_that_is_corrected_gives_its_seals_back_to_the_stock(engine) -> None:
    enter_sites(engine)
    seal_no = in_stock(engine, SealKind.E)
    with pytest.raises(Refusal, match="SEAL-UNISSUED"), desk_of(engine, OFFICER) as desk:
        register.issued(desk, seal_no)
    take(engine, Step.ISSUE, seal_no)
    assert state_of(engine, seal_no) == State.ISSUED
    take(engine, Step.WITHDRAW, seal_no)
    assert state_of(engine, seal_no) == State.STOCK
    take(engine, Step.ISSUE, seal_no)
    assert state_of(engine, seal_no) == State.ISSUED
