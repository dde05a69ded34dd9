"""Opens the papers that lanes sealed to us, once record and file are both there, whichever came first (R-069, R-070).

What does not open stays as it came and says why; another key may open it after the next start.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from cloud.domain.authority import Actor, Role
from cloud.registry.desk import at_desk
from cloud.registry.holds import lane_papers as registry
from cloud.registry.refusals import Refusal
from cloud.store.engine import reading, writing
from cloud.store.registry import lane_papers as rows
from schemas.envelope import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from cloud.registry.desk import Desk
    from cloud.registry.vault import Vault
    from cloud.store.document_files import Shelf

PAPERS_PER_ROUND_MAX = 20  # each is some megabytes
WRONG_KEY = "SEALED-KEY"

_log = logging.getLogger(__name__)


class Opens(Protocol):
    """The cloud's keys of papers."""

    def open(self, jwe: bytes) -> bytes:
        """Return what was sealed; raises only Rejected."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """Where papers come from, what opens them, and where they go."""

    folder: Path  # of what gates put up
    keys: Opens
    vault: Vault
    shelf: Shelf


def begin(engine: Engine) -> int:
    """Let papers that were sealed to a key we had not be tried again; returns how many."""
    with writing(engine) as connection:
        return rows.try_again(connection, WRONG_KEY)


def settle(engine: Engine, room: Room, now_ms: int) -> int:
    """Open what is here and lay it to its hold; returns how many papers moved on.

    One that cannot be read for a reason of ours (disk, database) holds up no other; its error is raised at the end.
    """
    with reading(engine) as connection:
        due = rows.due(connection, PAPERS_PER_ROUND_MAX)
    failed = list[Exception]()
    for row in due:
        try:
            if row.document is None:
                _open(engine, room, row, now_ms)
            else:
                _attempt(engine, room, row, now_ms, partial(registry.give, row=row, hold_id=row.target))
        except Exception as error:  # noqa: BLE001 -- whatever it was, the other papers are not to wait for it
            failed.append(error)
    if failed:
        raise failed[0]
    return len(due)


def _open(engine: Engine, room: Room, row: Any, now_ms: int) -> None:
    try:
        content = room.keys.open((room.folder / row.path).read_bytes())
    except Rejected as error:
        _fault(engine, row, error.code)
        return
    _attempt(engine, room, row, now_ms, partial(registry.file_paper, row=row, content=content))


def _attempt(engine: Engine, room: Room, row: Any, now_ms: int, work: Callable[[Desk], None]) -> None:
    """Do one step for one paper; a refusal is its fault and is nobody else's, CONFLICT is tried again."""
    actor = Actor(account="cloud", roles=frozenset({Role.SYSTEM}), sites=frozenset({row.site}))
    try:
        with at_desk(engine, actor, now_ms, room.vault, room.shelf) as desk:
            work(desk)
    except Refusal as refusal:
        if refusal.code != "CONFLICT":
            _fault(engine, row, refusal.code)


def _fault(engine: Engine, row: Any, code: str) -> None:
    _log.warning("paper %d of gate %s waits for an officer: %s", row.id, row.gate, code)
    with writing(engine) as connection:
        rows.change(connection, row.id, {"fault": code})
