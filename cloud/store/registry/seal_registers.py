"""Rows of the seal registers: issues, uses, and the steps of each seal. They only grow: a correction is a new row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from cloud.store.schema import seal_issue, seal_step, seal_use

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row, Table

REGISTERS: dict[str, tuple[Table, str]] = {  # with the column that dates a row
    "issues": (seal_issue, "issued_ms"),
    "uses": (seal_use, "paired_ms"),
    "steps": (seal_step, "at_ms"),
}


def add_issue(connection: Connection, row: dict[str, Any]) -> int:
    """Add an issue and return its number; IntegrityError where it overlaps one in force."""
    return int(connection.execute(insert(seal_issue).values(row).returning(seal_issue.c.id)).scalar_one())


def add_use(connection: Connection, row: dict[str, Any]) -> int:
    """Add a use and return its number; IntegrityError where the movement has one."""
    return int(connection.execute(insert(seal_use).values(row).returning(seal_use.c.id)).scalar_one())


def add_step(connection: Connection, row: dict[str, Any]) -> None:
    """Add a step of a seal."""
    connection.execute(insert(seal_step).values(row))


def find(connection: Connection, register: str, number: int) -> Row[Any] | None:
    """Return one row of a register."""
    table, _ = REGISTERS[register]
    return connection.execute(select(table).where(table.c.id == number)).one_or_none()


def corrected(connection: Connection, register: str, number: int) -> bool:
    """Whether a row has been corrected."""
    table, _ = REGISTERS[register]
    return connection.scalar(select(table.c.id).where(table.c.corrects == number)) is not None


def issue_of(connection: Connection, prefix: str, width: int, count: int) -> Row[Any] | None:
    """Return the issue in force that a number belongs to."""
    newer = seal_issue.alias("newer")
    series = (seal_issue.c.prefix == prefix, seal_issue.c.width == width)
    inside = (seal_issue.c.first <= count, seal_issue.c.last >= count)
    in_force = ~select(newer.c.id).where(newer.c.corrects == seal_issue.c.id).exists()
    return connection.execute(select(seal_issue).where(*series, *inside, in_force)).one_or_none()


def in_force(connection: Connection, prefix: str, width: int) -> Sequence[Row[Any]]:
    """Return the issues in force of one series of numbers, by their first number; they do not overlap."""
    newer = seal_issue.alias("newer")
    uncorrected = ~select(newer.c.id).where(newer.c.corrects == seal_issue.c.id).exists()
    rows = select(seal_issue).where(seal_issue.c.prefix == prefix, seal_issue.c.width == width, uncorrected)
    return connection.execute(rows.order_by(seal_issue.c.first)).all()


def steps_of(connection: Connection, seal_no: str) -> Sequence[Row[Any]]:
    """Return what became of a seal, oldest first."""
    rows = select(seal_step).where(seal_step.c.seal_no == seal_no)
    return connection.execute(rows.order_by(seal_step.c.id)).all()


def sites_of(connection: Connection, seal_no: str) -> list[str]:
    """Return the places whose register tells of a seal, the first first."""
    return [row.site for row in steps_of(connection, seal_no) if row.site is not None]


def listed(  # noqa: PLR0913 -- what a register is asked by
    connection: Connection,
    register: str,
    after: int,
    limit: int,
    *,
    sites: Collection[str] | None,
    from_ms: int,
    to_ms: int,
    kind: str | None = None,
) -> Sequence[Row[Any]]:
    """Return up to `limit` rows above `after`, dated from `from_ms` to before `to_ms`, of these sites (None: all)."""
    table, dated = REGISTERS[register]
    rows = select(table).where(table.c.id > after, table.c[dated] >= from_ms, table.c[dated] < to_ms)
    if sites is not None:
        rows = rows.where(table.c.site.in_(sites))
    if kind is not None and "kind" in table.c:
        rows = rows.where(table.c.kind == kind)
    return connection.execute(rows.order_by(table.c.id).limit(limit)).all()
