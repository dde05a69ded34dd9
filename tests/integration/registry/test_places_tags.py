"""Location tags: applied for, mounted with photo and record, active by the centre's word only."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from cloud.domain.authority import Role
from cloud.flows.dispatch import manifest_body
from cloud.registry.places import tags
from cloud.registry.refusals import Refusal
from cloud.store import gates, schema
from cloud.store.engine import reading, writing
from cloud.store.registry import location_tags as rows
from tests.desks import actor
from tests.integration.registry.outage_yard import (
    CENTRE,
    OFFICER_A,
    OFFICER_B,
    OPERATOR_A,
    OPERATOR_B,
    asked,
    at,
    audit,
    picture,
    yard,
)
from tests.race import one_wins, race

__all__ = ["yard"]

UID = "04112233445566"


def apply(engine, who=OPERATOR_A, **changes):
    entry = {"site": "A1", "ground": "NO_SATELLITE_FIX", "reason": "棚架下收不到衛星"}
    entry |= {"photo": changes.get("photo") or picture(engine, OPERATOR_A, "the spot", "TAG_PHOTO")}
    return at(engine, who, lambda desk: tags.apply(desk, tags.Application(**entry | changes)))


def mount(engine, tag, who=OFFICER_A, **changes):
    entry = {"uid": UID, "record": "已黏貼於三號車道立柱", "photo": picture(engine, OFFICER_A, "the tag", "TAG_PHOTO")}
    at(engine, who, lambda desk: tags.mount(desk, tag, tags.Mounting(**entry | changes)))


def activate(engine, tag, who=CENTRE):
    at(engine, who, lambda desk: tags.activate(desk, tag, "照片及作業完備"))


def reject(engine, tag, who=CENTRE, reason="照片看不到標籤"):
    at(engine, who, lambda desk: tags.reject(desk, tag, reason))


def retire(engine, tag, who=OFFICER_A, reason="收訊已改善"):
    at(engine, who, lambda desk: tags.retire(desk, tag, reason))


def told(engine, gate="GATE-A1"):
    with reading(engine) as connection:
        return manifest_body(connection, gates.find(connection, gate), 0).site.location_tags


@pytest.fixture
def fenced(yard):
    with writing(yard) as connection:
        ring = [[121.66, 25.07], [121.67, 25.07], [121.67, 25.08], [121.66, 25.08], [121.66, 25.07]]
        row = {"version": 1, "ring": ring, "fictional": True, "created_ms": 0}
        connection.execute(schema.fence.insert(), [row | {"site": code} for code in ("A1", "B1", "C1")])
    return yard


@pytest.mark.req("R-018", "R-019", "R-020", "R-021", "R-022")
def test_a_tag_proves_its_place_from_the_centres_word_until_it_is_retired(fenced) -> None:
    seen = []
    for act in (apply, mount, activate, retire):
        tag = act(fenced) if act is apply else act(fenced, 1) or 1
        seen.append((told(fenced), asked(fenced)))
    assert seen == [((), set()), ((), set()), ((UID,), {"GATE-A1"}), ((), {"GATE-A1"})]
    with reading(fenced) as connection:
        steps = [(row.step, row.state, row.account, row.photo is not None) for row in rows.steps(connection, tag)]
    assert steps == [
        ("APPLY", "APPLIED", OPERATOR_A.account, True),
        ("MOUNT", "MOUNTED", OFFICER_A.account, True),
        ("ACTIVATE", "ACTIVE", CENTRE.account, False),
        ("RETIRE", "RETIRED", OFFICER_A.account, False),
    ]


@pytest.mark.req("R-018", "R-019")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ground": "CONVENIENCE"}, "TAG-GROUND"),
        ({"ground": ""}, "TAG-GROUND"),
        ({"reason": "  "}, "INVALID"),
        ({"site": "Z9"}, "FORBIDDEN"),
        ({"photo": "x" * 43}, "DOCUMENT-UNKNOWN"),
    ],
)
def test_an_application_needs_its_ground_a_place_a_reason_and_a_photo(yard, changes, code) -> None:
    with pytest.raises(Refusal, match=code):
        apply(yard, **changes)


@pytest.mark.req("R-020")
def test_no_tag_is_mounted_without_the_officers_photo_and_record(yard) -> None:
    tag = apply(yard)
    for changes, code in (
        ({"record": ""}, "INVALID"),
        ({"photo": "x" * 43}, "DOCUMENT-UNKNOWN"),
        ({"uid": "?"}, "INVALID"),
    ):
        with pytest.raises(Refusal, match=code):
            mount(yard, tag, **changes)
    with pytest.raises(Refusal, match="STATE"):
        activate(yard, tag)


@pytest.mark.req("R-021")
def test_a_rejected_tag_goes_back_with_the_reason_and_may_be_mounted_anew(yard) -> None:
    tag = apply(yard)
    mount(yard, tag)
    with pytest.raises(Refusal, match="INVALID"):
        reject(yard, tag, reason=" ")
    reject(yard, tag)
    with pytest.raises(Refusal, match="STATE"):
        activate(yard, tag)
    mount(yard, tag, uid="04AABBCCDDEEFF")
    activate(yard, tag)
    with reading(yard) as connection:
        assert rows.active(connection, "A1") == ["04AABBCCDDEEFF"]
        assert [row.remark for row in rows.steps(connection, tag) if row.step == "REJECT"] == ["照片看不到標籤"]


@pytest.mark.req("R-020", "R-021", "R-096")
@pytest.mark.parametrize(
    ("act", "wrong"),
    [
        (apply, [OPERATOR_B, OFFICER_A, CENTRE, actor(Role.SPECIALIST, "A1")]),
        (mount, [OPERATOR_A, OFFICER_B, CENTRE]),
        (activate, [OPERATOR_A, OFFICER_A, actor(Role.JOINT_CENTRE)]),
        (reject, [OPERATOR_A, OFFICER_A]),
        (retire, [OPERATOR_A, OFFICER_B]),
    ],
    ids=["apply", "mount", "activate", "reject", "retire"],
)
def test_each_step_is_one_roles_at_its_own_place(yard, act, wrong) -> None:
    arguments = ()
    if act is not apply:
        arguments = (apply(yard),)
        if act is not mount:
            mount(yard, *arguments)
    for who in wrong:
        with pytest.raises(Refusal, match="FORBIDDEN"):
            act(yard, *arguments, who=who)
    assert [account for account, *_ in audit(yard, "DENIED")] == [who.account for who in wrong]


def test_a_chip_is_one_tags_until_that_is_retired(yard) -> None:
    first, second = apply(yard), apply(yard, photo=picture(yard, OPERATOR_A, "elsewhere", "TAG_PHOTO"))
    mount(yard, first)
    with pytest.raises(Refusal, match="TAG-TAKEN"):
        mount(yard, second)
    retire(yard, first)
    mount(yard, second)


def test_a_site_has_no_more_active_tags_than_a_manifest_holds(yard) -> None:
    with writing(yard) as connection:
        full = [{"site": "A1", "state": "ACTIVE", "uid": f"05{n:012}", "updated_ms": 0} for n in range(tags.ACTIVE_MAX)]
        connection.execute(schema.location_tag.insert(), full)
    tag = apply(yard)
    mount(yard, tag)
    with pytest.raises(Refusal, match="SITE-TAGS-FULL"):
        activate(yard, tag)


def test_what_was_done_to_a_tag_stays_on_record(yard) -> None:
    apply(yard)
    with pytest.raises(Exception, match="append-only"), writing(yard) as connection:
        connection.execute(delete(schema.tag_step))


@pytest.mark.req("R-021")
def test_of_activation_and_rejection_at_once_one_wins(yard) -> None:
    tag = apply(yard)
    mount(yard, tag)
    outcomes = race(yard, lambda: activate(yard, tag), lambda: reject(yard, tag))
    one_wins(outcomes, "CONFLICT", "STATE")


def test_of_two_tags_mounted_with_one_chip_at_once_one_wins(yard) -> None:
    both = [apply(yard), apply(yard)]
    one_wins(race(yard, *(lambda tag=tag: mount(yard, tag) for tag in both)), "TAG-TAKEN")
