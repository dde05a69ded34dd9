"""The rules and a person hold the same goods: neither lifts the other, and gates see it until both are gone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cloud.domain.authority import Role
from cloud.domain.holds import RULES_THAT_HOLD, HoldReason
from cloud.flows.dispatch import manifest_body
from cloud.registry import holds
from cloud.registry.refusals import Refusal
from cloud.store import gates, schema
from cloud.store.engine import reading
from schemas import messages
from schemas.reasons import REASONS
from tests import town
from tests.desks import actor, desk_of
from tests.integration.ingest.test_process_batch import DEADLINE_MS, HOUR_MS, MOVEMENT, OUT_MS, SEAL, Story
from tests.race import one_wins, race
from tests.townsfolk import MINUTE_MS

OFFICER = actor(Role.OFFICER, town.DESTINATION.code)
OPERATOR = actor(Role.OPERATOR, town.DESTINATION.code)
LATER_MS = DEADLINE_MS + HOUR_MS


@pytest.fixture
def story(engine):
    return Story(engine)


def detain(story, now_ms=DEADLINE_MS):
    told = holds.ReportEntry(officer="P-7", reported_ms=now_ms)
    entry = holds.PlaceEntry(movement=MOVEMENT, reason=HoldReason.ALTERED, report=told)
    with desk_of(story.engine, OPERATOR, now_ms) as desk:
        return holds.place(desk, entry)


def release(story, hold):
    with desk_of(story.engine, OFFICER, LATER_MS) as desk:
        holds.lift(desk, hold, "驗明正身")


def lift(story, reason, now_ms=LATER_MS, who=OFFICER):
    with desk_of(story.engine, who, now_ms) as desk:
        holds.lift_of_rules(desk, holds.RuleLift(movement=MOVEMENT, reason=reason, finding="讀取器重複上傳"))


def replay(story):
    story.send(story.depart(counter=5))
    story.send(story.arrive(DEADLINE_MS, counter=5), now_ms=DEADLINE_MS)


def forge(story, at_ms):
    forged = messages.Tag(uid=SEAL.uid_hex, chip="NTAG424", ndef=SEAL.ndef(7, key=bytes(16)).hex().upper())
    story.send(story.arrive(at_ms, tag=forged), now_ms=at_ms)


def shown(story):
    """What both gates are told, which is the same."""
    told = []
    with reading(story.engine) as connection:
        for gate in (story.origin.gate, story.destination.gate):
            body = manifest_body(connection, gates.find(connection, gate), LATER_MS)
            told += [one.hold and one.hold.reason for one in body.expected if one.movement == MOVEMENT]
    assert len(set(told)) == 1
    return told[0]


@pytest.mark.req("R-068", "R-113")
def test_a_rule_that_fires_upon_a_person_s_hold_outlives_its_lifting(story):
    story.send(story.depart(counter=5))
    hold = detain(story, OUT_MS)
    assert shown(story) == "HOLD-ALTERED"
    story.send(story.arrive(DEADLINE_MS, counter=5), now_ms=DEADLINE_MS)
    assert shown(story) == "X-REPLAY"  # the graver of the two
    release(story, hold)
    assert shown(story) == "X-REPLAY"
    lift(story, "X-REPLAY")
    assert shown(story) is None


@pytest.mark.req("R-068", "R-113")
def test_a_person_s_hold_outlives_the_lifting_of_the_rules_one(story):
    replay(story)
    hold = detain(story)
    lift(story, "X-REPLAY")
    assert shown(story) == "HOLD-ALTERED"
    release(story, hold)
    assert shown(story) is None


@pytest.mark.req("R-068", "R-117")
def test_folding_the_records_anew_undoes_no_hold_and_no_lifting(story):
    story.send(story.depart())
    detain(story)
    story.send(story.arrive(DEADLINE_MS, counter=2), now_ms=DEADLINE_MS)
    story.watch(LATER_MS)
    assert (story.movement.state, shown(story)) == ("ARRIVED", "HOLD-ALTERED")


@pytest.mark.req("R-068", "R-113")
def test_a_lifted_rule_holds_again_upon_news_only(story):
    replay(story)
    lift(story, "X-REPLAY", DEADLINE_MS)
    story.send(story.arrive(DEADLINE_MS + MINUTE_MS, counter=6), now_ms=DEADLINE_MS + MINUTE_MS)
    assert shown(story) is None
    story.send(story.arrive(LATER_MS, counter=6), now_ms=LATER_MS)
    assert shown(story) == "X-REPLAY"


@pytest.mark.req("R-068", "R-113")
def test_a_second_rule_that_fired_meanwhile_holds_on(story):
    replay(story)
    forge(story, DEADLINE_MS + MINUTE_MS)
    assert (story.status("X-MAC"), shown(story)) == ("CONFIRMED", "X-REPLAY")
    lift(story, "X-REPLAY")
    assert shown(story) == "X-MAC"
    lift(story, "X-MAC")
    assert shown(story) is None


@pytest.mark.req("R-068")
def test_what_the_officer_did_not_see_is_not_lifted(story):
    with pytest.raises(Refusal, match="STATE"):
        lift(story, "X-REPLAY")
    replay(story)
    with pytest.raises(Refusal, match="CONFLICT"):
        lift(story, "X-MAC")
    with pytest.raises(Refusal, match="FORBIDDEN"):
        lift(story, "X-REPLAY", who=OPERATOR)
    assert shown(story) == "X-REPLAY"


@pytest.mark.req("R-068")
def test_of_officers_who_lift_at_once_one_wins_and_it_is_on_record(story):
    replay(story)
    one_wins(race(story.engine, *[lambda: lift(story, "X-REPLAY")] * 3), "CONFLICT", "STATE")
    (line,) = story.rows(schema.rule_hold_lift)
    assert (line.reason, line.account, line.count) == ("X-REPLAY", OFFICER.account, 1)
    with reading(story.engine) as connection:
        acts = connection.scalars(select(schema.audit.c.subject).where(schema.audit.c.act == "HOLD_LIFT")).all()
    assert acts == [f"movement:{MOVEMENT}"]


def test_every_reason_to_hold_has_words_for_the_gates():
    assert {*HoldReason, *RULES_THAT_HOLD} <= set(REASONS)
