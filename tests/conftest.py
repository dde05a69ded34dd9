"""What every test may use: the real servers of `tests/servers.py`."""

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
