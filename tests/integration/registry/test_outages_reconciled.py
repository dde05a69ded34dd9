"""After the recovery: seals never paired are scrapped by their origin, what is under way is received."""

from __future__ import annotations

import pytest

from cloud.domain.authority import Role
from cloud.registry.outages import reconciling
from cloud.registry.refusals import Refusal
from cloud.store import seals
from cloud.store.engine import reading
from tests.desks import actor
from tests.integration.registry.outage_yard import (
    CENTRE,
    OFFICER_A,
    OFFICER_B,
    OPERATOR_A,
    OPERATOR_B,
    at,
    audit,
    declare,
    end,
    papers,
    picture,
    receive,
    sealed,
    send,
    under_way,
    yard,
)
from tests.race import one_wins, race

__all__ = ["yard"]

OTHERS = (OPERATOR_B, OFFICER_B, CENTRE, actor(Role.SPECIALIST, "A1"), actor(Role.SYSTEM))


def left(engine, outage, who=CENTRE):
    works = at(engine, who, lambda desk: reconciling.works(desk, outage, 0, 100))
    return {work.item.row.seal_no: (work.task, work.movement) for work in works}


def scrap(engine, item, who=OPERATOR_A, reason="故障期間加封未配櫃"):
    at(engine, who, lambda desk: reconciling.scrap(desk, item, reason))


@pytest.mark.req("R-076", "R-077", "R-078")
def test_the_list_says_what_is_left_for_each_seal_until_it_is_done(yard) -> None:
    outage = declare(yard)
    unpaired = send(yard, seal_no="K9", papers=papers(yard))
    send(yard, OPERATOR_B, side="DESTINATION", site="B1", seal_no="K1")
    sealed(yard, 3, "E")
    send(yard, seal_no="K3")
    assert left(yard, outage) == {"K9": ("SCRAP", None), "K1": ("MANUAL_ARRIVAL", "M1"), "K3": ("SCRAP", None)}
    assert set(left(yard, outage, OPERATOR_A)) == {"K9", "K3"}
    end(yard, outage)
    scrap(yard, unpaired)
    under_way(yard, 3, "E", state="PAIRED")  # paired after all: then it is no seal to scrap
    with pytest.raises(Refusal, match="STATE"):
        scrap(yard, 3)
    receive(yard, photos=[picture(yard)])
    assert left(yard, outage) == {"K9": (None, None), "K1": (None, "M1"), "K3": ("MANUAL_ARRIVAL", "M3")}


@pytest.mark.req("R-076")
@pytest.mark.parametrize("kind", ["E", "PA"])
@pytest.mark.parametrize("who", [OPERATOR_A, OFFICER_A], ids=["operator", "officer"])
def test_the_origins_operator_or_officer_scraps_either_kind(yard, who, kind) -> None:
    outage = declare(yard)
    item = send(yard, kind=kind)
    with pytest.raises(Refusal, match="OUTAGE-ONGOING"):
        scrap(yard, item, who)
    end(yard, outage)
    scrap(yard, item, who)
    assert audit(yard)[-1] == (who.account, "RECONCILE", f"evidence:{item}")
    with pytest.raises(Refusal, match="NOTHING-LEFT"):
        scrap(yard, item, who)


@pytest.mark.req("R-076")
@pytest.mark.parametrize(
    "who",
    [OPERATOR_B, OFFICER_B, CENTRE, actor(Role.SPECIALIST, "A1"), actor(Role.SYSTEM)],
    ids=lambda who: who.account,
)
def test_nobody_else_does(yard, who) -> None:
    outage = declare(yard)
    item = send(yard)
    end(yard, outage)
    with pytest.raises(Refusal, match="FORBIDDEN"):
        scrap(yard, item, who)
    assert audit(yard, "DENIED") == [(who.account, "RECONCILE", f"evidence:{item}")]


@pytest.mark.req("R-076", "R-063")
@pytest.mark.parametrize("kind", ["E", "PA"])
def test_a_seal_of_the_register_is_dead_from_then_on(yard, kind) -> None:
    sealed(yard, 9, kind)
    outage = declare(yard)
    item = send(yard, kind=None)
    end(yard, outage)
    scrap(yard, item)
    with reading(yard) as connection:
        assert seals.find(connection, "K9").state == "SCRAPPED"


@pytest.mark.req("R-073", "R-076")
def test_without_a_declared_outage_there_is_nothing_to_reconcile(yard) -> None:
    item = send(yard)
    with pytest.raises(Refusal, match="OUTAGE-UNKNOWN"):
        scrap(yard, item)
    with pytest.raises(Refusal, match="NOT-FOUND"):
        left(yard, 1)
    with pytest.raises(Refusal, match="INVALID"):
        scrap(yard, item, reason=" ")


@pytest.mark.req("R-076")
def test_of_two_who_scrap_one_seal_at_once_one_wins(yard) -> None:
    outage = declare(yard)
    both = [send(yard), send(yard)]  # the same seal, reported twice
    end(yard, outage)
    one_wins(race(yard, *(lambda item=item: scrap(yard, item, OFFICER_A) for item in both)), "NOTHING-LEFT")
