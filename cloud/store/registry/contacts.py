"""Rows of the contact directory, dated: what was printed last year can still be read (R-010, R-110)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from cloud.store.registry.authorisations import in_force
from cloud.store.schema import contact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row


def history(connection: Connection, code: str) -> Sequence[Row[Any]]:
    """Return all versions of an entry, oldest first."""
    return connection.execute(select(contact).where(contact.c.code == code).order_by(contact.c.valid_from_ms)).all()


def find(connection: Connection, code: str, at_ms: int) -> Row[Any] | None:
    """Return an entry, as of a time."""
    return connection.execute(select(contact).where(contact.c.code == code, *in_force(contact, at_ms))).one_or_none()


def listed(
    connection: Connection,
    at_ms: int,
    *,
    office: str | None = None,
    bodies: Sequence[str] = (),
    procedure: str | None = None,
) -> Sequence[Row[Any]]:
    """Return the directory as of a time: of one office with those for all, of some bodies, of one procedure."""
    rows = select(contact).where(*in_force(contact, at_ms))
    if office is not None:
        rows = rows.where(or_(contact.c.office == office, contact.c.office.is_(None)))
    if bodies:
        rows = rows.where(contact.c.body.in_(bodies))
    if procedure is not None:
        rows = rows.where(or_(contact.c.procedure == procedure, contact.c.procedure.is_(None)))
    return connection.execute(rows.order_by(contact.c.code)).all()


def end(connection: Connection, code: str, at_ms: int) -> bool:
    """End what is in force from a moment on; False where nothing was."""
    ending = update(contact).where(contact.c.code == code, *in_force(contact, at_ms), contact.c.valid_from_ms < at_ms)
    return connection.execute(ending.values(valid_to_ms=at_ms)).rowcount > 0


def add(connection: Connection, row: dict[str, Any]) -> None:
    """Add a version; IntegrityError where somebody has just done so."""
    connection.execute(insert(contact).values(row))
