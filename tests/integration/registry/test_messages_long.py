"""A list of a whole vessel acts with few statements: whoever else writes, ingest first, must not wait for each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from cloud.registry.instructions.bench import Bench
from tests.integration.registry.messages_room import all_instructions, take

if TYPE_CHECKING:
    from sqlalchemy import Engine

CONTAINERS = 200
STATEMENTS_MAX = 60
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<Response xmlns=" urn:wco:datamodel:TW:N5166:R-00-04"><FunctionCode>{function}</FunctionCode><Declaration>
<BorderTransportMeans><tw_Registration>1A2345</tw_Registration></BorderTransportMeans>
<LandingLocation><ID>003A1001</ID></LandingLocation><GoodsLocation><ID>003B2002</ID></GoodsLocation>
<Consignment><tw_TypeCode>1</tw_TypeCode>{items}</Consignment></Declaration></Response>"""
ITEM = """<ConsignmentItem><GovernmentProcedure><CurrentCode>{code}</CurrentCode></GovernmentProcedure>
<TransportEquipment><ID>CSQU{number:07d}</ID></TransportEquipment></ConsignmentItem>"""


def vessel(function: str, code: str) -> bytes:
    items = "".join(ITEM.format(code=code, number=number) for number in range(CONTAINERS))
    return PAGE.format(function=function, items=items).encode()


@pytest.mark.req("R-026")
def test_a_long_list_is_sent_doubted_and_withdrawn_with_few_statements(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _1, _2, statement, *_rest: said.append(statement))
    looked: list[set[str]] = []
    withdrawn = Bench._withdrawn

    def counted(bench: Bench) -> set[str]:
        looked.append(withdrawn(bench))
        return looked[-1]

    monkeypatch.setattr(Bench, "_withdrawn", counted)
    for function, code, state in (("9", "B", "REQUIRED"), ("5", "ZZ", "UNDETERMINED"), ("1", "B", "WITHDRAWN")):
        said.clear()
        looked.clear()
        take(engine, vessel(function, code))
        assert [row.state for row in all_instructions(engine)] == [state] * CONTAINERS
        assert len(said) <= STATEMENTS_MAX, state
        assert len(looked) == 1, "asked once, not for each question of the worklist"
