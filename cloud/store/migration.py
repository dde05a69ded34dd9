"""What migrations are made and checked with; `engine.upgrade` runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from cloud.store.engine import MIGRATIONS, reading
from cloud.store.schema import metadata

if TYPE_CHECKING:
    from sqlalchemy import Engine


def alembic_config() -> Config:
    """Return Alembic's configuration without a file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def drift(engine: Engine) -> list[Any]:
    """Return what Alembic would have to change so that the database equals `schema`; empty when they agree."""
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))
