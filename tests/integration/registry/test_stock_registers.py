"""The registers of the stock and the bulk import: what is issued, used and scrapped, and corrected by new rows."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from cloud.domain.authority import Role
from cloud.flows.dispatch import manifest_body
from cloud.registry import gates
from cloud.registry.desk import Denied
from cloud.registry.refusals import Refusal
from cloud.registry.stock import importing, registers, requests, scraps
from cloud.store import gates as gate_rows
from cloud.store import schema, seals
from cloud.store.engine import reading, writing
from schemas.envelope import SigningKey
from schemas.messages import SealKind
from tests.desks import NOW_MS, SYSTEM, actor, desk_of
from tests.integration.registry.sealing_room import CENTRE, DESTINATION, OFFICER, ORIGIN, enter_sites, pair, seal

OPERATOR = actor(Role.OPERATOR, ORIGIN)
ELSEWHERE = actor(Role.OFFICER, DESTINATION)
ALL = registers.Query(from_ms=0, to_ms=NOW_MS + 1)


@pytest.fixture(autouse=True)
def _sites(engine) -> None:
    enter_sites(engine)


def a_range(first: int, last: int, **changed: object) -> requests.IssueEntry:
    fields = {"site": ORIGIN, "first": f"KE26A{first:07d}", "last": f"KE26A{last:07d}", "issued_ms": NOW_MS}
    return requests.IssueEntry(**fields | {"quantity": last - first + 1} | changed)


def issue(engine, wanted, who=OFFICER) -> int:
    with desk_of(engine, who) as desk:
        return requests.issue_directly(desk, wanted)


def take(engine, lines: str) -> int:
    with desk_of(engine, CENTRE) as desk:
        return importing.take(desk, importing.check_file(desk, f"seal_no,uid,kind\n{lines}".encode()))


@pytest.mark.req("R-032")
def test_the_quantity_is_that_of_the_range(engine) -> None:
    with pytest.raises(Refusal, match="QUANTITY"):
        issue(engine, a_range(1, 100, quantity=99))


@pytest.mark.req("R-035")
def test_paper_seals_are_neither_requested_nor_issued_in_batches(engine) -> None:
    with pytest.raises(Refusal, match="NO-BATCH"), desk_of(engine, OPERATOR) as desk:
        requests.request(desk, ORIGIN, 10, kind=SealKind.PA)
    with pytest.raises(Refusal, match="NO-BATCH"):
        issue(engine, a_range(1, 10, kind=SealKind.PA))


@pytest.mark.req("R-033", "R-034", "A9-16")
@pytest.mark.parametrize("kind", ["E", "PA"])
def test_a_pairing_stands_in_the_register_and_a_correction_beside_it(engine, kind) -> None:
    seal_no = seal(engine, kind)
    pair(engine, seal_no)
    with desk_of(engine, OFFICER) as desk:
        [used] = registers.listed(desk, "uses", ALL, 0, 10)
        new = registers.correct_use(desk, used.id, document="AA151123000002", unit=used.unit, reason="誤植")
    with desk_of(engine, OFFICER) as desk:
        first, second = registers.listed(desk, "uses", registers.Query(from_ms=0, to_ms=NOW_MS + 1, kind=kind), 0, 10)
        assert (first.document, second.document) == ("AA151123000001", "AA151123000002")
        assert (second.id, second.corrects, second.seal_no, second.unit) == (new, first.id, seal_no, first.unit)
        with pytest.raises(Refusal, match="CORRECTED"):
            registers.correct_use(desk, used.id, document="AA151123000003", unit=used.unit, reason="誤植")
    with desk_of(engine, ELSEWHERE) as desk:
        assert not registers.listed(desk, "uses", ALL, 0, 10)


@pytest.mark.req("R-034")
@pytest.mark.parametrize("table", [schema.seal_issue, schema.seal_use, schema.seal_step])
def test_no_row_of_a_register_can_be_changed_or_taken_out(engine, table) -> None:
    issue(engine, a_range(1, 10))
    seal_no = seal(engine)
    pair(engine, seal_no)
    with desk_of(engine, OFFICER) as desk:
        scraps.scrap(desk, seal_no, "無法讀取")
    for statement in (update(table).values(account="x"), delete(table)):
        with pytest.raises(DBAPIError), writing(engine) as connection:
            connection.execute(statement)


@pytest.mark.req("R-031", "R-034")
def test_a_seal_is_imported_as_the_issue_in_force_has_it(engine) -> None:
    number = issue(engine, a_range(1, 10))
    issue(engine, a_range(20, 30, site=DESTINATION), ELSEWHERE)
    with desk_of(engine, OFFICER) as desk:
        registers.correct_issue(desk, number, a_range(1, 5), "數量誤植")
    numbers = [1, 5, 6, 19, 20, 30, 31]
    assert take(engine, "".join(f"KE26A{one:07d},04AA{one:04},E\n" for one in numbers)) == len(numbers)
    with reading(engine) as connection:
        rows = [seals.find(connection, f"KE26A{one:07d}") for one in numbers]
    issued = {one: row.site for one, row in zip(numbers, rows, strict=True) if row.state == "ISSUED"}
    assert issued == {1: ORIGIN, 5: ORIGIN, 20: DESTINATION, 30: DESTINATION}


@pytest.mark.req("R-002", "R-034")
def test_a_file_with_a_fault_changes_nothing_and_each_fault_has_its_line(engine) -> None:
    take(engine, "KE1,04AA0001,E\n")
    content = b"seal_no,uid,kind\nKE1,04AA0001,E\nKE2,04AA0002,E\nKE2,04AA0003,E\nke3,04AA0004,E\nKE1,04AA0009,PA\n"
    with desk_of(engine, CENTRE) as desk:
        found = importing.check_file(desk, content)
        assert [fault.line for fault in found.faults] == [4, 5, 6]
        with pytest.raises(Refusal, match="IMPORT"):
            importing.take(desk, found)
    with reading(engine) as connection:
        assert [row.seal_no for row in seals.page(connection, "", 10)] == ["KE1"]


@pytest.mark.req("R-034")
@pytest.mark.parametrize("content", [b"", b"number\nKE1\n", b"\xff\xfe", b'seal_no,uid,kind\n"KE1,04AA0001,E\n'])
def test_what_is_no_table_of_seals_is_refused(engine, content) -> None:
    with pytest.raises(Refusal, match="IMPORT"), desk_of(engine, CENTRE) as desk:
        importing.check_file(desk, content)


@pytest.mark.req("R-060", "R-063")
def test_a_scrapped_seal_is_gone_from_the_manifests_of_both_gates(engine) -> None:
    for gate, site, seed in (("AAA-1", ORIGIN, 1), ("BBB-1", DESTINATION, 2)):
        jwk = SigningKey.from_seed(bytes([seed]) * 32).public_jwk
        with desk_of(engine, SYSTEM) as desk:
            gates.put_gate(desk, gates.GateEntry(gate=gate, site=site, lanes=["1"], jwk=jwk))
    seal_no = seal(engine)
    pair(engine, seal_no)

    def expected() -> list[list[str]]:
        with reading(engine) as connection:
            found = [gate_rows.find(connection, gate) for gate in ("AAA-1", "BBB-1")]
            return [[one.seal_no for one in manifest_body(connection, gate, NOW_MS).expected] for gate in found]

    assert expected() == [[seal_no], [seal_no]]
    with desk_of(engine, OFFICER) as desk:
        scraps.scrap(desk, seal_no, "無法讀取")
    assert expected() == [[], []]


@pytest.mark.req("R-060", "R-061")
def test_customs_own_seals_are_scrapped_by_customs_alone(engine) -> None:
    seal_no = seal(engine)
    with pytest.raises(Denied), desk_of(engine, OPERATOR) as desk:
        scraps.scrap(desk, seal_no, "破損")
    with desk_of(engine, OFFICER) as desk:
        scraps.scrap(desk, seal_no, "破損")
        [step] = registers.listed(desk, "steps", ALL, 0, 10)
    assert (step.seal_no, step.site, step.detail) == (seal_no, ORIGIN, {"reason": "破損"})
