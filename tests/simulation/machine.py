"""One gate's computer: it can lose power at a named point, and from then on nothing that it still runs has any effect.

Every call to its database and every job for a thread passes here, since the tasks of a gate carry its machine along.
"""

from __future__ import annotations

import contextvars
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    import sqlite3
    from collections.abc import Callable

# Where the power can go inside the database and at the lamp, beside the points that `edge.lane` names itself.
STORE_POINTS = (
    "before the record is written",
    "before the record's commit",
    "after the record's commit",
    "before the high-water mark",
    "after the high-water mark",
    "before the light",
)


class PowerCutError(BaseException):
    """The code that runs now stops here: no handler of the product may catch it."""


_running: contextvars.ContextVar[Machine | None] = contextvars.ContextVar("machine", default=None)


class Machine:
    """One power-up of one gate."""

    def __init__(self, name: str, power_cut: Callable[[Machine, str], None]) -> None:
        self.name = name
        self.alive = True
        self.fails_at: str | None = None  # the next time the flow passes this point, the power goes
        self.connections: list[sqlite3.Connection] = []
        self.writing_record = False
        self._power_cut = power_cut

    def enter(self) -> contextvars.Token[Machine | None]:
        """Make this the machine of the current context."""
        return _running.set(self)

    def passes(self, point: str) -> None:
        """The flow is at a named point."""
        if self.alive and self.fails_at == point:
            self.cut(point)

    def stops_at(self, point: str) -> None:
        """The flow is at a named point outside any call; PowerCutError if the power is gone."""
        self.passes(point)
        if not self.alive:
            raise PowerCutError(point)

    def cut(self, where: str) -> None:
        """The power goes: what was committed is on the disk, nothing else happens any more."""
        self.alive = False
        for connection in self.connections:
            connection.rollback()  # what a new start of SQLite does; closed only when the world ends
        self._power_cut(self, where)

    def scrap(self) -> None:
        """The world ends: let go of the files."""
        self.alive = False
        for connection in self.connections:
            connection.close()


def current() -> Machine | None:
    """The machine that runs this code; None for the rest of the world."""
    return _running.get()


def call(
    loop: asyncio.AbstractEventLoop, function: Callable[[], Any], future: asyncio.Future[Any] | None = None
) -> asyncio.Future[Any]:
    """Call at once what would run in a thread; a machine without power calls nothing and never answers."""
    future = future or loop.create_future()
    machine = current()
    before, after = ("", "") if machine is None else _points_of(function, machine)
    if machine is not None:
        machine.passes(before)
        if not machine.alive:
            return future
    try:
        result, error = function(), None
    except Exception as raised:  # noqa: BLE001 -- whatever is raised goes to the caller, as from a thread
        result, error = None, raised
    if machine is not None:
        if hasattr(result, "set_trace_callback"):  # a new connection to a database
            machine.connections.append(result)
        machine.passes(after)
        if not machine.alive:
            return future
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
    return future


def _points_of(function: Callable[[], Any], machine: Machine) -> tuple[str, str]:
    """The names of the points just before and just after a call; empty where it has none."""
    first = function.args[0] if isinstance(function, partial) and function.args else None
    if isinstance(first, str):
        if first.startswith("INSERT INTO record"):
            machine.writing_record = True
            return "before the record is written", ""
        if first == "COMMIT" and machine.writing_record:
            machine.writing_record = False
            return "before the record's commit", "after the record's commit"
    elif getattr(first, "__qualname__", "") == "HighWater.raise_to":
        return "before the high-water mark", "after the high-water mark"
    return "", ""
