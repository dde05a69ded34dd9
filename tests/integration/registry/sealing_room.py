"""What the tests of sealing share: two sites, seals of both kinds, and entries that are right in every field."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from cloud.domain.authority import Role
from cloud.registry import orders, places, stock
from cloud.registry.sealing import pairings
from cloud.registry.sealing.declared import PairingEntry
from cloud.registry.stock import scraps
from tests.desks import NOW_MS, SYSTEM, actor, desk_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cloud.domain.authority import Actor

ORIGIN, DESTINATION = "003A1001", "003B2002"
RING = [(121.66, 25.07), (121.67, 25.07), (121.67, 25.08), (121.66, 25.08), (121.66, 25.07)]
CONTAINER = "CSQU3054383"
DECLARATION = "AA151123000001"
PAYER = "04595257"
OFFICER = actor(Role.OFFICER, ORIGIN)
SPECIALIST = actor(Role.SPECIALIST, ORIGIN)
OPERATOR = actor(Role.OPERATOR, ORIGIN)
CENTRE = actor(Role.CENTRE)
MINUTE_MS = 60_000
LATER_MS = NOW_MS + 60 * MINUTE_MS

_numbers = count(1)


def enter_sites(engine: Engine) -> None:
    with desk_of(engine, SYSTEM) as desk:
        for code in (ORIGIN, DESTINATION):
            places.put_site(desk, places.SiteEntry(code=code, name_zh="站", name_en="yard", ring=RING))


def seal(engine: Engine, kind: str = "E") -> str:
    """A seal fresh from the register."""
    number = next(_numbers)
    seal_no = f"K{kind[0]}26{number:07d}"
    with desk_of(engine, SYSTEM) as desk:
        stock.put_seal(desk, stock.SealEntry(seal_no=seal_no, uid=f"04{number:012X}", kind=kind))
    return seal_no


def scrap(engine: Engine, seal_no: str, who: Actor = OFFICER) -> None:
    """報廢登錄 of a seal that cannot be read."""
    with desk_of(engine, who) as desk:
        scraps.scrap(desk, seal_no, "無法讀取")


def entry(seal_no: str, **changed: Any) -> PairingEntry:
    fields: dict[str, Any] = {"seal_no": seal_no, "container": CONTAINER, "origin": ORIGIN, "document": DECLARATION}
    return PairingEntry(**fields | {"destination": DESTINATION, "payer": PAYER} | changed)


def pair(engine: Engine, seal_no: str, who: Actor = OFFICER, *, at_ms: int = NOW_MS, **changed: Any) -> str:
    """Pair at the desk and return the movement's name."""
    with desk_of(engine, who, at_ms) as desk:
        return pairings.pair(desk, entry(seal_no, **changed)).movement


def order(seal_no: str | None, number: str = "AA15110459525700001", **changed: Any) -> orders.OrderEntry:
    kind = orders.TYPE_PA if seal_no is not None and seal_no.startswith("KP") else orders.TYPE_E
    fields: dict[str, Any] = {
        "number": number,
        "origin": ORIGIN,
        "destination": DESTINATION,
        "container": CONTAINER,
        "plate": "KLA-0001",
        "departs_ms": None,
        "seals": [] if seal_no is None else [orders.SealBlock(type=kind, number=seal_no)],
        "classes": {},
        "cargo": [orders.CargoLine(document=DECLARATION)],
    }
    return orders.OrderEntry(**fields | changed)


def put(engine: Engine, wanted: orders.OrderEntry, who: Actor = SYSTEM, *, at_ms: int = NOW_MS) -> bool:
    with desk_of(engine, who, at_ms) as desk:
        return orders.put_order(desk, wanted)
