"""Which seals are dead, since when and where: what people entered that ends a seal's life (R-063)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from cloud.domain.history import Death
from cloud.store.bulk import fetch
from cloud.store.schema import opening

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

# asked of every batch: the states are the index's own, so that living seals cost a look at a small index
_SCRAPPED = (
    "SELECT seal.uid, COALESCE(seal_step.event_ms, seal_step.at_ms), seal_step.site FROM seal"
    " JOIN seal_step ON seal_step.seal_no = seal.seal_no AND seal_step.step = 'SCRAP'"
    " WHERE seal.uid {among} AND seal.state NOT IN ('STOCK', 'ISSUED')"
)


def scrapped(connection: Connection, uids: Collection[str]) -> dict[str, tuple[Death, ...]]:
    """Return by UID when seals were scrapped; once each, for none comes back."""
    rows = fetch(connection, _SCRAPPED, sorted(uids)) if uids else ()
    return {uid: (Death("SCRAPPED", at_ms, site),) for uid, at_ms, site in rows}


def opened(connection: Connection, movements: Collection[str]) -> dict[str, tuple[Death, ...]]:
    """Return by movement when its seal was opened on the way (R-012)."""
    if not movements:
        return {}
    rows = connection.execute(select(opening).where(opening.c.movement.in_(movements)))
    return {row.movement: (Death("OPENED", row.opened_ms, row.site),) for row in rows}
