"""Many equal rows in one go, past SQLAlchemy's handling of each parameter: for the tables that every record touches.

It costs SQLAlchemy 10 to 20 µs a row to prepare what the driver then takes as it is (tests/bench/ingest.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table


def insert_rows(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert tuples in the order of `names`; JSON must come as text."""
    if rows:
        columns = ", ".join(f'"{table.c[name].name}"' for name in names)
        marks = ", ".join([_mark(connection)] * len(names))
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', list(rows))  # noqa: S608 - names of our schema


def update_rows(
    connection: Connection, table: Table, names: Sequence[str], key: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Set `names` to the values of each tuple, whose last value is the `key` of the row."""
    if rows:
        mark = _mark(connection)
        values = ", ".join(f'"{table.c[name].name}" = {mark}' for name in names)
        statement = f'UPDATE "{table.name}" SET {values} WHERE "{table.c[key].name}" = {mark}'  # noqa: S608 - names of our schema
        connection.exec_driver_sql(statement, list(rows))


def _mark(connection: Connection) -> str:
    return "%s" if connection.dialect.name == "postgresql" else "?"
