"""A small world of people for tests: two sites, an operator at one of them, offices, and a simulated single window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud.adapters.identity_assertion import Claims, SimulatedWindow, SingleWindow
from cloud.domain.approval import Level
from cloud.domain.authority import Actor, Role
from cloud.domain.companies import Kind
from cloud.registry import places
from cloud.registry.people import companies, offices, specialists
from tests.desks import NOW_MS, SYSTEM, actor, desk_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

RING = [[121.66, 25.07], [121.67, 25.07], [121.67, 25.08], [121.66, 25.08], [121.66, 25.07]]
SITES = ("A1", "B1", "C1")
UBN = "04595257"  # the published example (D3)
OTHER_UBN = "12345675"
YARD, OTHER_YARD, TRUCKS = "YARD-1", "YARD-2", "TRUCKS-1"
ID, RESIDENT, RESIDENT_OLD = "A123456789", "A800000014", "AC01234567"
WINDOW = SimulatedWindow(b"w" * 32)
ASSERTOR = SingleWindow(WINDOW.public_key)
OPERATOR = actor(Role.OPERATOR, "A1", "B1")
CENTRE = actor(Role.CENTRE)


def officer_at(*sites: str) -> Actor:
    return actor(Role.OFFICER, *sites)


def login(now_ms: int = NOW_MS, **changed: Any) -> str:
    """A token of the single window: the operator's business certificate, just now."""
    fields: dict[str, Any] = {"cert": "BUSINESS", "ubn": UBN, "iat": now_ms // 1000, "exp": now_ms // 1000 + 600}
    return WINDOW.token(Claims(**fields | {"jti": "1"} | changed))


def enter_companies(engine: Engine) -> None:
    """Three sites, two operators (the first at A1 and B1, the second at C1), a trucking company."""
    with desk_of(engine, SYSTEM) as desk:
        for code in SITES:
            places.put_site(desk, places.SiteEntry(code=code, name_zh="站", name_en="yard", ring=RING))
        for company, kind, ubn, sites in (
            (YARD, Kind.CONTAINER_YARD, UBN, ("A1", "B1")),
            (OTHER_YARD, Kind.WAREHOUSE, OTHER_UBN, ("C1",)),
            (TRUCKS, Kind.TRUCKING, OTHER_UBN, ()),
        ):
            names = {"name_zh": "公司", "name_en": "company"}
            entry = companies.CompanyEntry(id=company, kind=kind, ubn=ubn, valid_from_ms=0, sites=sites, **names)
            companies.put_company(desk, entry)


def enter_office(engine: Engine, code: str = "KEELUNG", **changed: Any) -> None:
    """An office with one branch (分關), a section (課) and a subsection (股)."""
    with desk_of(engine, SYSTEM) as desk:
        names = {"name_zh": "關", "name_en": "office"}
        offices.put_office(desk, offices.OfficeEntry(code=code, **names | changed))
        for unit, level, parent in (
            ("WUDU", Level.FIRST_LEVEL_HEAD, None),
            ("WUDU-1", Level.SECTION_CHIEF, "WUDU"),
            ("WUDU-1-1", Level.SUBSECTION_CHIEF, "WUDU-1"),
        ):
            entry = offices.UnitEntry(
                office=code, code=unit, name_zh="單位", name_en="unit", level=level, parent=parent
            )
            offices.put_unit(desk, entry)


def enrolment(**changed: Any) -> specialists.EnrolmentEntry:
    """A specialist of the first operator at A1, with everything in order."""
    fields: dict[str, Any] = {"operator": YARD, "assertion": login(), "number": ID, "name": "王小明"}
    return specialists.EnrolmentEntry(**fields | {"phone": "0912345678", "sites": ["A1"]} | changed)


def enrol(engine: Engine, now_ms: int = NOW_MS, **changed: Any) -> str:
    with desk_of(engine, OPERATOR, now_ms) as desk:
        return specialists.enrol(desk, ASSERTOR, enrolment(**{"assertion": login(now_ms)} | changed)).id
