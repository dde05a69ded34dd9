"""What gates recorded and what was made of it: records, chains, quarantine, cases. Hot: few indexes."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from cloud.store.schema.columns import APPEND_ONLY, Json, Millis, RowId, metadata

# ---------------------------------------------------------------- records: hot, append-only (triggers refuse the rest)

record = Table(
    "record",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("gate", String(32), nullable=False),  # no foreign key: the signature has just proven it
    Column("site", String(8), nullable=False),  # where the gate stood when this was stored
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(43), nullable=False),
    Column("prev", String(43)),
    Column("kind", String(8), nullable=False),  # SCAN / EPOCH
    Column("event_ms", Millis, nullable=False),  # gate's clock
    Column("lower_ms", Millis),  # the true time lies between these two (B0 clock trust); None: nobody knows
    Column("upper_ms", Millis),
    Column("record_ms", Millis, nullable=False),  # when it was stored here
    Column("lane", String(16)),
    Column("operation", String(20)),
    Column("verdict", String(6)),
    Column("seal_uid", String(20)),
    Column("counter", Integer),  # only of a SUN message that verified
    Column("proof", String(20)),  # VERIFIED, NOT_VERIFIED, or the code for which the SUN message was refused
    Column("location", String(12)),
    Column("movement_id", String(32)),
    Column("outage", String(40)),  # the notice under which it was done, whether it was declared or not
    Column("jws", LargeBinary, nullable=False),  # exactly as received
    UniqueConstraint("gate", "epoch", "seq"),
    Index("ix_record_movement_id", "movement_id", sqlite_where=text("movement_id IS NOT NULL"),
          postgresql_where=text("movement_id IS NOT NULL")),
    Index("ix_record_seal_uid", "seal_uid", sqlite_where=text("seal_uid IS NOT NULL"),
          postgresql_where=text("seal_uid IS NOT NULL")),
    # of seals that could not be read, and done under a notice: few, and asked about often
    Index("ix_record_unread", "movement_id", sqlite_where=text("movement_id IS NOT NULL AND seal_uid IS NULL"),
          postgresql_where=text("movement_id IS NOT NULL AND seal_uid IS NULL")),
    Index("ix_record_outage", "outage", sqlite_where=text("outage IS NOT NULL"),
          postgresql_where=text("outage IS NOT NULL")),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)  # fmt: skip

record_photo = Table(
    "record_photo",
    metadata,
    Column("record_id", RowId, primary_key=True),
    Column("sha256", String(43), primary_key=True),
    Column("gate", String(32), nullable=False),
    Index("ix_record_photo_gate_sha256", "gate", "sha256"),
)

chain = Table(
    "chain",
    metadata,
    Column("gate", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("contiguous", BigInteger, nullable=False),  # every record up to here is stored and linked
    Column("head", String(43)),  # hash of that record
    Column("highest", BigInteger, nullable=False),  # > contiguous: there is a gap
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("hash", String(43), nullable=False),
    Column("topic", String(200), nullable=False),
    Column("gate", String(32)),  # as the topic says; nothing inside can be trusted
    Column("reason", String(40), nullable=False),
    Column("detail", String(200), nullable=False, server_default=""),
    Column("bytes", LargeBinary, nullable=False),
    Column("at_ms", Millis, nullable=False),
    Column("count", Integer, nullable=False, server_default="1"),  # how often the same bytes came
    UniqueConstraint("hash", "topic"),
    sqlite_autoincrement=True,
)

cases = Table(
    "cases",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("code", String(40), nullable=False),
    Column("subject", String(64), nullable=False),  # movement id, else "gate:…" or "seal:…"
    Column("movement_id", ForeignKey("movement.id"), index=True),
    Column("status", String(14), nullable=False),
    Column("occurred_ms", Millis, nullable=False),  # event time (A9-5)
    Column("detected_ms", Millis, nullable=False),
    Column("acknowledged_ms", Millis),
    Column("closed_ms", Millis),  # a person closes, a rule never does (A9-7)
    Column("rule_version", Integer, nullable=False),
    Column("inputs", Json, nullable=False),
    Column("limits", Json, nullable=False),
    Column("count", Integer, nullable=False, server_default="1"),
    CheckConstraint("status IN ('PROVISIONAL', 'CONFIRMED', 'AUTO_REFUTED', 'SUPERSEDED')", name="status"),
    # one open case per code and subject; further triggers raise the count (B0)
    Index("uq_cases_open", "code", "subject", unique=True, sqlite_where=text("closed_ms IS NULL"),
          postgresql_where=text("closed_ms IS NULL")),
    # what a new watermark may settle
    Index("ix_cases_provisional", "movement_id", sqlite_where=text("status = 'PROVISIONAL' AND closed_ms IS NULL"),
          postgresql_where=text("status = 'PROVISIONAL' AND closed_ms IS NULL")),
    sqlite_autoincrement=True,
)  # fmt: skip
