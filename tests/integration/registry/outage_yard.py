"""Two yards with a gate each and movements between them, and what people enter when the system was down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from cloud.domain.authority import Role
from cloud.domain.outages import Shows
from cloud.registry import documents
from cloud.registry.outages import arrivals, declaring, inbox
from cloud.store import schema
from cloud.store.engine import reading, writing
from tests.desks import NOW_MS, actor, desk_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

MINUTE_MS = 60_000
CENTRE = actor(Role.CENTRE)
OFFICER_A, OFFICER_B, OFFICER_C = (actor(Role.OFFICER, code) for code in ("A1", "B1", "C1"))
OPERATOR_A, OPERATOR_B = actor(Role.OPERATOR, "A1"), actor(Role.OPERATOR, "B1")
SPECIALIST_B = actor(Role.SPECIALIST, "B1")
JPEG = b"\xff\xd8\xff what was seen: "


@pytest.fixture
def yard(engine: Engine) -> Engine:
    """M1 with an e-seal and M2 with a paper seal, from A1 to B1, both under way; nothing is due at the gates."""
    with writing(engine) as connection:
        site = {"name_zh": "站", "name_en": "yard", "fence_version": 1, "updated_ms": 0}
        connection.execute(insert(schema.site), [site | {"code": code} for code in ("A1", "B1", "C1")])
        gate = {"lanes": ["1"], "enrolled_ms": 0}
        rows = [gate | {"id": f"GATE-{code}", "site": code} for code in ("A1", "B1", "C1")]
        connection.execute(insert(schema.gate), rows)
    for number, kind in ((1, "E"), (2, "PA")):
        sealed(engine, number, kind)
        under_way(engine, number, kind)
    return engine


def sealed(engine: Engine, number: int, kind: str) -> None:
    with writing(engine) as connection:
        seal = {"seal_no": f"K{number}", "uid": f"04{number:012}", "kind": kind, "issued_ms": 0}
        connection.execute(insert(schema.seal).values(seal))


def under_way(engine: Engine, number: int, kind: str, **changes: Any) -> None:
    ends = {"origin": "A1", "destination": "B1", "container": "CSQU3054383", "plate": "KLA-0001"}
    row: dict[str, Any] = {"id": f"M{number}", "kind": kind, "seal_no": f"K{number}", "seal_uid": f"04{number:012}"}
    row |= {"paired_ms": 0, "pairing_source": "SYSTEM", "state": "IN_TRANSIT", "departed_ms": NOW_MS - 90 * MINUTE_MS}
    with writing(engine) as connection:
        connection.execute(insert(schema.movement).values(row | ends | {"updated_ms": 0} | changes))


def at(engine: Engine, who: Any, work: Callable[[Any], Any], now_ms: int = NOW_MS) -> Any:
    with desk_of(engine, who, now_ms) as desk:
        return work(desk)


def picture(engine: Engine, who: Any = OFFICER_B, of: str = "a door", kind: str = "ARRIVAL_PHOTO") -> str:
    return str(at(engine, who, lambda desk: documents.put(desk, JPEG + of.encode(), "image/jpeg", kind)))


def declare(engine: Engine, who: Any = CENTRE, **changes: Any) -> int:
    entry: dict[str, Any] = {"notice_no": "基普緝字第1號", "start_ms": NOW_MS - 60 * MINUTE_MS, "sites": ["A1", "B1"]}
    entry |= {"functions": ["PAIRING", "DEPARTURE"]}
    return int(at(engine, who, lambda desk: declaring.declare(desk, declaring.Declaration(**entry | changes))))


def end(engine: Engine, outage: int, who: Any = CENTRE, end_ms: int = NOW_MS - MINUTE_MS) -> None:
    at(engine, who, lambda desk: declaring.end(desk, outage, end_ms))


def send(engine: Engine, who: Any = OPERATOR_A, **changes: Any) -> int:
    entry: dict[str, Any] = {
        "side": "ORIGIN",
        "site": "A1",
        "seal_no": "K9",
        "container": "CSQU3054383",
        "kind": "E",
        "papers": {},
    }
    return int(at(engine, who, lambda desk: inbox.submit(desk, inbox.Evidence(**entry | changes))))


def papers(engine: Engine, who: Any = OPERATOR_A) -> dict[Shows, list[str]]:
    order = picture(engine, who, "an order", "TRANSPORT_ORDER")
    return {Shows.ORDER: [order], Shows.PHOTO: [picture(engine, who, "a seal", "SEALING_PHOTO")]}


def receive(engine: Engine, who: Any = OFFICER_B, **changes: Any) -> None:
    entry: dict[str, Any] = {
        "screen": "ES104",
        "movement": "M1",
        "cause": "UNREADABLE",
        "arrived_ms": NOW_MS - MINUTE_MS,
    }
    at(engine, who, lambda desk: arrivals.enter(desk, arrivals.Arrival(**{"photos": ()} | entry | changes)))


def movement(engine: Engine, name: str = "M1") -> Any:
    with reading(engine) as connection:
        return connection.execute(select(schema.movement).where(schema.movement.c.id == name)).one()


def asked(engine: Engine) -> set[str]:
    """The gates that a manifest is due for."""
    with reading(engine) as connection:
        return set(connection.scalars(select(schema.dispatch.c.gate)))


def audit(engine: Engine, outcome: str = "DONE") -> list[tuple[str, str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(schema.audit).where(schema.audit.c.outcome == outcome)).all()
        return [(row.account, row.act, row.subject) for row in rows if row.act != "DOCUMENT_WRITE"]
