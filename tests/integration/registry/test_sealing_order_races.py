"""An order that is cancelled while it is told anew: no cancelled order keeps a live pairing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from cloud.registry import orders
from cloud.store import movements
from cloud.store import orders as rows
from cloud.store.engine import reading
from tests.desks import SYSTEM, desk_of
from tests.integration.registry.sealing_room import enter_sites, order, put, seal

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

CANCELLED_BY_THEN_S = 1.0  # a cancellation that need not wait is long done


@pytest.mark.req("R-039")
def test_an_order_cancelled_while_it_is_told_anew_keeps_no_pairing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_sites(engine)
    told = order(seal(engine))
    put(engine, told)

    def cancel() -> None:
        with desk_of(engine, SYSTEM) as desk:
            orders.cancel(desk, told.number)

    meanwhile, save = threading.Thread(target=cancel), rows.save

    def saved(connection: Connection, row: dict[str, Any]) -> None:
        meanwhile.start()
        meanwhile.join(CANCELLED_BY_THEN_S)
        save(connection, row)

    monkeypatch.setattr(rows, "save", saved)
    put(engine, order(told.seals[0].number, plate="KLA-0002"))
    meanwhile.join()
    with reading(engine) as connection:
        found = rows.find(connection, told.number)
        states = {row.state for row in movements.of_order(connection, told.number)}
    assert found is not None
    assert found.cancelled_ms is not None
    assert states == {"CANCELLED"}
