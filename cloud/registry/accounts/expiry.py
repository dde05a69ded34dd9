"""What is over and goes by itself: sessions, unused links, failed attempts, kept answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.registry.accounts.sessions import ATTEMPTS_KEPT_MS
from cloud.store.engine import writing
from cloud.store.registry import accounts, answers, sessions

if TYPE_CHECKING:
    from sqlalchemy import Engine

ANSWERS_KEPT_MS = 7 * 24 * 3_600_000  # so long may a caller that was cut off ask again under its key


def expire(engine: Engine, idle_ms: int, now_ms: int) -> None:
    """Remove what is over by now."""
    with writing(engine) as connection:
        sessions.drop_old(connection, now_ms, idle_ms)
        accounts.drop_old_links(connection, now_ms)
        accounts.forget_old_attempts(connection, now_ms - ATTEMPTS_KEPT_MS)
        answers.drop_old(connection, now_ms - ANSWERS_KEPT_MS)
