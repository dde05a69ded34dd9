"""Thousands of badges at one site, entered row by row: for tests of what a manifest can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.store import schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def enter(connection: Connection, site: str, numbers: Iterable[int]) -> None:
    """Badges T0, T1, … of officers who may act at `site` since ever."""
    persons, badges, allowed = [], [], []
    for n in numbers:
        persons.append({"id": f"P-{n}", "created_ms": 0, "updated_ms": 0})
        badge = {"badge_uid": f"05{n:012}", "role": "OFFICER", "may": ["ARRIVE"], "updated_ms": 0}
        badges.append({"staff": f"T{n}", "person": f"P-{n}"} | badge)
        allowed.append({"person": f"P-{n}", "capacity": "OFFICER", "site": site, "valid_from_ms": 0})
    connection.execute(schema.person.insert(), persons)
    connection.execute(schema.staff.insert(), badges)
    connection.execute(schema.authorisation.insert(), allowed)
