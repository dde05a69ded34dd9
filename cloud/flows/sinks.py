"""Gives the series to servers of others, from a checkpoint: a dead one delays nothing here and misses nothing later.

A minute is given again whenever it has grown, and everything is given a second time some while after the first, for
a server that is killed forgets what it said yes to in its last seconds. The same series, gate, lane and minute
overwrite what was there, so that giving again does no harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cloud.store import checkpoints, rollups
from cloud.store.engine import reading, writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from cloud.store.rollups import Minute

MINUTES_PER_WRITE_MAX = 2_000
SETTLE_MS = 30_000  # the second giving comes at least this long after the first
WRITES_PER_STEP_MAX = 50  # then the caller may look whether it should stop


class SinkError(Exception):
    """The server is down, slow or unwilling: nothing is lost, the same points are offered again later."""


class Sink(Protocol):
    """A server that keeps minutes; its name is the key of its checkpoint."""

    @property
    def name(self) -> str:
        """Return a stable name: another name starts from the beginning."""

    def write(self, minutes: Sequence[Minute]) -> None:
        """Return when the server has said that it keeps all of them; SinkError otherwise."""


class Projection:
    """What one sink has been given; the stored checkpoint counts only what it was given twice."""

    def __init__(self, engine: Engine, sink: Sink, settle_ms: int = SETTLE_MS) -> None:
        self._engine, self._sink, self._settle_ms = engine, sink, settle_ms
        self._given: int | None = None  # change up to which the present pass has come; None: start from the checkpoint
        self._ends: tuple[int, int] = (0, 0)  # how far the last but one pass had come, and the last one
        self._turn_ms = 0

    def step(self, now_ms: int) -> int:
        """Give the sink what it lacks; return how many minutes that were.

        Raises:
            SinkError: it could not take them; call again later, with back-off.
        """
        start = self._begin(now_ms)
        written = 0
        for _ in range(WRITES_PER_STEP_MAX):
            with reading(self._engine) as connection:
                minutes = rollups.since(connection, start, MINUTES_PER_WRITE_MAX)
            if not minutes:
                break
            self._given = None  # should the write fail, nobody knows what arrived
            self._sink.write(minutes)
            self._given = start = minutes[-1].change_id
            written += len(minutes)
        self._given = start
        return written

    def _begin(self, now_ms: int) -> int:
        """Return where to go on: where the last step ended or, at every turn, at what has been given only once."""
        if self._given is not None and now_ms - self._turn_ms < self._settle_ms:
            return self._given
        older, last = self._ends if self._given is not None else (0, 0)
        # What the last but one pass gave was given again by the last one, which began `settle_ms` later.
        twice = min(older, self._given or 0)
        with writing(self._engine) as connection:
            checkpoint = checkpoints.position(connection, self._sink.name)
            if twice > checkpoint:
                checkpoint = twice
                checkpoints.advance(connection, self._sink.name, checkpoint, now_ms)
        self._ends = (last, self._given or 0)
        self._turn_ms = now_ms
        return checkpoint
