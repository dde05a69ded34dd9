"""What leaves the database: the trail of changes, series, pictures, manifests and commands."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from cloud.store.schema.columns import Json, Millis, RowId, metadata

# ---------------------------------------------------------------- what the board and the sinks follow

change = Table(
    "change",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),  # the live row id
    Column("kind", String(20), nullable=False),  # movement / case / gate / record / photo / registry
    Column("ref", Json, nullable=False),
    Column("at_ms", Millis, nullable=False),
    sqlite_autoincrement=True,
)

rollup_minute = Table(
    "rollup_minute",
    metadata,
    Column("series", String(40), primary_key=True),
    Column("gate", String(32), primary_key=True),
    Column("lane", String(16), primary_key=True),  # "" for the whole gate
    Column("minute_ms", Millis, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("sum", Float, nullable=False),
    Column("max", Float, nullable=False),
    Column("change_id", BigInteger, nullable=False, server_default="0"),  # raised with every write: sinks follow it
    Index("ix_rollup_minute_change_id", "change_id"),
    Index("ix_rollup_minute_minute_ms", "minute_ms"),
)

sink_checkpoint = Table(
    "sink_checkpoint",
    metadata,
    Column("sink", String(40), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("updated_ms", Millis, nullable=False),
)

# ---------------------------------------------------------------- pictures, manifests, commands

photo = Table(
    "photo",
    metadata,
    Column("gate", ForeignKey("gate.id"), primary_key=True),
    Column("sha256", String(43), primary_key=True),  # of the original bytes; claimed by a row of record_photo
    Column("size", Integer, nullable=False),
    Column("received_ms", Millis, nullable=False),
    Column("path", Text, nullable=False),  # relative to the photo directory
    Column("kind", String(12), nullable=False, server_default="PHOTO"),  # of PhotoUpload: only PHOTO is evidence to see
    CheckConstraint("kind IN ('PHOTO', 'PAPER', 'TEST', 'DIAGNOSTICS')", name="kind"),
    Index("ix_photo_sha256", "sha256"),
)

manifest = Table(
    "manifest",
    metadata,
    Column("gate", ForeignKey("gate.id"), primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("content", String(43), nullable=False),  # hash of what it says, without version and times
    Column("jws", LargeBinary, nullable=False),
    Column("issued_ms", Millis, nullable=False),
    Column("expires_ms", Millis, nullable=False),
)

dispatch = Table(
    "dispatch",
    metadata,
    Column("gate", ForeignKey("gate.id"), primary_key=True),
    Column("due_ms", Millis, nullable=False, index=True),  # when this gate's manifest must be (re)sent
    Column("asked", BigInteger, nullable=False),  # raised by each request, so that one made meanwhile is not lost
)

command = Table(
    "command",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("gate", ForeignKey("gate.id"), nullable=False, index=True),
    Column("name", String(16), nullable=False),
    Column("lane", String(16), nullable=False, server_default=""),
    Column("epoch", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("issued_ms", Millis, nullable=False),
    Column("expires_ms", Millis, nullable=False),
    Column("sent_ms", Millis),
    Column("answered_ms", Millis),
    Column("outcome", String(10)),
    Column("note", String(200)),
    Column("sha256", String(43)),  # of what the gate puts up as its answer
    CheckConstraint("outcome IN ('DONE', 'REFUSED', 'FAILED')", name="outcome"),
)
