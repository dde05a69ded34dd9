"""Lets go of files that no event ever named, so that a gate's lost records cannot block its pictures for ever.

Tests and diagnostics are named by none: the newest of each gate stay for a while, the others go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.store import photos
from cloud.store.engine import reading, writing
from cloud.store.photo_files import forget_partials

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

BATCH_MAX = 500
CARE_KEPT = 20  # of a gate and kind


def expire(engine: Engine, folder: Path, before_ms: int) -> int:
    """Remove unclaimed pictures that came before a moment; returns how many. Evidence is never touched (R-056)."""
    forget_partials(folder, before_ms / 1000)
    trimmed = trim(engine, folder)
    with reading(engine) as connection:
        if not photos.forgotten(connection, before_ms, 1):
            return trimmed
    with writing(engine) as connection:
        gone = photos.forgotten(connection, before_ms, BATCH_MAX)
        alone = [row.path for row in gone if photos.remove(connection, row.gate, row.sha256)]
    for path in alone:
        file = folder / path
        # put up once more meanwhile: then the file is younger than what we let go of
        if file.exists() and file.stat().st_mtime_ns // 1_000_000 < before_ms:
            file.unlink(missing_ok=True)
    return len(gone) + trimmed


def trim(engine: Engine, folder: Path) -> int:
    """Remove answers to commands beyond the newest of each gate; returns how many."""
    with reading(engine) as connection:
        if not photos.surplus(connection, CARE_KEPT, 1):
            return 0
    with writing(engine) as connection:
        gone = photos.surplus(connection, CARE_KEPT, BATCH_MAX)
        alone = [row for row in gone if photos.remove(connection, row.gate, row.sha256)]
    for row in alone:
        file = folder / row.path
        # put up once more meanwhile, perhaps as evidence: then the file is younger than the row we let go of
        if file.exists() and file.stat().st_mtime_ns // 1_000_000 <= row.received_ms:
            file.unlink(missing_ok=True)
    return len(gone)
