"""Gate-out and gate-in notices: told twice they count once, and what was wrong is put right by a row of its own."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from cloud.domain.authority import Role
from cloud.registry import notices
from cloud.registry.notices import sheet
from cloud.registry.refusals import Refusal
from cloud.store import schema
from cloud.store.engine import reading, writing
from cloud.store.registry import notices as rows
from tests.desks import NOW_MS, SYSTEM, actor
from tests.integration.registry.outage_yard import OPERATOR_A, OPERATOR_B, at, audit, yard
from tests.race import one_wins, race

__all__ = ["yard"]

CLERK = actor(Role.CLERK, "A1")
HEADER = "site,container,direction,at,transport_order\n"


def notice(**changes):
    told = {"site": "A1", "container": "CSQU3054383", "direction": "OUT", "at_ms": NOW_MS, "transport_order": "T1"}
    return notices.Notice(**told | changes)


def tell(engine, *told, who=OPERATOR_A):
    return at(engine, who, lambda desk: notices.tell(desk, told or [notice()]))


def correct(engine, corrects, right=None, who=OPERATOR_A):
    entry = notices.Correction(corrects=corrects, notice=right)
    return at(engine, who, lambda desk: notices.correct(desk, entry)).id


def take(engine, text, *, who=OPERATOR_A, trial=False):
    content = text if isinstance(text, bytes) else text.encode()
    return at(engine, who, lambda desk: sheet.take_sheet(desk, content, trial=trial))


def counting(engine, since_ms=0):
    with reading(engine) as connection:
        found = rows.passages(connection, "A1", "CSQU3054383", since_ms)
        return [(row.direction, row.at_ms) for row in found]


def stored(engine):
    with reading(engine) as connection:
        return connection.execute(select(schema.notice).order_by(schema.notice.c.id)).all()


def test_a_notice_told_twice_counts_once(yard) -> None:
    [first], [again] = tell(yard), tell(yard, who=CLERK)
    assert (first.created, again.created, again.id) == (True, False, first.id)
    assert (counting(yard), counting(yard, NOW_MS + 1)) == ([("OUT", NOW_MS)], [])
    assert len(audit(yard)) == 1


def test_a_correction_is_a_row_of_its_own_and_what_it_corrects_counts_no_more(yard) -> None:
    [told] = tell(yard)
    better = correct(yard, told.id, notice(at_ms=NOW_MS - 60_000))
    assert counting(yard) == [("OUT", NOW_MS - 60_000)]
    with pytest.raises(Refusal, match="NOTICE-CORRECTED"):
        correct(yard, told.id, notice(at_ms=NOW_MS - 1))
    [again] = tell(yard)  # the yard's system sends the wrong one once more
    assert (again.created, counting(yard)) == (False, [("OUT", NOW_MS - 60_000)])
    correct(yard, better)
    assert counting(yard) == []
    assert [(row.corrects, row.void) for row in stored(yard)] == [(None, False), (told.id, False), (better, True)]
    with pytest.raises(Exception, match="append-only"), writing(yard) as connection:
        connection.execute(delete(schema.notice))


@pytest.mark.req("R-047")
def test_a_number_that_fails_iso_6346_warns_and_is_taken(yard) -> None:
    [odd], [bonded] = tell(yard, notice(container="CTAU0008136")), tell(yard, notice(container="A123"))
    assert (odd.created, odd.warning.partition(",")[0]) == (True, "CTAU0008136 has check digit 6")
    assert (bonded.created, bonded.warning) == (True, "A123 is not of the form of ISO 6346")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"container": "csqu"}, "INVALID"),
        ({"direction": "UP"}, "INVALID"),
        ({"transport_order": "t-1"}, "INVALID"),
        ({"at_ms": NOW_MS + 5 * 60_000 + 1}, "NOTICE-FUTURE"),
        ({"site": "B1"}, "FORBIDDEN"),
        ({"site": "Z9"}, "FORBIDDEN"),
    ],
)
def test_of_several_notices_all_are_taken_or_none(yard, changes, code) -> None:
    with pytest.raises(Refusal, match=code):
        tell(yard, notice(), notice(**changes))
    assert stored(yard) == []


def test_who_tells_and_for_which_yard(yard) -> None:
    tell(yard, notice(), notice(site="B1"), who=SYSTEM)
    wrong = [actor(role, "A1") for role in Role if role not in {Role.OPERATOR, Role.CLERK, Role.SYSTEM}]
    for who in (*wrong, OPERATOR_B):
        with pytest.raises(Refusal, match="FORBIDDEN"):
            tell(yard, who=who)
        with pytest.raises(Refusal, match="FORBIDDEN"):
            correct(yard, 1, who=who)
    assert len(audit(yard, "DENIED")) == 2 * len(wrong) + 2
    with pytest.raises(Refusal, match="NOTICE-UNKNOWN"):
        correct(yard, 9)
    with pytest.raises(Refusal, match="NOTICE-UNKNOWN"):
        correct(yard, 1, notice(site="B1"), who=SYSTEM)
    with pytest.raises(Refusal, match="SITE-UNKNOWN"):
        tell(yard, notice(site="Z9"), who=SYSTEM)


def test_told_at_once_it_is_one_notice_and_corrected_at_once_one_correction(yard) -> None:
    both = race(yard, lambda: tell(yard)[0], lambda: tell(yard)[0])
    assert sorted(one.created for one in both) == [False, True]
    identity = both[0].id
    one_wins(race(yard, *[lambda: correct(yard, identity)] * 2), "NOTICE-CORRECTED")


def test_a_sheet_is_taken_whole_and_once(yard) -> None:
    text = HEADER + 'A1,CSQU3054383,OUT,2025-11-24T23:00:00+08:00,T1\nA1,"EGHU3156427",進站,2025-11-24T15:00:00Z,\n'
    trial = take(yard, text, trial=True)
    assert (trial.lines, trial.faults, stored(yard)) == (2, (), [])
    assert [(one.new, one.known) for one in (take(yard, b"\xef\xbb\xbf" + text.encode()), take(yard, text))] == [
        (2, 0),
        (0, 2),
    ]
    assert [(row.direction, row.transport_order, row.at_ms) for row in stored(yard)] == [
        ("OUT", "T1", NOW_MS - 3_600_000),
        ("IN", None, NOW_MS - 3_600_000),
    ]


def test_each_faulty_line_of_a_sheet_is_named_and_nothing_of_it_is_stored(yard) -> None:
    good = "A1,CSQU3054383,OUT,2025-11-24T15:00:00Z,\n"
    bad = "A1,csqu,OUT,2025-11-24T15:00:00Z,\nA1,CSQU3054383,OUT,yesterday,\nA1,CSQU3054383,OUT,2025-11-24T15:00:00,\n"
    faults = take(yard, HEADER + good + bad + good, trial=True).faults
    assert [(one.line, one.code, one.detail.partition(":")[0]) for one in faults] == [
        (3, "INVALID", "container"),
        (4, "INVALID", "at"),
        (5, "INVALID", "at"),
    ]
    with pytest.raises(Refusal, match="CSV-LINES: 3 of 5 lines; line 3: INVALID container"):
        take(yard, HEADER + good + bad + good)
    assert stored(yard) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"site,container\nA1,CSQU3054383\n",
        HEADER.replace("at,", "at,driver,").encode(),
        (HEADER + "A1,CSQU3054383\n").encode(),
        (HEADER + "A1,CSQU3054383,OUT,2025-11-24T15:00:00Z,,,\n").encode(),
        b"\xff\xfe" + HEADER.encode("utf-16-le"),
        (HEADER + 'A1,"CSQU3054383\n').encode(),
        (HEADER + "A1,CSQU3054383,OUT,2025-11-24T15:00:00Z,\n" * (sheet.LINES_MAX + 1)).encode(),
    ],
    ids=["empty", "columns", "personal", "short", "long", "utf-16", "quote", "endless"],
)
def test_what_is_no_such_sheet_is_refused_as_one(yard, content) -> None:
    with pytest.raises(Refusal) as refused:
        take(yard, content)
    assert (refused.value.code, stored(yard)) == ("CSV", [])
