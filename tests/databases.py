"""Both databases the cloud runs on: a test that asks for `engine` or `database_url` runs once on each.

`engine` is migrated; `database_url` is empty and may be given to a process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloud.store.engine import open_engine, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of this test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/cloud.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated database of this test's own."""
    engine = open_engine(database_url)
    upgrade(engine)
    yield engine
    engine.dispose()
