"""Both databases the cloud runs on: a test that asks for `engine` or `database_url` runs once on each.

`engine` is migrated, as a copy of one that was migrated once; `database_url` is empty and may be given to a process.
"""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text

from cloud.store.engine import open_engine, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.servers import Postgres

DATABASES = ("sqlite", "postgresql")
_COPIES = itertools.count(1)


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
def migrated_template(postgres: Postgres) -> str:
    """The URL of a migrated PostgreSQL database to copy."""
    url = postgres.database()
    _migrate(url)
    return url


def _migrate(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated database of this test's own."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "cloud.db")
        engine = open_engine(f"sqlite:///{tmp_path}/cloud.db")
    else:
        engine = open_engine(_copied(request.getfixturevalue("migrated_template")))
    yield engine
    engine.dispose()


def _copied(template: str) -> str:
    """Copy a PostgreSQL database; its own copying is a tenth of the time of a migration."""
    url = make_url(template)
    copy = f"copy_{next(_COPIES)}"
    server = open_engine(url.set(database="postgres").render_as_string(hide_password=False))
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'CREATE DATABASE "{copy}" TEMPLATE "{url.database}"'))
    server.dispose()
    return url.set(database=copy).render_as_string(hide_password=False)
