"""Authorisations against a model that remembers every moment: the past never changes, and both kinds agree (R-017)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from cloud.registry.people import authorising
from cloud.registry.people.authorising import Capacity
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading, writing
from tests.desks import NOW_MS, SYSTEM, desk_of
from tests.people import enrol, enter_companies

HORIZON = 12  # milliseconds that the model looks at
LONG = 100
SITE = "B1"

steps = st.lists(
    st.one_of(
        st.tuples(st.just("ADD"), st.integers(-1, 4), st.one_of(st.none(), st.integers(0, 6))),
        st.tuples(st.just("END"), st.just(0), st.none()),
        st.tuples(st.just("MOVE"), st.booleans(), st.none()),
    ),
    max_size=8,
)


@pytest.fixture
def person(engine) -> str:
    enter_companies(engine)
    return enrol(engine)


def run(engine, person: str, step: tuple, now: int, model: set[int]) -> set[int]:
    """Do a step at moment `now` and return what the model then says: the moments at which the person may act."""
    what, first, last = step
    past = {moment for moment in model if moment < now}
    with desk_of(engine, SYSTEM, NOW_MS + now) as desk:
        if what == "END":
            authorising.end(desk, person, Capacity.SPECIALIST, [SITE])
            return past
        if what == "MOVE":
            authorising.move(desk, person, Capacity.SPECIALIST, [SITE, "A1"] if first else ["A1"])
            return past | set(range(now, LONG)) if first else past
        begins, ends = now + first, LONG if last is None else now + last
        span = (NOW_MS + begins, None if last is None else NOW_MS + ends)
        wanted = set(range(begins, ends))
        backwards = first < 0 or not wanted
        overlaps = not wanted.isdisjoint(model)
        if backwards or (overlaps and not wanted <= model):
            with pytest.raises(Refusal, match="VALIDITY"):
                authorising.authorise(desk, person, Capacity.SPECIALIST, [SITE], span)
            return model
        try:
            authorising.authorise(desk, person, Capacity.SPECIALIST, [SITE], span)
        except Refusal:
            assert overlaps  # two that follow each other cover it together, which nobody has to see through
            return model
        return model | wanted


@pytest.mark.req("R-017", "R-023")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_what_was_true_once_stays_true(engine, person, steps) -> None:
    with writing(engine) as connection:
        connection.execute(delete(schema.authorisation).where(schema.authorisation.c.site == SITE))
    model: set[int] = set()
    for now, step in enumerate(steps):
        model = run(engine, person, step, now, model)
        with reading(engine) as connection:
            for kind in ("E", "PA"):
                seen = {
                    moment
                    for moment in range(HORIZON)
                    if authorising.may(connection, person, SITE, kind, NOW_MS + moment)
                }
                assert seen == {moment for moment in model if moment < HORIZON}
