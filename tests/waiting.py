"""Waiting for something to become true, with a deadline: the only way in which a test waits.

No test sleeps: it says what it waits for, and fails with that sentence when the deadline passes.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

POLL_S = 0.02
TIMEOUT_S = 10.0


def pause(seconds: float) -> None:
    """Let `seconds` of wall time pass; for drivers that offer load at a rate, never to wait for a result."""
    threading.Event().wait(seconds)


def wait_for(predicate: Callable[[], T], timeout_s: float = TIMEOUT_S, *, what: str = "", every_s: float = POLL_S) -> T:
    """Ask `predicate` until it is truthy and return its value; AssertionError after `timeout_s`."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline_s:
            raise AssertionError(_sentence(predicate, value, timeout_s, what))
        pause(every_s)


async def eventually(
    predicate: Callable[[], T | Awaitable[T]],
    timeout_s: float = TIMEOUT_S,
    *,
    what: str = "",
    every_s: float = POLL_S,
) -> T:
    """Ask `predicate` (plain or async) until it is truthy and return its value; AssertionError after `timeout_s`."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        answer = predicate()
        value = cast("T", await answer if inspect.isawaitable(answer) else answer)
        if value:
            return value
        if time.monotonic() > deadline_s:
            raise AssertionError(_sentence(predicate, value, timeout_s, what))
        await asyncio.sleep(every_s)


def _sentence(predicate: Callable[[], object], value: object, timeout_s: float, what: str) -> str:
    name = what or getattr(predicate, "__qualname__", repr(predicate))
    return f"not within {timeout_s:g} s: {name} (last value: {value!r})"
