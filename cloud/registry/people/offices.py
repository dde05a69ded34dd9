"""Customs offices: units, levels of approval, areas, and who watches there (R-008, R-009, R-011, A9-12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from cloud.domain.approval import Level
from cloud.domain.authority import Act, Role
from cloud.registry import places
from cloud.registry.contract import checked
from cloud.registry.refusals import Refusal
from cloud.store.registry import offices as rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from cloud.registry.desk import Desk

OfficeCode = Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,16}$(?!\n)")]
UnitCode = Annotated[str, Meta(pattern=r"^[0-9A-Z-]{1,16}$(?!\n)")]


@dataclass(frozen=True, kw_only=True)
class OfficeEntry:
    """What is asked of the register for one office."""

    code: str
    name_zh: str
    name_en: str
    monitoring: str = Role.CENTRE  # CENTRE or JOINT_CENTRE: which unit watches here (A9-12)


@dataclass(frozen=True, kw_only=True)
class UnitEntry:
    """What is asked of the register for one unit of an office."""

    office: str
    code: str
    name_zh: str
    name_en: str
    level: Level  # of its head
    parent: str | None = None  # None: a first-level unit


def put_office(desk: Desk, entry: OfficeEntry) -> bool:
    """Register an office or change it; True if it is new.

    Raises:
        Refusal: FORBIDDEN, INVALID.
    """
    subject = f"office:{entry.code}"
    desk.require(Act.OFFICE_WRITE, subject=subject)
    checked(entry.code, OfficeCode, "code")
    old = rows.find(desk.connection, entry.code)
    row = {"code": entry.code, "name_zh": entry.name_zh, "name_en": entry.name_en, "monitoring": str(entry.monitoring)}
    if old is not None and row == {name: getattr(old, name) for name in row}:
        return False
    rows.save(desk.connection, row | {"updated_ms": desk.now_ms})
    desk.note(Act.OFFICE_WRITE, subject, monitoring=row["monitoring"], new=old is None)
    return old is None


def put_unit(desk: Desk, entry: UnitEntry) -> bool:
    """Register a unit (組、室、分關 > 課 > 股) or change it; True if it is new (R-011).

    Raises:
        Refusal: FORBIDDEN, INVALID, OFFICE-UNKNOWN, UNIT-LEVEL (a parent's head ranks above, first-level has none).
    """
    subject = f"unit:{entry.office}/{entry.code}"
    desk.require(Act.OFFICE_WRITE, subject=subject)
    checked(entry.code, UnitCode, "code")
    require(desk.connection, entry.office)
    old = rows.unit_of(desk.connection, entry.office, entry.code)
    _check_level(desk.connection, entry, old)
    row = {"office": entry.office, "code": entry.code, "parent": entry.parent, "rank": int(entry.level)}
    row |= {"name_zh": entry.name_zh, "name_en": entry.name_en}
    if old is not None and row == {name: getattr(old, name) for name in row}:
        return False
    rows.save_unit(desk.connection, row | {"updated_ms": desk.now_ms})
    desk.note(Act.OFFICE_WRITE, subject, parent=entry.parent, level=entry.level.name, new=old is None)
    return old is None


def _check_level(connection: Connection, entry: UnitEntry, old: Any) -> None:
    if (entry.parent is None) != (entry.level is Level.FIRST_LEVEL_HEAD):
        raise Refusal("UNIT-LEVEL", entry.code)
    if old is not None and old.rank != entry.level:
        raise Refusal("UNIT-LEVEL", f"{entry.code} has been of level {Level(old.rank).name}")
    if entry.parent is not None:
        parent = rows.unit_of(connection, entry.office, entry.parent)
        if parent is None or parent.rank <= entry.level:
            raise Refusal("UNIT-LEVEL", f"{entry.code} under {entry.parent}")


def put_site(desk: Desk, office: str, site: str, from_ms: int | None = None) -> bool:
    """Let a site belong to an office's area from a moment on; True if that is new.

    Raises:
        Refusal: FORBIDDEN, OFFICE-UNKNOWN, SITE-UNKNOWN, VALIDITY (the past, or before a later change).
    """
    subject = f"office:{office}"
    desk.require(Act.OFFICE_WRITE, subject=subject)
    begins_ms = desk.now_ms if from_ms is None else from_ms
    require(desk.connection, office)
    places.require(desk.connection, site)
    held = rows.of_site(desk.connection, site, begins_ms)
    if held is not None and held.code == office:
        return False
    if begins_ms < desk.now_ms or rows.with_area_later(desk.connection, site, begins_ms):
        raise Refusal("VALIDITY", site)
    rows.move_site(desk.connection, office, site, begins_ms)
    desk.note(Act.OFFICE_WRITE, subject, site=site, from_ms=begins_ms)
    return True


def require(connection: Connection, *codes: str) -> None:
    """Raise Refusal OFFICE-UNKNOWN unless every office is in the register."""
    for code in codes:
        if rows.find(connection, code) is None:
            raise Refusal("OFFICE-UNKNOWN", code)


def closers(connection: Connection, kind: str, site: str, at_ms: int) -> frozenset[Role]:
    """Return who may close a case at a site: the centre, and for kind PA the joint centre of the area (R-009).

    Which of the two watches is a setting of the office (A9-12); E cases are closed by the centre alone (R-096).
    """
    office = rows.of_site(connection, site, at_ms)
    joint = kind == "PA" and office is not None and office.monitoring == Role.JOINT_CENTRE
    return frozenset({Role.CENTRE, Role.JOINT_CENTRE} if joint else {Role.CENTRE})
