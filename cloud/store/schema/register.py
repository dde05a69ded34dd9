"""What people and systems enter: places, people, gates, seals, orders, and the movements they make."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from cloud.store.schema.columns import Json, Millis, RowId, metadata

# ---------------------------------------------------------------- places (R-052, R-112, R-018…R-022)

site = Table(
    "site",
    metadata,
    Column("code", String(8), primary_key=True),  # 卸存地代碼
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("fence_version", Integer, nullable=False),  # the fence in force
    Column("updated_ms", Millis, nullable=False),
)

fence = Table(
    "fence",
    metadata,
    Column("site", ForeignKey("site.code"), primary_key=True),
    Column("version", Integer, primary_key=True),  # 1, 2, … never changed once written
    Column("ring", Json, nullable=False),  # closed WGS84 ring [[lon, lat], …]
    Column("fictional", Boolean, nullable=False),  # demo fences say so (D2)
    Column("created_ms", Millis, nullable=False),
)

location_tag = Table(
    "location_tag",
    metadata,
    Column("uid", String(20), primary_key=True),
    Column("site", ForeignKey("site.code"), nullable=False, index=True),
    Column("state", String(10), nullable=False),
    CheckConstraint("state IN ('APPLIED', 'MOUNTED', 'ACTIVE', 'RETIRED')", name="state"),
)

# ---------------------------------------------------------------- people: numbers, no names

staff = Table(
    "staff",
    metadata,
    Column("staff", String(32), primary_key=True),  # staff number
    Column("badge_uid", String(20), nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    Column("may", Json, nullable=False),  # operations
    Column("updated_ms", Millis, nullable=False),
    CheckConstraint("role IN ('OFFICER', 'SPECIALIST')", name="role"),
)

staff_place = Table(
    "staff_place",
    metadata,
    Column("staff", ForeignKey("staff.staff"), primary_key=True),
    Column("site", ForeignKey("site.code"), primary_key=True, index=True),
    Column("valid_from_ms", Millis, primary_key=True),
    Column("valid_to_ms", Millis),  # None: until further notice
)

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

# ---------------------------------------------------------------- seals, orders, movements

route_limit = Table(
    "route_limit",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),  # named by a movement as the version it was judged by
    Column("origin", ForeignKey("site.code"), nullable=False),
    Column("destination", ForeignKey("site.code"), nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("valid_from_ms", Millis, nullable=False),
    Column("valid_to_ms", Millis),
    UniqueConstraint("origin", "destination", "valid_from_ms"),
    CheckConstraint("minutes > 0", name="minutes"),
    CheckConstraint("valid_to_ms IS NULL OR valid_to_ms > valid_from_ms", name="validity"),
)

seal = Table(
    "seal",
    metadata,
    Column("seal_no", String(17), primary_key=True),  # 明碼
    Column("uid", String(20), nullable=False, unique=True),  # 暗碼
    Column("kind", String(2), nullable=False),  # immutable
    Column("issued_ms", Millis, nullable=False),
    CheckConstraint("kind IN ('E', 'PA')", name="kind"),
)

transport_order = Table(
    "transport_order",
    metadata,
    Column("number", String(19), primary_key=True),  # 運送單號碼
    Column("origin", ForeignKey("site.code"), nullable=False),
    Column("destination", ForeignKey("site.code"), nullable=False),
    Column("container", String(17), nullable=False),  # or bonded unit
    Column("plate", String(12), nullable=False),
    Column("departs_ms", Millis),  # 出發時間
    Column("seals", Json, nullable=False),  # as sent: [{type, number}]
    Column("classes", Json, nullable=False),  # the R12 codes that decide nothing here, as sent
    Column("cancelled_ms", Millis),
    Column("received_ms", Millis, nullable=False),
)

movement = Table(
    "movement",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(2), nullable=False),
    Column("seal_no", ForeignKey("seal.seal_no"), nullable=False),
    Column("seal_uid", String(20), nullable=False),
    Column("container", String(17), nullable=False),
    Column("plate", String(12), nullable=False),
    Column("transport_order", ForeignKey("transport_order.number"), nullable=False, index=True),
    Column("origin", ForeignKey("site.code"), nullable=False),
    Column("destination", ForeignKey("site.code"), nullable=False),
    Column("paired_ms", Millis, nullable=False),
    Column("pairing_source", String(8), nullable=False),  # TO: from the transport order
    # What follows is the fold of the records, kept here for the manifest and the board; ingest and watch write it.
    Column("state", String(16), nullable=False),
    Column("departed_ms", Millis),
    Column("arrived_ms", Millis),
    Column("deadline_ms", Millis),
    Column("route_limit", BigInteger),  # id of the limit the deadline rests on
    Column("due_ms", Millis),  # next_check of the rules; None: silence proves nothing any more
    Column("hold_reason", String(40)),
    Column("hold_since_ms", Millis),
    Column("updated_ms", Millis, nullable=False),
    CheckConstraint("kind IN ('E', 'PA')", name="kind"),
    CheckConstraint("state IN ('PAIRED', 'IN_TRANSIT', 'ARRIVED', 'ARRIVED_MANUAL', 'CANCELLED')", name="state"),
    CheckConstraint("(hold_reason IS NULL) = (hold_since_ms IS NULL)", name="hold"),
    # A seal is used once: only a cancelled pairing sets it free.
    Index("uq_movement_seal_no", "seal_no", unique=True, sqlite_where=text("state <> 'CANCELLED'"),
          postgresql_where=text("state <> 'CANCELLED'")),
    Index("ix_movement_seal_uid", "seal_uid"),
    Index("ix_movement_origin_state", "origin", "state"),
    Index("ix_movement_destination_state", "destination", "state"),
    Index("ix_movement_due_ms", "due_ms"),
    # the board shows what is under way, what just arrived and what is held, however many have ended
    Index("ix_movement_state_arrived_ms", "state", "arrived_ms"),
    Index("ix_movement_held", "hold_since_ms", sqlite_where=text("hold_reason IS NOT NULL"),
          postgresql_where=text("hold_reason IS NOT NULL")),
)  # fmt: skip
