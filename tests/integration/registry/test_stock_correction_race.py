"""A range is corrected while one of its seals is being paired: a seal in use never goes back into stock."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from cloud.registry.refusals import Refusal
from cloud.registry.stock import registers, requests
from cloud.store import movements, seals
from cloud.store.engine import reading
from tests.desks import NOW_MS, desk_of
from tests.integration.registry.sealing_room import OFFICER, ORIGIN, enter_sites, pair, seal

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

PAIRED_BY_THEN_S = 1.0  # a pairing that need not wait is long made


@pytest.mark.req("R-034")
def test_a_seal_paired_while_its_range_is_corrected_stays_issued_or_unpaired(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_sites(engine)
    seal_no = seal(engine)
    issue: dict[str, Any] = {"site": ORIGIN, "quantity": 1, "issued_ms": NOW_MS}
    with desk_of(engine, OFFICER) as desk:
        number = requests.issue_directly(desk, requests.IssueEntry(first=seal_no, last=seal_no, **issue))

    def paired() -> None:
        try:
            pair(engine, seal_no)
        except Refusal:
            return  # the correction came first: the seal lies in stock

    meanwhile, move_range = threading.Thread(target=paired), seals.move_range

    def moved(connection: Connection, first: str, last: str, old: str, values: dict[str, Any]) -> int:
        if meanwhile.ident is None:
            meanwhile.start()
            meanwhile.join(PAIRED_BY_THEN_S)
        return move_range(connection, first, last, old, values)

    monkeypatch.setattr(seals, "move_range", moved)
    other = requests.IssueEntry(first="KE99A0000001", last="KE99A0000001", **issue)
    # where the pairing comes first (SQLite lets it in only afterwards) the correction is refused as SEAL-IN-USE
    with suppress(Refusal), desk_of(engine, OFFICER) as desk:
        registers.correct_issue(desk, number, other, "誤登")
    meanwhile.join()
    with reading(engine) as connection:
        row = seals.find(connection, seal_no)
        used = movements.live_of_seal(connection, seal_no) is not None
    assert row is not None
    assert (row.state, used) in {("STOCK", False), ("ISSUED", True)}
