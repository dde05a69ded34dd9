"""Declared outages: who may, which gates are told, and that nothing else counts as one."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select

from cloud.domain.authority import Role
from cloud.flows.dispatch import manifest_body
from cloud.registry.refusals import Refusal
from cloud.store import gates, schema
from cloud.store.engine import reading, writing
from cloud.store.registry import outages as rows
from schemas.messages import Function
from tests.desks import NOW_MS, actor
from tests.integration.registry.outage_yard import CENTRE, MINUTE_MS, asked, audit, declare, end, yard
from tests.race import one_wins, race

__all__ = ["yard"]


@pytest.fixture
def fenced(yard):
    with writing(yard) as connection:
        ring = [[121.66, 25.07], [121.67, 25.07], [121.67, 25.08], [121.66, 25.08], [121.66, 25.07]]
        row = {"version": 1, "ring": ring, "fictional": True, "created_ms": 0}
        connection.execute(insert(schema.fence), [row | {"site": code} for code in ("A1", "B1", "C1")])
    return yard


def known(engine, site, now_ms=NOW_MS):
    """What the manifest of a site's gate says of outages."""
    with reading(engine) as connection:
        body = manifest_body(connection, gates.find(connection, f"GATE-{site}"), now_ms)
        return [(one.notice, one.functions) for one in body.outages]


@pytest.mark.req("R-073")
def test_the_gates_in_scope_know_an_outage_from_its_declaration_to_its_end(fenced) -> None:
    assert known(fenced, "A1") == []
    outage = declare(fenced)
    said = ("基普緝字第1號", (Function.DEPARTURE, Function.PAIRING))
    assert [known(fenced, site) for site in ("A1", "B1", "C1")] == [[said], [said], []]
    assert asked(fenced) == {"GATE-A1", "GATE-B1"}
    with writing(fenced) as connection:
        connection.execute(delete(schema.dispatch))
    end(fenced, outage)
    assert [known(fenced, site) for site in ("A1", "B1", "C1")] == [[], [], []]
    assert asked(fenced) == {"GATE-A1", "GATE-B1"}
    assert [act[1:] for act in audit(fenced)] == [("OUTAGE_DECLARE", f"outage:{outage}")] * 2


@pytest.mark.req("R-073")
def test_an_outage_without_sites_is_everywhere(fenced) -> None:
    declare(fenced, sites=[], functions=["ARRIVAL"])
    assert asked(fenced) == {"GATE-A1", "GATE-B1", "GATE-C1"}
    assert known(fenced, "C1") == [("基普緝字第1號", (Function.ARRIVAL,))]


@pytest.mark.req("R-073")
def test_two_outages_at_one_site_are_both_told(fenced) -> None:
    declare(fenced)
    declare(fenced, notice_no="N2", sites=["B1"], functions=["ARRIVAL"])
    assert [(len(known(fenced, site))) for site in ("A1", "B1")] == [1, 2]


@pytest.mark.req("R-073")
def test_the_record_says_who_when_where_what_and_under_which_notice(yard) -> None:
    outage = declare(yard, remark="資訊室通報", extends_limits=True)
    end(yard, outage, end_ms=NOW_MS)
    with reading(yard) as connection:
        row = rows.find(connection, outage)
        assert rows.sites(connection, outage) == ["A1", "B1"]
        during = [
            rows.in_force(connection, "A1", at_ms) for at_ms in (row.start_ms - 1, row.start_ms, NOW_MS - 1, NOW_MS)
        ]
    assert (row.declared_by, row.start_ms, row.end_ms) == (CENTRE.account, NOW_MS - 60 * MINUTE_MS, NOW_MS)
    assert (row.notice_no, row.functions, row.extends_limits) == ("基普緝字第1號", ["DEPARTURE", "PAIRING"], True)
    assert [len(found) for found in during] == [0, 1, 1, 0]


@pytest.mark.req("R-073")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CENTRE])
def test_only_the_centre_declares(yard, role) -> None:
    with pytest.raises(Refusal, match="FORBIDDEN"):
        declare(yard, actor(role, "A1", "B1"))
    outage = declare(yard)
    with pytest.raises(Refusal, match="FORBIDDEN"):
        end(yard, outage, actor(role, "A1", "B1"))
    assert len(audit(yard, "DENIED")) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"start_ms": NOW_MS + 1}, "OUTAGE-TIME"),
        ({"functions": []}, "INVALID"),
        ({"functions": ["COFFEE"]}, "INVALID"),
        ({"notice_no": ""}, "INVALID"),
        ({"sites": ["Z9"]}, "SITE-UNKNOWN"),
    ],
)
def test_what_makes_no_outage_is_refused(yard, changes, code) -> None:
    with pytest.raises(Refusal, match=code):
        declare(yard, **changes)
    with reading(yard) as connection:
        assert connection.execute(select(schema.outage)).all() == []


@pytest.mark.parametrize("end_ms", [NOW_MS - 61 * MINUTE_MS, NOW_MS + 1])
def test_an_outage_ends_after_it_began_and_not_in_the_future(yard, end_ms) -> None:
    outage = declare(yard)
    with pytest.raises(Refusal, match="OUTAGE-TIME"):
        end(yard, outage, end_ms=end_ms)
    with pytest.raises(Refusal, match="NOT-FOUND"):
        end(yard, outage + 1)


def test_of_two_who_declare_one_notice_or_its_end_one_wins(yard) -> None:
    one_wins(race(yard, lambda: declare(yard), lambda: declare(yard)), "OUTAGE-TAKEN")
    with reading(yard) as connection:
        [outage] = connection.scalars(select(schema.outage.c.id))
    one_wins(race(yard, lambda: end(yard, outage), lambda: end(yard, outage)), "OUTAGE-ENDED")


def test_a_declaration_is_never_rewritten(yard) -> None:
    declare(yard)
    for table in (schema.outage, schema.outage_site):
        with pytest.raises(Exception, match="append-only"), writing(yard) as connection:
            connection.execute(delete(table))
