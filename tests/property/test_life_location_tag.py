"""A location tag under any order of steps, on both databases: what its table forbids answers 409, changing nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.domain.lifecycles.location_tag import MACHINE, State, Step
from cloud.registry import documents
from cloud.registry.places import tags
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading, writing
from cloud.store.registry import location_tags as rows
from tests.integration.registry.outage_yard import CENTRE, OFFICER_A, OPERATOR_A, at, yard

__all__ = ["yard"]

UID = "04112233445566"
JPEG = b"\xff\xd8\xff the wall"


def _photo(desk):
    return documents.put(desk, JPEG, "image/jpeg", "TAG_PHOTO")


def _apply(desk):
    return tags.apply(desk, tags.Application(site="A1", ground="NO_SATELLITE_FIX", reason="棚架下", photo=_photo(desk)))


def _mount(desk, tag):
    tags.mount(desk, tag, tags.Mounting(uid=UID, record="已黏貼", photo=_photo(desk)))


STEPS = {
    Step.MOUNT: (OFFICER_A, _mount),
    Step.ACTIVATE: (CENTRE, lambda desk, tag: tags.activate(desk, tag, "完備")),
    Step.REJECT: (CENTRE, lambda desk, tag: tags.reject(desk, tag, "照片不清")),
    Step.RETIRE: (OFFICER_A, lambda desk, tag: tags.retire(desk, tag, "不再需要")),
}  # fmt: skip


@pytest.mark.req("R-020", "R-021", "R-022")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(Step), min_size=1, max_size=7))
def test_a_tag_lives_as_its_table_says(yard, steps) -> None:
    tag = at(yard, OPERATOR_A, _apply)
    state, told = State.APPLIED, 1
    for step in steps:
        who, take = STEPS[step]
        after = MACHINE.next(state, step)
        if after is None:
            with pytest.raises(Refusal) as refused:
                at(yard, who, lambda desk, take=take: take(desk, tag))
            assert (refused.value.code, refused.value.text.status) == ("STATE", 409)
            assert str(state) in refused.value.detail
            assert str(step) in refused.value.detail
        else:
            at(yard, who, lambda desk, take=take: take(desk, tag))
            state, told = after, told + 1
        with reading(yard) as connection:
            row = rows.find(connection, tag)
            assert row.state == state
            assert len(rows.steps(connection, tag)) == told
            assert rows.active(connection, "A1") == ([UID] if state is State.ACTIVE else [])
    _free(yard, tag)


def _free(engine, tag) -> None:
    """Give the chip back for the next example."""
    with writing(engine) as connection:
        values = {"state": State.RETIRED, "uid": None}
        connection.execute(schema.location_tag.update().where(schema.location_tag.c.id == tag).values(values))
