"""Commands already carried out, by id, with how they ended: a repeated one is answered again, not repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from edge.store.database import Database

KEPT_MAX = 1_000


class Outcome(NamedTuple):
    """How a command ended, as the reply to the cloud says it."""

    outcome: Literal["DONE", "REFUSED", "FAILED"]
    note: str = ""
    sha256: str | None = None  # of what goes up as its answer


class CommandStore:
    """The latest commands of one gate."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, name: str, at_ms: int) -> Outcome | None:
        """Note that a command is begun; return how the first time ended if it was seen before."""
        async with self._database.transaction() as transaction:
            seen = await transaction.rows("SELECT outcome, note, sha256 FROM command WHERE id = ?", name)
            if seen:
                return Outcome(*seen[0])
            await transaction.execute(
                "INSERT INTO command (id, at_ms, outcome, note) VALUES (?, ?, 'FAILED', 'interrupted')", name, at_ms
            )
            await transaction.execute(
                "DELETE FROM command WHERE id NOT IN (SELECT id FROM command ORDER BY at_ms DESC LIMIT ?)", KEPT_MAX
            )
        return None

    async def end(self, name: str, outcome: Outcome) -> None:
        """Note how a command ended."""
        async with self._database.transaction() as transaction:
            await transaction.execute(
                "UPDATE command SET outcome = ?, note = ?, sha256 = ? WHERE id = ?", *outcome, name
            )
