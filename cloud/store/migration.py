"""What migrations are checked with; `engine.upgrade` runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from cloud.store.engine import reading
from cloud.store.schema import metadata

if TYPE_CHECKING:
    from sqlalchemy import Engine


def drift(engine: Engine) -> list[Any]:
    """Return what Alembic would have to change so that the database equals `schema`; empty when they agree."""
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))
