"""Many equal rows in one go, past SQLAlchemy's handling of each parameter: for the tables that every record touches.

It costs SQLAlchemy 10 to 20 µs a row to prepare what the driver then takes as it is, and SQLite half of a row's own
cost to be called once for each row instead of once for many (tests/bench/ingest.py).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Table

CHUNK_ROWS = 50  # in one statement, which SQLite prepares once and keeps; what is left over goes row by row


def insert_rows(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert tuples in the order of `names`; JSON must come as text."""
    columns = tuple(table.c[name].name for name in names)
    if connection.dialect.name == "sqlite":
        many = _insert(table.name, columns, "?", CHUNK_ROWS)
        rows = _in_chunks(connection, many, rows)
    if rows:
        connection.exec_driver_sql(_insert(table.name, columns, _mark(connection), 1), list(rows))


def update_rows(
    connection: Connection, table: Table, names: Sequence[str], key: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Set `names` to the values of each tuple, whose last value is the `key` of the row."""
    columns = tuple(table.c[name].name for name in (*names, key))
    if connection.dialect.name == "sqlite":
        rows = _in_chunks(connection, _update_many(table.name, columns), rows)
    if rows:
        mark = _mark(connection)
        values = ", ".join(f'"{name}" = {mark}' for name in columns[:-1])
        statement = f'UPDATE "{table.name}" SET {values} WHERE "{columns[-1]}" = {mark}'  # noqa: S608 - names of our schema
        connection.exec_driver_sql(statement, list(rows))


def fetch(connection: Connection, statement: str, values: Iterable[str], *, lock: str = "") -> Sequence[Any]:
    """Run a SELECT of ours, in which {among} stands for "is one of `values`": one parameter, however many.

    `lock` names the table whose rows are locked on PostgreSQL; SQLite has one writer at a time.
    """
    if connection.dialect.name == "sqlite":
        listed = msgspec.json.encode(list(values)).decode()
        return connection.exec_driver_sql(
            statement.format(among="IN (SELECT value FROM json_each(?))"), (listed,)
        ).fetchall()
    locking = f" FOR UPDATE OF {lock}" if lock else ""
    return connection.exec_driver_sql(statement.format(among="= ANY(%s)") + locking, (list(values),)).fetchall()


def _in_chunks(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """Run the statement for each whole chunk of rows; return what is left over."""
    whole = len(rows) - len(rows) % CHUNK_ROWS
    for start in range(0, whole, CHUNK_ROWS):
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(rows[start : start + CHUNK_ROWS])))
    return rows[whole:]


@lru_cache(maxsize=32)
def _insert(table: str, columns: tuple[str, ...], mark: str, count: int) -> str:
    quoted = ", ".join(f'"{name}"' for name in columns)
    marks = "(" + ", ".join([mark] * len(columns)) + ")"
    return f'INSERT INTO "{table}" ({quoted}) VALUES {", ".join([marks] * count)}'  # noqa: S608 - names of our schema


@lru_cache(maxsize=32)
def _update_many(table: str, columns: tuple[str, ...]) -> str:
    *names, key = columns
    quoted = ", ".join(f'"{name}"' for name in columns)
    marks = "(" + ", ".join("?" * len(columns)) + ")"
    values = ", ".join(f'"{name}" = new."{name}"' for name in names)
    rows = ", ".join([marks] * CHUNK_ROWS)
    return (
        f"WITH new ({quoted}) AS (VALUES {rows}) "  # noqa: S608 - names of our schema
        f'UPDATE "{table}" SET {values} FROM new WHERE "{table}"."{key}" = new."{key}"'
    )


def _mark(connection: Connection) -> str:
    return "%s" if connection.dialect.name == "postgresql" else "?"
