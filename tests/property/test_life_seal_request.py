"""A request for seals under any order of steps, on both databases."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.domain.authority import Role
from cloud.domain.lifecycles.seal_request import MACHINE, Step
from cloud.registry.refusals import Refusal
from cloud.registry.stock import requests
from cloud.store.engine import reading
from cloud.store.registry import seal_requests as rows
from tests.desks import actor, desk_of
from tests.integration.registry.sealing_room import OFFICER, ORIGIN, enter_sites

OPERATOR = actor(Role.OPERATOR, ORIGIN)
FIRST = count(1, 10)


def take(desk, step: Step, number: int) -> None:
    if step is Step.ISSUE:
        first = next(FIRST)
        requests.issue(desk, number, f"KR{first:07d}", f"KR{first + 9:07d}")
    elif step is Step.REFUSE:
        requests.refuse(desk, number, "庫存不足")
    else:
        requests.withdraw(desk, number)


@pytest.mark.req("R-031")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(Step), min_size=1, max_size=4))
def test_a_request_lives_as_its_table_says(engine, steps) -> None:
    enter_sites(engine)
    with desk_of(engine, OPERATOR) as desk:
        number = requests.request(desk, ORIGIN, 10)
    state = MACHINE.initial
    for step in steps:
        who = OPERATOR if step is Step.WITHDRAW else OFFICER
        following = MACHINE.next(state, step)
        if following is None:
            with pytest.raises(Refusal, match=r"^STATE") as refused, desk_of(engine, who) as desk:
                take(desk, step, number)
            assert refused.value.text.status == 409
            assert state in refused.value.detail
        else:
            with desk_of(engine, who) as desk:
                take(desk, step, number)
            state = following
        with reading(engine) as connection:
            assert rows.find(connection, number).state == state
