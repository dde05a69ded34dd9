"""Rules that fire on silence: movements whose next check is due are folded and judged again (R-088, B0).

An indexed due time says which; nothing is scanned. A heartbeat that proves a site silent makes its doubtful cases due.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud.flows.evaluate import evaluate
from cloud.store import changes, dispatches, folds
from cloud.store.engine import reading, writing

if TYPE_CHECKING:
    from sqlalchemy import Engine

ROUNDS_MAX = 50  # batches in one call, so that the caller's stop signal is seen


def check_due(engine: Engine, now_ms: int) -> int:
    """Judge every movement that is due and return how many were; safe to run again and by several processes.

    Each batch is one transaction. An error of the database is raised: what was not committed stays due.
    """
    judged = 0
    for _ in range(ROUNDS_MAX):
        with reading(engine) as connection:  # a look that takes no lock: most calls end here
            if not folds.any_due(connection, now_ms):
                break
        with writing(engine) as connection:
            kept = folds.due(connection, now_ms)
            effects = evaluate(connection, kept, (), now_ms)
            dispatches.ask(connection, now_ms, sites=effects.sites)
            changes.append(connection, effects.changes, now_ms)
        judged += len(kept)
        if not kept:  # another sweep holds them
            break
    return judged
