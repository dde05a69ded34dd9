"""Opens the database, SQLite or PostgreSQL, with the durability and the transactions that ingest relies on.

Migrations are run from here; what the tables are stands in `schema`.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import create_engine, event, inspect, make_url, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config
    from sqlalchemy import Connection, Engine

SQLITE_CACHE_KB = 32_768  # the default of 2 MB costs ingest 15 %: its indexes are written at random places
BUSY_TIMEOUT_MS = 10_000  # how long a writer waits for another process of the same box
POOL_SIZE = 5
POOL_OVERFLOW = 10
# Any fixed number; it must only differ from CHANGE_LOCK in `changes`.
MIGRATION_LOCK = 0x5EA1_0001
MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaError(Exception):
    """The database's schema is none that this version can bring up to date; the text is for the operator."""


def open_engine(url: str) -> Engine:
    """Return an engine for `sqlite:///…` or `postgresql://…`; nothing is created or migrated.

    On SQLite every transaction takes the write lock at its start (BEGIN IMMEDIATE), since one that reads first
    and writes later fails at once when another process wrote in between; `reading` asks for none.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            json_serializer=_to_json,
            hide_parameters=True,  # what is stored may be personal, and errors are logged
            pool_pre_ping=True,  # the server may have been restarted since the connection was last used
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
        )
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"database url must begin with sqlite:/// or postgresql://, not {parsed.drivername}")
    engine = create_engine(
        parsed,
        json_serializer=_to_json,
        hide_parameters=True,
        json_deserializer=msgspec.json.decode,  # a fifth of the time: a long list of customs reads 100,000 values
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction control commits behind our back; `_begin_sqlite` takes its place.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # a receipt frees the gate's copy: the commit must be on disk
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA cache_size=-{SQLITE_CACHE_KB}")


def _begin_sqlite(connection: Connection) -> None:
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql(f"PRAGMA query_only={int(reads_only)}")
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection inside a transaction that commits at the end and rolls back on an exception."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one moment of the database, cannot write, and waits for no writer."""
    options: dict[str, Any] = {"reads_only": True}
    if engine.dialect.name == "postgresql":
        options |= {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def alembic_config() -> Config:
    """Return Alembic's configuration without a file."""
    from alembic.config import Config  # noqa: PLC0415 -- as in `upgrade`

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema; safe when several processes start at once.

    Raises:
        SchemaError: the database is of a version that this one does not know; it is left as it is.
    """
    if _is_newest(engine):
        return
    from alembic import command  # noqa: PLC0415 -- half a second that a start without migrations need not spend
    from alembic.util import CommandError  # noqa: PLC0415 -- as above

    with engine.connect() as connection:
        _foreign_keys(connection, on=False)
        try:
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
                config = alembic_config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:  # it stands at a revision that this version does not know
            raise SchemaError(f"the database was made by another version of SealGate: {error}") from error
        finally:
            _foreign_keys(connection, on=True)


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    # SQLite alters a table by copying and dropping it: with the keys enforced that would fail, and the switch
    # works only outside a transaction, hence on the driver's own connection.
    if connection.dialect.name == "sqlite":
        driver = connection.connection.dbapi_connection
        if driver is None:
            raise AssertionError("an open connection has a driver connection")
        driver.cursor().execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _is_newest(engine: Engine) -> bool:
    newest = max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == newest)
