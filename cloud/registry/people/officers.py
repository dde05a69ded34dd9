"""Officers (關員): office, unit, level of approval, duties, and where they are posted (R-006, R-008, R-011)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloud.domain.approval import DUTY_OF_CASE, Duty, Level
from cloud.domain.authority import Act
from cloud.registry import places
from cloud.registry.people import authorising, offices, persons
from cloud.registry.people.authorising import Capacity
from cloud.registry.refusals import Refusal
from cloud.store.registry import authorisations
from cloud.store.registry import offices as office_rows
from cloud.store.registry import persons as rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from cloud.registry.desk import Desk
    from cloud.registry.people.persons import Known

SITES_MAX = 200


@dataclass(frozen=True, kw_only=True)
class OfficerEntry:
    """What is asked of the register for one officer, from now on."""

    name: str | None  # None: as the register knows it
    office: str
    unit: str
    duties: Collection[Duty] = ()
    level: Level | None = None  # of approval, as head of the unit
    sites: Collection[str] = ()
    number: str | None = None  # 身分證字號, if it is kept
    phone: str | None = None
    person: str | None = None  # None: a new one


def put_officer(desk: Desk, entry: OfficerEntry) -> Known:
    """Register an officer, or change post and places from now on; what was before stays on record.

    Raises:
        Refusal: FORBIDDEN, OFFICE-UNKNOWN, UNIT-UNKNOWN, UNIT-LEVEL (another than the head's), SITE-UNKNOWN,
            SITE-FULL, and those of `persons.meet`.
    """
    desk.require(Act.OFFICER_WRITE, subject=f"person:{entry.person or ''}")
    offices.require(desk.connection, entry.office)
    unit = office_rows.unit_of(desk.connection, entry.office, entry.unit)
    if unit is None:
        raise Refusal("UNIT-UNKNOWN", f"{entry.office}/{entry.unit}")
    if entry.level is not None and entry.level != unit.rank:
        raise Refusal("UNIT-LEVEL", f"the head of {entry.unit} is {Level(unit.rank).name}")
    if len(entry.sites) > SITES_MAX:
        raise Refusal("INVALID", f"sites: at most {SITES_MAX}")
    places.require(desk.connection, *entry.sites)
    who = persons.PersonEntry(name=entry.name, number=entry.number, phone=entry.phone)
    known = persons.meet(desk, who, entry.person)
    posted = _post(desk, known.id, entry)
    before = authorisations.sites_of(desk.connection, known.id, desk.now_ms, Capacity.OFFICER)
    authorising.move(desk, known.id, Capacity.OFFICER, entry.sites)
    if posted or known.new or set(before) != set(entry.sites):
        noted = {"office": entry.office, "unit": entry.unit, "sites": sorted(set(entry.sites))}
        desk.note(Act.OFFICER_WRITE, f"person:{known.id}", level=None if entry.level is None else entry.level.name,
                  **noted)  # fmt: skip
    return known


def _post(desk: Desk, person: str, entry: OfficerEntry) -> bool:
    row: dict[str, Any] = {
        "office": entry.office,
        "unit": entry.unit,
        "duties": sorted(str(duty) for duty in set(entry.duties)),
    }
    row |= {"level": None if entry.level is None else int(entry.level)}
    old = rows.post_of(desk.connection, person, desk.now_ms)
    if old is not None and row == {name: getattr(old, name) for name in row}:
        return False
    if old is not None and old.valid_from_ms < desk.now_ms:
        rows.end_post(desk.connection, person, desk.now_ms)
    rows.save_post(desk.connection, row | {"person": person, "valid_from_ms": desk.now_ms, "valid_to_ms": None})
    return True


def end_officer(desk: Desk, person: str) -> None:
    """End an officer's post and every authorisation as officer, now.

    Raises:
        Refusal: FORBIDDEN, NOT-FOUND.
    """
    desk.require(Act.OFFICER_WRITE, subject=f"person:{person}")
    if rows.post_of(desk.connection, person, desk.now_ms) is None:
        raise Refusal("NOT-FOUND", person)
    rows.end_post(desk.connection, person, desk.now_ms)
    ended = authorising.end(desk, person, Capacity.OFFICER, authorisations.sites_ever(desk.connection, person))
    desk.note(Act.OFFICER_WRITE, f"person:{person}", ended=ended)


def approvers(connection: Connection, office: str, unit: str, level: Level, at_ms: int) -> list[str]:
    """Return who may approve at `level` for a unit: heads of it and of the units above it, lowest first (R-011).

    Raises:
        Refusal: UNIT-UNKNOWN.
    """
    line, code = set(), unit
    while code is not None and code not in line:
        found = office_rows.unit_of(connection, office, code)
        if found is None:
            raise Refusal("UNIT-UNKNOWN", f"{office}/{code}")
        line.add(code)
        code = found.parent
    return [row.person for row in rows.posts_at_level(connection, office, level, at_ms) if row.unit in line]


def looking_after(connection: Connection, code: str, site: str, at_ms: int) -> list[str]:
    """Return the officers at a site whose duty a case of this code is: S2 departure, the others arrival (R-006)."""
    duty = DUTY_OF_CASE.get(code, Duty.SUPERVISION)
    return [row.person for row in rows.posts_at_site(connection, site, at_ms) if duty in row.duties]
