"""An application for sealing under any order of steps, on both databases."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.domain.authority import Role
from cloud.domain.lifecycles.application import MACHINE, Step
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import applications
from cloud.store.engine import reading
from cloud.store.registry import applications as rows
from schemas.messages import SealKind
from tests.desks import actor, desk_of
from tests.integration.registry.sealing_room import CONTAINER, DECLARATION, OFFICER, ORIGIN, enter_sites

TRADER = actor(Role.TRADER)
STEPS = {
    Step.APPROVE: (OFFICER, lambda desk, number: applications.decide(desk, number, approve=True, remark="")),
    Step.REFUSE: (OFFICER, lambda desk, number: applications.decide(desk, number, approve=False, remark="不符")),
    Step.WITHDRAW: (TRADER, applications.withdraw),
    Step.SEAL: (OFFICER, lambda desk, number: applications.seal(desk, number, container=CONTAINER, kind="PA")),
    Step.UNSEAL: (OFFICER, applications.unseal),
}


@pytest.mark.req("R-004", "R-035")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(Step), min_size=1, max_size=6))
def test_an_application_lives_as_its_table_says(engine, steps) -> None:
    enter_sites(engine)
    wanted = {"kind": SealKind.PA, "container": CONTAINER, "site": ORIGIN, "ground": "N5170", "document": DECLARATION}
    with desk_of(engine, TRADER) as desk:
        number = applications.file(desk, applications.ApplicationEntry(**wanted))
    state = MACHINE.initial
    for step in steps:
        who, take = STEPS[step]
        following = MACHINE.next(state, step)
        if following is None:
            with pytest.raises(Refusal, match=r"^STATE") as refused, desk_of(engine, who) as desk:
                take(desk, number)
            assert refused.value.text.status == 409
            assert state in refused.value.detail
        else:
            with desk_of(engine, who) as desk:
                take(desk, number)
            state = following
        with reading(engine) as connection:
            row = rows.find(connection, number)
            assert row.state == state
            assert (row.officer is None) == (row.decided_ms is None)
