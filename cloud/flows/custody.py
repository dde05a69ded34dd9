"""What custody does by itself: missing papers are asked for again, documents whose time is over go (D5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.domain.authority import Actor, Role
from cloud.registry import holds
from cloud.registry.desk import at_desk
from cloud.store.engine import reading, writing
from cloud.store.registry import documents
from cloud.store.registry import holds as hold_rows

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from cloud.store.document_files import Shelf

BATCH_MAX = 200
HALF_WRITTEN_MS = 3_600_000  # nobody writes one document for an hour
CLOUD = Actor(account="cloud", roles=frozenset({Role.SYSTEM}))


def chase(engine: Engine, now_ms: int) -> int:
    """Ask again for the papers of holds; returns how many were chased."""
    with reading(engine) as connection:
        if not hold_rows.any_to_chase(connection, now_ms):
            return 0
    with at_desk(engine, CLOUD, now_ms) as desk:
        return holds.chase(desk)


def expire(engine: Engine, shelf: Shelf, now_ms: int, unclaimed_before_ms: int) -> int:
    """Take documents away whose purpose is over, and those that nothing came to rest on; returns how many."""
    with writing(engine) as connection:
        due = documents.due(connection, now_ms, unclaimed_before_ms, BATCH_MAX)
        for row in due:
            documents.change(connection, row.sha256, {"removed_ms": now_ms})
        # Before the commit: bytes that outlive their row would never be found again, a row without bytes says so.
        for row in due:
            shelf.remove(row.sha256)
    return len(due)


def tidy(engine: Engine, shelf: Shelf, now_ms: int) -> int:
    """Take away what no row names: half-written files, and documents whose act was rolled back; returns how many."""
    swept = shelf.sweep(now_ms - HALF_WRITTEN_MS)
    old = shelf.older(now_ms - HALF_WRITTEN_MS)
    for start in range(0, len(old), BATCH_MAX):
        names = old[start : start + BATCH_MAX]
        with reading(engine) as connection:
            strays = set(names) - documents.present(connection, names)
        for name in strays:
            shelf.remove(name)
        swept += len(strays)
    return swept
