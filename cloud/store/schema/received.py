"""Files as received that are no messages of customs: tables of seals, sheets of notices, directories."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, String, Table

from cloud.store.schema.columns import APPEND_ONLY, Json, Millis, RowId, metadata

received_file = Table(
    "received_file",
    metadata,
    Column("number", RowId, primary_key=True, autoincrement=True),  # in the order in which they came
    Column("id", String(43), nullable=False, unique=True),  # SHA-256 of the bytes: the same file twice is one row
    Column("kind", String(10), nullable=False),
    Column("sender", String(64), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("received_ms", Millis, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),  # as received, sealed: a directory names people's telephones
    Column("changed", Json, nullable=False),  # what it changed, by name: {"new": 3, "known": 1}
    CheckConstraint("channel IN ('REST', 'FOLDER', 'CLI')", name="channel"),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)
