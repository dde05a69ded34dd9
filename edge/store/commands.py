"""Which commands were carried out and how they ended, so that one that comes twice is answered and not repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.store.database import Database

KEPT_MAX = 1_000


class CommandStore:
    """The latest commands of one gate."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, name: str, at_ms: int) -> tuple[str, str] | None:
        """Note that a command is begun; return outcome and note of the first time if it was seen before."""
        async with self._database.transaction() as transaction:
            seen = await transaction.rows("SELECT outcome, note FROM command WHERE id = ?", name)
            if seen:
                return str(seen[0][0]), str(seen[0][1])
            await transaction.execute(
                "INSERT INTO command (id, at_ms, outcome, note) VALUES (?, ?, 'FAILED', 'interrupted')", name, at_ms
            )
            await transaction.execute(
                "DELETE FROM command WHERE id NOT IN (SELECT id FROM command ORDER BY at_ms DESC LIMIT ?)", KEPT_MAX
            )
        return None

    async def end(self, name: str, outcome: str, note: str) -> None:
        """Note how a command ended."""
        async with self._database.transaction() as transaction:
            await transaction.execute("UPDATE command SET outcome = ?, note = ? WHERE id = ?", outcome, note, name)
