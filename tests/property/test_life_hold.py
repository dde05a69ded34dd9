"""Any sequence of steps about a hold: the service does what the table says, and goods go only by an officer's act."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from cloud.domain.holds import HoldReason, missing
from cloud.domain.lifecycles.hold import HOLDING, MACHINE, State, Step
from cloud.registry import documents, holds
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading, writing
from tests.desks import NOW_MS, desk_of
from tests.integration.registry.test_custody_holds import OFFICER, OPERATOR, WORDS, yard

__all__ = ["yard"]  # a fixture

JPEG = b"\xff\xd8\xff papers"


def take(engine, hold, step):
    with desk_of(engine, OFFICER if step in {Step.LIFT, Step.COMPLETE, Step.ANNUL} else OPERATOR) as desk:
        match step:
            case Step.REPORT:
                holds.report(desk, hold, holds.ReportEntry(officer="P-1", reported_ms=NOW_MS))
            case Step.STATEMENT:
                holds.add_statement(desk, hold, WORDS)
            case Step.ID_COPY:
                copy = documents.put(desk, JPEG, "image/jpeg", "ID_COPY")
                holds.add_id_copy(desk, hold, holds.IdCopyEntry(copy=copy, taken_ms=NOW_MS))
            case Step.LIFT:
                holds.lift(desk, hold, "found")
            case Step.ANNUL:
                holds.annul(desk, hold, "found")
            case Step.COMPLETE:
                holds.complete(desk, hold, "found")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(Step), max_size=12))
def test_a_hold_follows_its_table_and_nothing_else(yard, steps) -> None:
    with writing(yard) as connection:  # what an example before left behind
        connection.execute(update(schema.hold).where(schema.hold.c.state.in_(HOLDING)).values(state=State.ANNULLED))
    with desk_of(yard, OPERATOR) as desk:
        hold = holds.place(desk, holds.PlaceEntry(movement="M1", reason=HoldReason.UNSEALED))
    state, done = MACHINE.initial, dict.fromkeys(Step)
    for step in steps:
        after = MACHINE.next(state, step)
        lacks = missing(state, done) if step is Step.COMPLETE and after else ()
        try:
            take(yard, hold, step)
        except Refusal as refused:
            assert refused.code == ("PAPERS-MISSING" if lacks else "STATE")  # noqa: PT017 -- both are right
            assert lacks or after is None
        else:
            assert after is not None
            assert lacks == ()
            state, done[step] = after, NOW_MS
        with reading(yard) as connection:
            row = connection.execute(select(schema.hold).where(schema.hold.c.id == hold)).one()
            detained = connection.scalar(select(schema.movement.c.detained_reason).where(schema.movement.c.id == "M1"))
        assert row.state == state
        assert (detained is not None) == (state in HOLDING)
