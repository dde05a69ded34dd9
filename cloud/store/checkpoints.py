"""How far each sink has followed the roll-ups, as the id of the last change it was given in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from cloud.store.schema import sink_checkpoint
from cloud.store.upsert import upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection


def position(connection: Connection, sink: str) -> int:
    """Return the last change that the sink has in full, 0 at its start."""
    statement = select(sink_checkpoint.c.position).where(sink_checkpoint.c.sink == sink)
    return connection.scalar(statement) or 0


def advance(connection: Connection, sink: str, reached: int, now_ms: int) -> None:
    """Note that the sink has everything up to `reached`."""
    upsert(connection, sink_checkpoint, [{"sink": sink, "position": reached, "updated_ms": now_ms}])
