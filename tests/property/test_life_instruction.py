"""The life of a sealing instruction, whatever messages, officers and sealings come in whatever order.

A model in a few lines foresees the state by the table; the services must agree, and what is open stays visible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.domain.lifecycles.instruction import MACHINE, State, Step
from cloud.registry import instructions
from cloud.registry.instructions import deciding
from cloud.registry.instructions.deciding import Decision
from cloud.registry.refusals import Refusal
from cloud.store.engine import writing
from cloud.store.registry import instructions as rows
from cloud.store.registry import officer_tasks
from tests.desks import NOW_MS, desk_of
from tests.integration.registry.messages_room import CONTAINER, OFFICER, golden, one, take

if TYPE_CHECKING:
    from sqlalchemy import Engine

EXAMPLES = 12
STEPS_MAX = 8
SEALING = "pairing:1"

B = golden("N5302-add.xml")
UNCLEAR = B.replace(b">B<", b">Q<")
DELETE = golden("N5302-delete.xml")


class Life:
    """One container's instructions over time; each message differs from those before, so that none is a repetition."""

    def __init__(self, engine: Engine, number: int) -> None:
        self.engine = engine
        self.container = f"{CONTAINER[:4]}{number:06d}0"
        self.count = 0

    def message(self, content: bytes) -> None:
        self.count += 1
        own = content.replace(CONTAINER.encode(), self.container.encode())
        own = own.replace(b"AA  15ABC00001", f"AA  15{self.container[4:10]}00"[:14].encode())
        take(self.engine, own.replace(b"<Name", f"<Odd>{self.count}</Odd><Name".encode(), 1))

    def state(self) -> State | None:
        """The state of the youngest instruction that is not over, else of the youngest."""
        with writing(self.engine) as connection:
            found = rows.of_containers(connection, [self.container], set(State))
        live = [row for row in found if row.state != State.WITHDRAWN]
        return State((live or found)[-1].state) if found else None

    def decide(self, decision: Decision) -> None:
        with desk_of(self.engine, OFFICER) as desk:
            ids = [row.id for row in rows.of_containers(desk.connection, [self.container], set(State))]
            for task in officer_tasks.open_of(desk.connection, ids)[:1]:
                deciding.decide(desk, task.id, decision, "x")

    def fulfil(self) -> None:
        with desk_of(self.engine, OFFICER, NOW_MS + self.count) as desk:
            instructions.fulfil(desk, container=self.container, by=f"{SEALING}-{self.container}")

    def reopen(self) -> None:
        with desk_of(self.engine, OFFICER) as desk:
            instructions.reopen(desk, f"{SEALING}-{self.container}")

    def act(self, name: str) -> None:
        works = {
            "B": lambda: self.message(B),
            "unclear": lambda: self.message(UNCLEAR),
            "delete": lambda: self.message(DELETE),
            "require": lambda: self.decide(Decision.REQUIRE),
            "dismiss": lambda: self.decide(Decision.DISMISS),
            "note": lambda: self.decide(Decision.NOTED),
            "seal": self.fulfil,
            "unseal": self.reopen,
        }
        try:
            works[name]()
        except Refusal as refusal:
            if refusal.code not in {"STATE", "TASK-DECISION"}:
                raise

    def check(self) -> None:
        with writing(self.engine) as connection:
            found = rows.of_containers(connection, [self.container], set(State))
            for row in found:
                asked = officer_tasks.open_of(connection, [row.id])
                # what is undetermined lies before somebody; what is over asks nobody
                assert row.state != State.UNDETERMINED or asked
                assert row.state not in {State.WITHDRAWN, State.DISMISSED} or not asked
                assert (row.state == State.FULFILLED) == (row.fulfilled_by is not None)


REACHABLE = {(before, after) for (before, _), after in MACHINE.table.items()}
_lives = iter(range(1, 10**6))
ACTS = st.lists(
    st.sampled_from(["B", "unclear", "delete", "require", "dismiss", "note", "seal", "unseal"]), max_size=STEPS_MAX
)


@pytest.mark.req("R-024", "R-025", "R-027")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_only_steps_of_the_table_are_taken_and_nothing_unclear_is_hidden(engine: Engine, acts: list[str]) -> None:
    life = Life(engine, next(_lives))
    for act in acts:
        before = {row.id: State(row.state) for row in _all(engine, life.container)}
        life.act(act)
        for row in _all(engine, life.container):
            old = before.get(row.id, MACHINE.initial)
            assert old == row.state or (old, State(row.state)) in REACHABLE, (act, old, row.state)
        life.check()


@pytest.mark.req("R-025")
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_a_b_that_nobody_took_back_is_never_without_a_seal_or_an_open_demand(engine: Engine, acts: list[str]) -> None:
    """Whatever else comes: after a B without a later withdrawal, dismissal is impossible and silence ends nothing."""
    life = Life(engine, next(_lives))
    for act in acts:
        life.act(act)
    life.message(B)
    for act in ("unclear", "note", "dismiss", "unseal", "seal"):
        life.act(act)
        states = {row.state for row in _all(engine, life.container)}
        assert states & {State.REQUIRED, State.FULFILLED}, (act, states)


def _all(engine: Engine, container: str) -> list:
    with writing(engine) as connection:
        return rows.of_containers(connection, [container], set(State))


@pytest.mark.req("R-025")
def test_a_forbidden_step_is_refused_with_state_and_step(engine: Engine) -> None:
    take(engine, B)
    take(engine, DELETE)
    with pytest.raises(Refusal) as refused, desk_of(engine, OFFICER) as desk:
        deciding.withdraw(desk, one(engine).id, "x")
    assert refused.value.code == "STATE"
    assert State.WITHDRAWN in refused.value.detail
    assert Step.WITHDRAW in refused.value.detail
