"""What every test may use: the real servers of `tests/servers.py`; and which tests come first."""

from pathlib import Path

import pytest

from tests.databases import database_url, engine, migrated_file, migrated_postgres
from tests.servers import browser, chromium, embedded_broker, gpsd, mosquitto, postgres, postgres_url, victoria_metrics

__all__ = [
    "browser",
    "chromium",
    "database_url",
    "embedded_broker",
    "engine",
    "gpsd",
    "migrated_file",
    "migrated_postgres",
    "mosquitto",
    "postgres",
    "postgres_url",
    "victoria_metrics",
]

SLOW_FIRST = ("system", "simulation")  # a file that is begun last keeps one worker busy while the others have nothing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in SLOW_FIRST)
