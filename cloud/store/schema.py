"""The tables of the cloud: what must never be false about the rows stands here as a constraint.

Times are integer milliseconds UTC (`…_ms`); the modules beside this one hold the only SQL. After a change run
`python -m cloud.store.revise "why"`, which writes the migration.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
)

Json = JSON().with_variant(JSONB(), "postgresql")
# SQLite grows its row ids by itself only for a column that is declared INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")
Millis = BigInteger

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
    Column("revoked_ms", Millis),
    CheckConstraint("alg IN ('Ed25519', 'ES256')", name="alg"),
    # one key per gate at a time
    Index("uq_gate_key_active", "gate", unique=True, sqlite_where=text("revoked_ms IS NULL"),
          postgresql_where=text("revoked_ms IS NULL")),
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
    Column("jws", LargeBinary, nullable=False),  # exactly as received
    UniqueConstraint("gate", "epoch", "seq"),
    Index("ix_record_movement_id", "movement_id", sqlite_where=text("movement_id IS NOT NULL"),
          postgresql_where=text("movement_id IS NOT NULL")),
    Index("ix_record_seal_uid", "seal_uid", sqlite_where=text("seal_uid IS NOT NULL"),
          postgresql_where=text("seal_uid IS NOT NULL")),
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
    Column("name", String(10), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("issued_ms", Millis, nullable=False),
    Column("expires_ms", Millis, nullable=False),
    Column("sent_ms", Millis),
    Column("answered_ms", Millis),
    Column("outcome", String(10)),
    Column("note", String(200)),
    CheckConstraint("outcome IN ('DONE', 'REFUSED', 'FAILED')", name="outcome"),
)
