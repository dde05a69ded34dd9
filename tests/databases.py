"""Both databases the cloud runs on: a test that asks for `engine` or `database_url` runs once on each.

`engine` is migrated and empty (a copied file; tables emptied between tests); `database_url` is not migrated and may
be given to a process.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from cloud.store.engine import open_engine, upgrade
from cloud.store.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.servers import Postgres

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of this test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/cloud.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("migrated") / "cloud.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """A migrated PostgreSQL database that the tests use one after the other."""
    url = postgres.database()
    _migrate(url)
    return url


def _migrate(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated, empty database."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "cloud.db")
        engine = open_engine(f"sqlite:///{tmp_path}/cloud.db")
    else:
        engine = open_engine(request.getfixturevalue("migrated_postgres"))
        _empty(engine)
    yield engine
    engine.dispose()


def _empty(engine: Engine) -> None:
    """Take every row out of a PostgreSQL database: a tenth of the time that another database would need."""
    with engine.begin() as connection:
        # as a replica would: the trigger that keeps records from being deleted stands aside
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
