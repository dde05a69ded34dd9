"""INSERT … ON CONFLICT, which both databases know under the same words but SQLAlchemy under two."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Table

    Insert = postgresql.Insert | sqlite.Insert

STATEMENTS_MAX = 64  # kept: it costs more to write one than to run it


def insert_into(connection: Connection, table: Table) -> Insert:
    """Return the database's own INSERT, which can say ON CONFLICT."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows with equal columns, or set all their other columns where the primary key is there already."""
    if not rows:
        return
    connection.execute(_upsert(connection.dialect.name, table, tuple(rows[0])), list(rows))


@lru_cache(maxsize=STATEMENTS_MAX)
def _upsert(dialect: str, table: Table, names: tuple[str, ...]) -> Insert:
    key = [column.name for column in table.primary_key]
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    values = {name: statement.excluded[name] for name in names if name not in key}
    if values:
        return statement.on_conflict_do_update(index_elements=key, set_=values)
    return statement.on_conflict_do_nothing(index_elements=key)


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose keys are not there yet."""
    if rows:
        connection.execute(insert_into(connection, table).on_conflict_do_nothing(), list(rows))
