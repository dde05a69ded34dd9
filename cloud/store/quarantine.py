"""Bytes that were refused, kept with the reason for a technician, within bounds that a flood cannot exceed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from cloud.store.schema import quarantine
from cloud.store.upsert import insert_into

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

ROWS_MAX = 10_000  # the oldest go first
BYTES_MAX = 32_768  # of each; the hash is that of the whole
TOPIC_CHARS_MAX = 200
DETAIL_CHARS_MAX = 200


def keep(connection: Connection, refused: Sequence[tuple[str, str, str | None, str, str, bytes]], now_ms: int) -> None:
    """Store (hash, topic, gate, reason, detail, bytes); the same bytes on the same topic are counted, not repeated."""
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for digest, topic, gate, reason, detail, payload in refused:
        row = rows.setdefault(
            (digest, _plain(topic, TOPIC_CHARS_MAX)),
            {
                "hash": digest,
                "topic": _plain(topic, TOPIC_CHARS_MAX),
                "gate": gate,
                "reason": reason,
                "detail": _plain(detail, DETAIL_CHARS_MAX),
                "bytes": payload[:BYTES_MAX],
                "at_ms": now_ms,
                "count": 0,
            },
        )
        row["count"] = int(str(row["count"])) + 1
    if not rows:
        return
    statement = insert_into(connection, quarantine)
    again = {"count": quarantine.c["count"] + statement.excluded["count"], "at_ms": statement.excluded.at_ms}
    ordered = [rows[key] for key in sorted(rows)]
    connection.execute(statement.on_conflict_do_update(index_elements=["hash", "topic"], set_=again), ordered)
    newest = select(func.max(quarantine.c.id)).scalar_subquery()
    connection.execute(delete(quarantine).where(quarantine.c.id <= newest - ROWS_MAX))


def _plain(words: str, chars_max: int) -> str:
    # PostgreSQL stores neither NUL nor lone surrogates.
    return words.encode("utf-8", "replace").decode("utf-8").replace("\0", "?")[:chars_max]
