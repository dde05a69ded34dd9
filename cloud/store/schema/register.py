"""Gates, their keys, and what was last heard of them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    text,
)

from cloud.store.schema.columns import Json, Millis, metadata

# ---------------------------------------------------------------- gates and their keys

gate = Table(
    "gate",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("site", ForeignKey("site.code"), nullable=False, index=True),
    Column("lanes", Json, nullable=False),  # lane ids
    Column("enrolled_ms", Millis, nullable=False),
    Column("retired_ms", Millis),  # its key is refused from then on; what is stored stays
)

gate_key = Table(
    "gate_key",
    metadata,
    Column("kid", String(43), primary_key=True),  # RFC 7638 thumbprint
    Column("gate", ForeignKey("gate.id"), nullable=False),
    Column("alg", String(10), nullable=False),  # the one algorithm of this key
    Column("jwk", Json, nullable=False),  # public part
    Column("registered_ms", Millis, nullable=False),
    Column("replaced_ms", Millis),  # another key took its place: what it signed still counts
    Column("revoked_ms", Millis),  # not trusted any more, whatever it signed
    CheckConstraint("alg IN ('Ed25519', 'ES256')", name="alg"),
    # one key per gate at a time
    Index("uq_gate_key_active", "gate", unique=True,
          sqlite_where=text("revoked_ms IS NULL AND replaced_ms IS NULL"),
          postgresql_where=text("revoked_ms IS NULL AND replaced_ms IS NULL")),
)  # fmt: skip

gate_status = Table(
    "gate_status",
    metadata,
    Column("gate", ForeignKey("gate.id"), primary_key=True),
    Column("state", String(8), nullable=False),  # ONLINE / OFFLINE, as last signed by the gate
    Column("state_ms", Millis, nullable=False),  # when that was signed
    Column("boot", String(16)),
    Column("telemetry_ms", Millis),  # event time of the last heartbeat
    Column("heard_ms", Millis),  # when anything signed last arrived
    Column("empty_ms", Millis),  # event time of the last heartbeat with an empty outbox: the watermark (B0)
    Column("backlog", Integer, nullable=False, server_default="0"),
    Column("oldest_s", Float, nullable=False, server_default="0"),
    Column("manifest", BigInteger, nullable=False, server_default="0"),  # version in force at the gate
    Column("telemetry", Json),  # the last heartbeat in full
    CheckConstraint("state IN ('ONLINE', 'OFFLINE')", name="state"),
)
