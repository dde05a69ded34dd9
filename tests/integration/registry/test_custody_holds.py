"""Holds by people: at once, on both gates, until an officer lifts them; papers asked for and never in the way."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from sqlalchemy import event, insert, select, update

from cloud.domain.authority import Role
from cloud.domain.holds import CHASE_AGAIN_MS, CHASE_FIRST_MS, HoldReason
from cloud.domain.lifecycles.hold import State, Step
from cloud.flows import custody
from cloud.registry import documents, holds, orders
from cloud.registry.desk import at_reading_desk
from cloud.registry.holds.stepping import CLOCK_AHEAD_MAX_MS
from cloud.registry.refusals import Refusal
from cloud.store import board, movements, schema
from cloud.store.engine import open_engine, reading, writing
from tests.desks import NOW_MS, SHELF, SYSTEM, VAULT, actor, desk_of
from tests.integration.registry import sealing_room
from tests.race import one_wins, race

JPEG = b"\xff\xd8\xff the identity card of somebody"
OFFICER, AWAY = actor(Role.OFFICER, "B1"), actor(Role.OFFICER, "C1")
OPERATOR, ORIGIN_OPERATOR = actor(Role.OPERATOR, "B1"), actor(Role.OPERATOR, "A1")
FOUND = "封條完好，讀取器故障"
WORDS = holds.StatementEntry(driver="王大明", made_ms=NOW_MS, text="途中未曾停車", plate="KLA-0001")


@pytest.fixture
def yard(engine):
    """Two movements from A1 to B1: one with an e-seal, one with a paper seal."""
    with writing(engine) as connection:
        site = {"name_zh": "站", "name_en": "yard", "fence_version": 1, "updated_ms": 0}
        connection.execute(insert(schema.site), [site | {"code": code} for code in ("A1", "B1", "C1")])
        gate = {"lanes": ["1"], "enrolled_ms": 0}
        connection.execute(
            insert(schema.gate), [gate | {"id": f"G{code}", "site": code} for code in ("A1", "B1", "C1")]
        )
        for number, kind in ((1, "E"), (2, "PA")):
            pair(connection, number, kind)
    return engine


def pair(connection, number, kind, state="IN_TRANSIT"):
    seal = {"seal_no": f"K{number}", "uid": f"04{number:012}", "kind": kind, "issued_ms": 0}
    connection.execute(insert(schema.seal).values(seal))
    ends = {"origin": "A1", "destination": "B1", "container": "CSQU3054383", "plate": "KLA-0001"}
    order = {"number": f"T{number}", "seals": [], "classes": {}, "received_ms": 0}
    connection.execute(insert(schema.transport_order).values(order | ends))
    row = {"id": f"M{number}", "kind": kind, "seal_no": f"K{number}", "seal_uid": seal["uid"]}
    row |= {"transport_order": f"T{number}", "paired_ms": 0, "pairing_source": "TO", "state": state, "updated_ms": 0}
    connection.execute(insert(schema.movement).values(row | ends))


def at(engine, who, work, now_ms=NOW_MS):
    with desk_of(engine, who, now_ms) as desk:
        return work(desk)


def place(engine, who=OPERATOR, now_ms=NOW_MS, **entry):
    entry = {"movement": "M1", "reason": HoldReason.UNREADABLE} | entry
    return at(engine, who, lambda desk: holds.place(desk, holds.PlaceEntry(**entry)), now_ms)


def report(engine, hold, now_ms=NOW_MS):
    told = holds.ReportEntry(officer="P-7", reported_ms=now_ms)
    at(engine, OPERATOR, lambda desk: holds.report(desk, hold, told), now_ms)


def papers(engine, hold):
    def give(desk):
        copy = documents.put(desk, JPEG, "image/jpeg", "ID_COPY")
        holds.add_id_copy(desk, hold, holds.IdCopyEntry(copy=copy, taken_ms=NOW_MS))
        return holds.add_statement(desk, hold, WORDS)

    return at(engine, OPERATOR, give)


def lift(engine, hold, who=OFFICER):
    at(engine, who, lambda desk: holds.lift(desk, hold, FOUND))


def complete(engine, hold):
    at(engine, OFFICER, lambda desk: holds.complete(desk, hold, FOUND))


def seen(engine, hold, who=OFFICER):
    with at_reading_desk(engine, who, NOW_MS, VAULT, SHELF) as desk:
        return holds.find(desk, hold)


def shown(engine, site="B1"):
    with reading(engine) as connection:
        rows = movements.expected_at(connection, site, NOW_MS)
        return {row.id: row.detained_reason for row in rows}


def asked(engine):
    with reading(engine) as connection:
        return set(connection.scalars(select(schema.dispatch.c.gate)))


@pytest.mark.req("R-068", "R-071")
def test_a_hold_needs_no_papers_and_tells_both_gates_at_once(yard) -> None:
    hold = place(yard)
    assert shown(yard, "A1")["M1"] == shown(yard, "B1")["M1"] == "HOLD-UNREADABLE"
    assert asked(yard) == {"GA1", "GB1"}
    with reading(yard) as connection:
        assert board.counts(connection, NOW_MS, NOW_MS).held == 1
        (row, *_) = board.movements(connection, NOW_MS, NOW_MS)
    assert (row.id, row.hold_reason, row.hold_since_ms) == ("M1", "HOLD-UNREADABLE", NOW_MS)
    assert seen(yard, hold).missing == (Step.REPORT, Step.STATEMENT, Step.ID_COPY)


@pytest.mark.req("R-071")
def test_the_report_is_never_blocked_and_names_the_officer_and_the_time(yard) -> None:
    hold = place(yard)
    report(yard, hold, NOW_MS + 5)
    now = seen(yard, hold)
    assert (now.state, now.officer, now.reported_ms) == (State.REPORTED, "P-7", NOW_MS + 5)
    assert now.missing == (Step.STATEMENT, Step.ID_COPY)
    told = holds.ReportEntry(officer="P-8", reported_ms=NOW_MS)
    together = place(yard, movement="M2", reason=HoldReason.OPENED, report=told)
    assert seen(yard, together).state == State.REPORTED


@pytest.mark.req("R-071")
def test_an_officer_who_holds_knows_of_it(yard) -> None:
    assert seen(yard, place(yard, OFFICER)).state == State.REPORTED


@pytest.mark.req("R-068")
def test_only_an_officer_of_either_end_lifts(yard) -> None:
    hold = place(yard)
    report(yard, hold)
    for who in (OPERATOR, AWAY, actor(Role.CENTRE), actor(Role.SYSTEM), actor(Role.CLERK, "B1")):
        with pytest.raises(Refusal, match="FORBIDDEN"):
            lift(yard, hold, who)
    assert shown(yard)["M1"] == "HOLD-UNREADABLE"
    lift(yard, hold, actor(Role.OFFICER, "A1"))
    assert shown(yard)["M1"] is None
    with reading(yard) as connection:
        denied = connection.scalars(select(schema.audit.c.act).where(schema.audit.c.outcome == "DENIED")).all()
    assert denied == ["HOLD_LIFT"] * 5


@pytest.mark.req("R-069", "R-070", "R-071")
def test_a_hold_is_not_completed_without_report_statement_and_copy_of_id(yard) -> None:
    hold = place(yard)
    with pytest.raises(Refusal, match="STATE"):
        lift(yard, hold)
    report(yard, hold)
    lift(yard, hold)
    with pytest.raises(Refusal, match="PAPERS-MISSING: STATEMENT, ID_COPY"):
        complete(yard, hold)
    papers(yard, hold)
    complete(yard, hold)
    assert (seen(yard, hold).state, seen(yard, hold).missing) == (State.COMPLETED, ())


@pytest.mark.req("R-007", "R-069")
def test_a_statement_has_a_driver_and_words_and_an_officer_may_read_it(yard) -> None:
    hold = place(yard)
    for empty in ({"driver": " "}, {"text": " "}):
        entry = holds.StatementEntry(**{"driver": "王大明", "made_ms": NOW_MS, "text": "x"} | empty)
        with pytest.raises(Refusal, match="STATEMENT"):
            at(yard, OPERATOR, lambda desk, entry=entry: holds.add_statement(desk, hold, entry))
    papers(yard, hold)
    assert at(yard, OFFICER, lambda desk: holds.read_statement(desk, hold, "查證")) == WORDS
    with reading(yard) as connection:
        everything = [
            str(connection.execute(select(table)).all())
            for table in (schema.hold, schema.hold_step, schema.audit, schema.document)
        ]
    assert not any("王大明" in rows or "途中" in rows for rows in everything)
    with reading(yard) as connection:
        looks = select(schema.audit.c.account, schema.audit.c.subject).where(schema.audit.c.outcome == "LOOKED")
        ((account, subject),) = connection.execute(looks).all()
    assert (account, subject[:9]) == (OFFICER.account, "document:")


@pytest.mark.req("R-070")
def test_the_copy_of_id_must_be_restricted(yard) -> None:
    hold = place(yard)

    def give_openly(desk):
        copy = documents.put(desk, JPEG + b"openly", "image/jpeg", "OTHER")
        holds.add_id_copy(desk, hold, holds.IdCopyEntry(copy=copy, taken_ms=NOW_MS))

    with pytest.raises(Refusal, match="DOCUMENT-OPEN"):
        at(yard, OPERATOR, give_openly)


@pytest.mark.req("R-068", "R-072")
@pytest.mark.parametrize(
    ("movement", "allowed"),
    [
        ("M1", {"HOLD-UNREADABLE", "HOLD-UNSEALED", "HOLD-ALTERED", "HOLD-OTHER"}),
        ("M2", {"HOLD-OPENED", "HOLD-ALTERED", "HOLD-OTHER"}),
    ],
)
def test_each_kind_of_seal_has_reasons_of_its_own(yard, movement, allowed) -> None:
    taken = set()
    for reason in HoldReason:
        try:
            hold = place(yard, OFFICER, movement=movement, reason=reason, remark="鉛封外另有鎖")
        except Refusal as refused:
            assert refused.code == "HOLD-REASON"  # noqa: PT017 -- both ways are right, each for its reasons
        else:
            taken.add(reason)
            lift(yard, hold)
    assert taken == allowed


def test_something_else_must_be_said(yard) -> None:
    with pytest.raises(Refusal, match="INVALID"):
        place(yard, reason=HoldReason.OTHER)


@pytest.mark.req("R-068")
def test_who_holds_is_where_the_goods_are(yard) -> None:
    for who in (ORIGIN_OPERATOR, actor(Role.OPERATOR, "C1"), actor(Role.CENTRE), actor(Role.TRADER)):
        with pytest.raises(Refusal, match="FORBIDDEN"):
            place(yard, who)
    place(yard, actor(Role.CLERK, "B1"))
    with writing(yard) as connection:
        pair(connection, 3, "E", "PAIRED")
    place(yard, ORIGIN_OPERATOR, movement="M3")


def test_a_hold_in_error_is_annulled_without_papers(yard) -> None:
    hold = place(yard)
    at(yard, OFFICER, lambda desk: holds.annul(desk, hold, FOUND))
    assert (seen(yard, hold).state, seen(yard, hold).missing) == (State.ANNULLED, ())
    assert shown(yard)["M1"] is None
    place(yard)


@pytest.mark.req("R-071")
def test_what_is_missing_is_chased_until_it_comes(yard) -> None:
    hold = place(yard)

    def chase(now_ms):
        return at(yard, actor(Role.SYSTEM), holds.chase, now_ms)

    assert chase(NOW_MS + CHASE_FIRST_MS - 1) == 0
    assert chase(NOW_MS + CHASE_FIRST_MS) == 1
    assert chase(NOW_MS + CHASE_FIRST_MS) == 0
    assert chase(NOW_MS + CHASE_FIRST_MS + CHASE_AGAIN_MS) == 1
    assert seen(yard, hold).chases == 2
    report(yard, hold)
    papers(yard, hold)
    assert chase(NOW_MS + 10 * CHASE_AGAIN_MS) == 0
    with at_reading_desk(yard, OFFICER, NOW_MS, VAULT, SHELF) as desk:
        taken = [line.step for line in holds.history(desk, hold)]
    assert taken == ["PLACE", "CHASE", "CHASE", "REPORT", "ID_COPY", "STATEMENT"]


@pytest.mark.req("R-071")
def test_the_worklist_shows_what_lacks_papers_at_ones_own_sites(yard) -> None:
    first, second = place(yard), place(yard, movement="M2", reason=HoldReason.OPENED)
    report(yard, first)
    papers(yard, first)

    def listed(who, **wanted):
        with at_reading_desk(yard, who, NOW_MS, VAULT, SHELF) as desk:
            return [one.id for one in holds.page(desk, 0, 10, holds.Wanted(**wanted))]

    assert listed(OFFICER) == [first, second]
    assert listed(OFFICER, lacking=True) == [second]
    assert listed(OFFICER, state="REPORTED") == [first]
    assert listed(OFFICER, movement="M2") == [second]
    assert listed(AWAY) == []
    assert listed(actor(Role.CENTRE)) == [first, second]


def test_of_two_who_place_lift_or_complete_at_once_one_wins(yard) -> None:
    one_wins(race(yard, lambda: place(yard), lambda: place(yard, OFFICER)), "HELD-ALREADY")
    with reading(yard) as connection:
        hold = connection.scalar(select(schema.hold.c.id))
    report(yard, hold)
    works = [lambda: lift(yard, hold), lambda: lift(yard, hold, actor(Role.OFFICER, "A1"))]
    one_wins(race(yard, *works), "CONFLICT", "STATE")
    papers(yard, hold)
    one_wins(race(yard, *[lambda: complete(yard, hold)] * 3), "CONFLICT", "STATE")


@pytest.mark.req("R-070")
def test_after_completion_the_personal_papers_have_an_end_unless_another_hold_needs_them(yard) -> None:
    first, second = place(yard), place(yard, movement="M2", reason=HoldReason.OPENED)
    for hold in (first, second):
        report(yard, hold)
        papers(yard, hold)  # the same driver: the same papers
        lift(yard, hold)

    def ends():
        with reading(yard) as connection:
            return set(connection.scalars(select(schema.document.c.keep_until_ms)))

    complete(yard, first)
    assert ends() == {None}
    complete(yard, second)
    assert ends() == {NOW_MS + SHELF.personal_keep_ms}


@pytest.mark.req("R-068")
def test_no_other_order_and_no_other_seal_leads_goods_out_of_a_hold(engine) -> None:
    sealing_room.enter_sites(engine)
    wanted = sealing_room.order(sealing_room.seal(engine))
    sealing_room.put(engine, wanted)
    hold = place(engine, sealing_room.OFFICER, movement=f"{wanted.number}-1")
    for attempt in (
        lambda desk: orders.cancel(desk, wanted.number),
        lambda desk: orders.put_order(desk, replace(wanted, container="TASU1170000")),
        lambda desk: orders.put_order(desk, replace(wanted, seals=[])),
    ):
        with pytest.raises(Refusal, match="HELD"):
            at(engine, SYSTEM, attempt)
    lift(engine, hold, sealing_room.OFFICER)
    at(engine, SYSTEM, lambda desk: orders.cancel(desk, wanted.number))


@pytest.mark.req("R-070")
def test_papers_that_something_else_rests_on_stay(yard) -> None:
    hold = place(yard)
    report(yard, hold)
    papers(yard, hold)
    copy = at(yard, OPERATOR, lambda desk: documents.put(desk, JPEG, "image/jpeg", "ID_COPY"))
    at(yard, OPERATOR, lambda desk: documents.require(desk, copy))  # as the register of drivers does
    lift(yard, hold)
    complete(yard, hold)
    with reading(yard) as connection:
        ends = dict(connection.execute(select(schema.document.c.kind, schema.document.c.keep_until_ms)).all())
    assert ends == {"ID_COPY": None, "STATEMENT": NOW_MS + SHELF.personal_keep_ms}


@pytest.mark.req("R-071")
def test_a_report_names_an_officer_by_number_and_may_come_from_a_clock_ahead(yard) -> None:
    hold = place(yard)
    for told in (
        holds.ReportEntry(officer="陳科員", reported_ms=NOW_MS),
        holds.ReportEntry(officer="P-7", reported_ms=NOW_MS + CLOCK_AHEAD_MAX_MS + 1),
    ):
        with pytest.raises(Refusal, match="INVALID"):
            at(yard, OPERATOR, lambda desk, told=told: holds.report(desk, hold, told))
    report(yard, hold, NOW_MS)
    assert seen(yard, hold, ORIGIN_OPERATOR).reported_ms == NOW_MS
    with pytest.raises(Refusal, match="FORBIDDEN"):
        seen(yard, hold, AWAY)


def test_the_board_looks_through_no_table_for_what_is_held(migrated_file, tmp_path) -> None:
    shutil.copy(migrated_file, tmp_path / "cloud.db")
    engine = open_engine(f"sqlite:///{tmp_path}/cloud.db")
    asked: list[tuple[str, object]] = []
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with reading(engine) as connection:
        board.movements(connection, NOW_MS, NOW_MS)
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1][0]}", asked[-1][1]).all()]
        board.counts(connection, NOW_MS, NOW_MS)
        counting = next(one for one in asked if "coalesce(sum" in one[0] and not one[0].startswith("EXPLAIN"))
        plans.append(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {counting[0]}", counting[1]).all())
    engine.dispose()
    for plan in plans:
        steps = " ".join(row[-1] for row in plan)
        assert "SCAN movement" not in steps
        assert "ix_movement_detained" in steps


@pytest.mark.req("R-070")
def test_papers_stay_while_a_case_of_the_movement_is_open(yard) -> None:
    hold = place(yard)
    report(yard, hold)
    papers(yard, hold)
    lift(yard, hold)
    complete(yard, hold)
    case = {"code": "S3", "subject": "M1", "movement_id": "M1", "status": "CONFIRMED", "occurred_ms": 1}
    case |= {"detected_ms": 1, "rule_version": 1, "inputs": {}, "limits": {}}
    with writing(yard) as connection:
        connection.execute(insert(schema.cases).values(case))
    over_ms = NOW_MS + SHELF.personal_keep_ms
    assert custody.expire(yard, SHELF, over_ms, 0) == 0
    with writing(yard) as connection:
        connection.execute(update(schema.cases).values(closed_ms=over_ms))
    assert custody.expire(yard, SHELF, over_ms, 0) == 2
