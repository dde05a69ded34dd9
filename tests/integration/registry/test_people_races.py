"""Two who act at once on the same person: one wins, the other is told why; on both databases."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import select

from cloud.registry.people import specialists
from cloud.store import schema
from cloud.store.engine import reading
from tests.desks import NOW_MS, desk_of
from tests.people import OPERATOR, YARD, enrol, enter_companies
from tests.race import one_wins, race

HOUR = 3_600_000


@pytest.fixture
def yard(engine):
    enter_companies(engine)
    return engine, enrol(engine)


@pytest.mark.req("R-005")
def test_an_enrolment_ends_once(yard) -> None:
    engine, person = yard

    def end() -> None:
        with desk_of(engine, OPERATOR, NOW_MS + 1) as desk:
            specialists.end_enrolment(desk, person, YARD)

    one_wins(race(engine, end, end), "ENROLMENT-ENDED")


@pytest.mark.req("R-017")
def test_validities_entered_at_once_do_not_overlap(yard) -> None:
    engine, person = yard

    def add(first: int, last: int) -> None:
        with desk_of(engine, OPERATOR) as desk:
            specialists.add_sites(desk, person, YARD, ["B1"], (NOW_MS + first * HOUR, NOW_MS + last * HOUR))

    one_wins(race(engine, partial(add, 1, 10), partial(add, 5, 15)), "VALIDITY")
    with reading(engine) as connection:
        held = select(schema.authorisation).where(schema.authorisation.c.site == "B1")
        assert len(connection.execute(held).all()) == 1
