"""Virtual time: an event loop on which waiting costs nothing, aiosqlite without its thread, clocks that can be wrong.

What the simulated world does with them stands in `world.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import selectors
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

import aiosqlite.core

from schemas.messages import EventTime, Quality
from tests.simulation import machine

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

EPOCH = datetime(2026, 3, 1, tzinfo=UTC)  # virtual second 0
NTP_BOUND_MS = 50
WIND_UP_ROUNDS_MAX = 20


class DeadlockError(AssertionError):
    """Nothing is scheduled and nothing ever will be: the world has come to a stop."""


class _Selector(selectors.SelectSelector):
    """asyncio asks to wait for input: there is none, so the clock moves on instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise DeadlockError("no task can ever run again")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time whose order of ready callbacks is drawn from the seed."""

    def __init__(self, chance: random.Random) -> None:
        self._virtual = _Selector()
        self._chance = chance
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now_s

    def _run_once(self) -> None:
        ready = self._ready  # type: ignore[attr-defined]  # the order of ready callbacks is what a seed explores
        if len(ready) > 1:
            order = list(ready)
            self._chance.shuffle(order)
            ready.clear()
            ready.extend(order)
        super()._run_once()  # type: ignore[misc]

    def run_in_executor(self, executor: object, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Call at once: a thread would make the trace depend on the machine."""
        del executor
        return machine.call(self, partial(func, *args) if args else func)

    def wind_up(self) -> None:
        """End whatever still runs and close."""
        self.set_exception_handler(lambda *_: None)
        for _ in range(WIND_UP_ROUNDS_MAX):
            if not (left := asyncio.all_tasks(self)):
                break
            for task in left:
                task.cancel()
            self.run_until_complete(asyncio.sleep(0))
        self.close()

    def _asyncgen_finalizer_hook(self, agen: Any) -> None:
        """Leave a generator alone that nobody runs any more: its machine lost power in the middle of it."""
        self._asyncgens.discard(agen)  # type: ignore[attr-defined]


class VirtualClock:
    """The `edge.ports.Clock` of one machine: it runs with the world, and can be set wrong."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.error_s = 0.0  # what somebody did to the wall clock
        self.quality = Quality.NTP

    def now(self) -> EventTime:
        at = EPOCH + timedelta(seconds=self._loop.time() + self.error_s)
        bound_ms = NTP_BOUND_MS if self.quality is Quality.NTP else None
        return EventTime(at=at, quality=self.quality, bound_ms=bound_ms)

    def monotonic_s(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _InlineQueue:
    """Takes the place of aiosqlite's queue to its thread: a call is made as it is put, its result comes next turn."""

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, function = item
        if future is None:
            function()
        else:
            machine.call(future.get_loop(), function, future)


class _NoThread:
    def __init__(self, *_: object, **__: object) -> None: ...

    def start(self) -> None: ...


def _silent(_connection: aiosqlite.core.Connection) -> None: ...


@contextlib.contextmanager
def inline_sqlite() -> Iterator[None]:
    """Let every aiosqlite connection that is opened inside run without a thread."""
    with (
        mock.patch.object(aiosqlite.core, "Thread", _NoThread),
        mock.patch.object(aiosqlite.core, "SimpleQueue", _InlineQueue),
        mock.patch.object(aiosqlite.core.Connection, "__del__", _silent),  # a power cut closes nothing
    ):
        yield
        gc.collect()  # connections that lost power go while nothing complains of them
