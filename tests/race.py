"""Several works at once: who wins, and what the others are told.

`engine` is asked for its connections beforehand, so that opening one decides nothing.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from cloud.registry.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Engine

T = TypeVar("T")
PATIENCE_S = 30.0


def race(engine: Engine, *works: Callable[[], T]) -> list[T | Exception]:
    """Run works without arguments in a thread each, begun together; return their results or exceptions in order."""
    with ExitStack() as stack:
        for _ in works:
            stack.enter_context(engine.connect())  # the pool keeps them
    start = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T | Exception:
        start.wait(PATIENCE_S)
        try:
            return work()
        except Exception as error:  # noqa: BLE001 -- the outcome is what the test asks for
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result(PATIENCE_S) for one in [pool.submit(run, work) for work in works]]


def one_wins(outcomes: Sequence[object], *codes: str) -> None:
    """Assert that exactly one work came through and every other was refused with one of these codes."""
    said = sorted(_said(one) for one in outcomes)
    assert said.count("won") == 1, said
    assert set(said) <= {"won", *codes}, said


def _said(outcome: object) -> str:
    if isinstance(outcome, Refusal):
        return outcome.code
    return repr(outcome) if isinstance(outcome, Exception) else "won"
