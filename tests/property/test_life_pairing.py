"""A pairing under any order of steps: what its table forbids is refused and changes nothing, on both databases."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.domain.lifecycles.pairing import MACHINE, State, Step
from cloud.registry.refusals import Refusal
from cloud.registry.sealing import openings, pairings
from cloud.store import movements
from cloud.store.engine import reading
from cloud.store.registry import fees
from cloud.store.registry import pairings as rows
from tests.desks import NOW_MS, desk_of
from tests.integration.registry.sealing_room import OFFICER, ORIGIN, enter_sites, pair, scrap, seal

CONTAINERS = iter(f"SEAU{number:07d}" for number in range(10_000))
MOVEMENT = {State.PAIRED: "PAIRED", State.OPENED: "OPENED", State.REPLACED: "CANCELLED", State.CANCELLED: "CANCELLED"}


def take(engine, step: Step, movement: str) -> None:
    if step is Step.REPLACE:
        with reading(engine) as connection:
            scrapped = rows.find(connection, movement).seal_no
        scrap(engine, scrapped)
        spare = seal(engine)
    with desk_of(engine, OFFICER) as desk:
        if step is Step.OPEN:
            wanted = {"movement": movement, "site": ORIGIN, "agency": "CUSTOMS", "reason": "查驗", "opened_ms": NOW_MS}
            openings.record(desk, openings.OpeningEntry(**wanted))
        elif step is Step.CANCEL:
            pairings.cancel(desk, movement)
        else:
            pairings.replace_seal(desk, movement, spare)


@pytest.mark.req("R-012", "R-036", "R-060")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(Step), min_size=1, max_size=4))
def test_a_pairing_lives_as_its_table_says(engine, steps) -> None:
    enter_sites(engine)
    movement = pair(engine, seal(engine), container=next(CONTAINERS))
    state = MACHINE.initial
    for step in steps:
        following = MACHINE.next(state, step)
        if following is None:
            with pytest.raises(Refusal) as refused:
                take(engine, step, movement)
            assert refused.value.text.status == 409
        else:
            take(engine, step, movement)
            state = following
        with reading(engine) as connection:
            row = rows.find(connection, movement)
            assert (row.state, row.movement_state) == (state, MOVEMENT[state])
            charged = sum(fee.amount for fee in fees.of_movement(connection, movement))
            assert charged == (0 if state is State.CANCELLED else 250)
            live = movements.live_of_seal(connection, row.seal_no)
            assert (live is not None) == (state in {State.PAIRED, State.OPENED})
