"""Sealing: transport orders, the pairing of seal and unit, and what hangs on it: openings, permits, fees, applications.

A row of `movement` is the pairing and the fold of its reads; `pairing` holds what was declared when it was made.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from cloud.store.schema.columns import APPEND_ONLY, Json, Millis, RowId, metadata

# ---------------------------------------------------------------- orders and movements

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
    Column("cargo", Json, nullable=False, server_default="[]"),  # 載運貨物明細, as sent
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
    Column("plate", String(12), nullable=False, server_default=""),  # "" until an order names it
    # None until an order names the seal: a pairing at the desk may come before it
    Column("transport_order", ForeignKey("transport_order.number"), index=True),
    Column("origin", ForeignKey("site.code"), nullable=False),
    Column("destination", ForeignKey("site.code"), nullable=False),
    Column("paired_ms", Millis, nullable=False),
    Column("pairing_source", String(8), nullable=False),  # TO, or at the desk: SYSTEM, APP
    # What follows is the fold of the records, kept here for the manifest and the board; ingest and watch write it.
    Column("state", String(16), nullable=False),
    Column("departed_ms", Millis),
    Column("arrived_ms", Millis),
    Column("arrived_by", String(16)),  # operation of the read that completed it: ARRIVE, MAKEUP_ARRIVE
    Column("deadline_ms", Millis),
    Column("route_limit", BigInteger),  # id of the limit the deadline rests on
    Column("due_ms", Millis),  # next_check of the rules; None: silence proves nothing any more
    Column("hold_reason", String(40)),
    Column("hold_since_ms", Millis),
    # A person's hold (table `hold`): columns of its own, which the fold never writes, so that neither lifts the other.
    Column("detained_reason", String(40)),
    Column("detained_ms", Millis),
    Column("updated_ms", Millis, nullable=False),
    CheckConstraint("kind IN ('E', 'PA')", name="kind"),
    CheckConstraint(
        "state IN ('PAIRED', 'IN_TRANSIT', 'ARRIVED', 'ARRIVED_MANUAL', 'OPENED', 'CANCELLED')", name="state"
    ),
    CheckConstraint("pairing_source IN ('TO', 'SYSTEM', 'APP')", name="pairing_source"),
    CheckConstraint("(hold_reason IS NULL) = (hold_since_ms IS NULL)", name="hold"),
    CheckConstraint("(detained_reason IS NULL) = (detained_ms IS NULL)", name="detained"),
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
    Index("ix_movement_detained", "detained_ms", sqlite_where=text("detained_reason IS NOT NULL"),
          postgresql_where=text("detained_reason IS NOT NULL")),
)  # fmt: skip

# ---------------------------------------------------------------- what was declared when a seal was paired

pairing = Table(
    "pairing",
    metadata,
    Column("movement", ForeignKey("movement.id"), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("account", String(64), nullable=False),
    Column("unit", String(10), nullable=False),  # CONTAINER / BONDED
    Column("size_type", String(4)),  # 櫃型, ISO 6346 size and type
    Column("traffic", String(8)),  # IMPORT / EXPORT / TRANSIT / TRANSFER
    Column("document", String(35), nullable=False),  # 報單或轉運准單號碼
    Column("doors", Integer, nullable=False),
    Column("other_seals", Json, nullable=False),  # of the other doors: [{type, number}]
    Column("position", String(16)),  # None: not told (a transport order tells none)
    Column("original_seal", String(17)),  # keeps the usual place
    Column("photo", String(43)),  # of the taken place: a document's SHA-256
    Column("permit", ForeignKey("permit.number")),
    Column("opening", ForeignKey("opening.id")),  # sealed again after it
    Column("replaces", ForeignKey("movement.id")),  # whose seal was scrapped
    Column("application", ForeignKey("application.id")),
    CheckConstraint("state IN ('PAIRED', 'OPENED', 'REPLACED', 'CANCELLED')", name="state"),
    CheckConstraint("unit IN ('CONTAINER', 'BONDED')", name="unit"),
    CheckConstraint("doors >= 1", name="doors"),
    # one opening is sealed again once, one seal is replaced once; what was cancelled or replaced makes room
    Index("uq_pairing_opening", "opening", unique=True, sqlite_where=text("state IN ('PAIRED', 'OPENED')"),
          postgresql_where=text("state IN ('PAIRED', 'OPENED')")),
    Index("uq_pairing_replaces", "replaces", unique=True, sqlite_where=text("state <> 'CANCELLED'"),
          postgresql_where=text("state <> 'CANCELLED'")),
)  # fmt: skip

opening = Table(  # 拆封查核(驗)
    "opening",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("movement", ForeignKey("movement.id"), nullable=False, unique=True),  # a seal is opened once
    Column("container", String(17), nullable=False, index=True),
    Column("site", ForeignKey("site.code"), nullable=False),
    Column("agency", String(8), nullable=False),  # CUSTOMS / OTHER
    Column("agency_name", String(100), nullable=False),  # "" for customs
    Column("reason", String(200), nullable=False),
    Column("opened_ms", Millis, nullable=False),
    Column("account", String(64), nullable=False),  # the officer
    Column("entered_ms", Millis, nullable=False),
    CheckConstraint("agency IN ('CUSTOMS', 'OTHER')", name="agency"),
    CheckConstraint("(agency = 'OTHER') = (agency_name <> '')", name="agency_name"),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)

permit = Table(  # 加封位置許可
    "permit",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("container", String(17), nullable=False, index=True),
    Column("site", ForeignKey("site.code"), nullable=False),
    Column("position", String(16), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("valid_from_ms", Millis, nullable=False),
    Column("valid_to_ms", Millis, nullable=False),
    Column("account", String(64), nullable=False),
    Column("entered_ms", Millis, nullable=False),
    CheckConstraint("valid_to_ms > valid_from_ms", name="validity"),
    CheckConstraint("position IN ('RIGHT_OUTER_ROD', 'OTHER_APPROVED')", name="position"),
    info=APPEND_ONLY,
)

# ---------------------------------------------------------------- fees (海關徵收規費規則 §5)

tariff = Table(
    "tariff",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(2), nullable=False),
    Column("sealer", String(8), nullable=False),  # CUSTOMS / OPERATOR: who put the seal on
    Column("amount", Integer, nullable=False),  # NT$
    Column("valid_from_ms", Millis, nullable=False),
    Column("source", String(200), nullable=False),  # the rule it rests on
    Column("account", String(64), nullable=False),
    Column("entered_ms", Millis, nullable=False),
    CheckConstraint("kind IN ('E', 'PA')", name="kind"),
    CheckConstraint("sealer IN ('CUSTOMS', 'OPERATOR')", name="sealer"),
    CheckConstraint("amount >= 0", name="amount"),
    UniqueConstraint("kind", "sealer", "valid_from_ms"),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)

fee = Table(  # one decision a pairing; a cancelled pairing's charge goes back by a row of its own
    "fee",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("movement", ForeignKey("movement.id"), nullable=False),
    Column("entry", String(8), nullable=False),  # DECISION / REVERSAL
    Column("outcome", String(8), nullable=False),  # CHARGED / EXEMPT
    Column("reason", String(24), nullable=False),
    Column("amount", Integer, nullable=False),  # NT$, below zero for a reversal
    Column("tariff", ForeignKey("tariff.id")),  # None: exempt, or by the rates of the rule itself
    Column("payer", String(8)),  # 統一編號
    Column("site", ForeignKey("site.code"), nullable=False),
    Column("container", String(17), nullable=False),
    Column("seal_no", ForeignKey("seal.seal_no"), nullable=False),
    Column("kind", String(2), nullable=False),
    Column("document", String(35), nullable=False),
    Column("month", String(7), nullable=False),  # of Taipei, "2026-11"
    Column("at_ms", Millis, nullable=False),
    CheckConstraint("entry IN ('DECISION', 'REVERSAL')", name="entry"),
    CheckConstraint("outcome IN ('CHARGED', 'EXEMPT')", name="outcome"),
    CheckConstraint("outcome = 'CHARGED' OR amount = 0", name="amount"),
    UniqueConstraint("movement", "entry"),
    Index("ix_fee_month_payer", "month", "payer"),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)

# ---------------------------------------------------------------- applications

application = Table(  # 加封申請
    "application",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("kind", String(2), nullable=False),
    Column("state", String(10), nullable=False),
    Column("container", String(17), nullable=False),
    Column("site", ForeignKey("site.code"), nullable=False),  # where it is to be sealed
    Column("destination", ForeignKey("site.code")),
    Column("ground", String(8), nullable=False),  # N5108 … N5204, or WRITTEN
    Column("document", String(35), nullable=False),  # 報單或轉運准單號碼, or number of the written instruction
    Column("papers", Json, nullable=False),  # SHA-256 of documents
    Column("note", String(200), nullable=False),
    Column("account", String(64), nullable=False),
    Column("filed_ms", Millis, nullable=False),
    Column("officer", String(64)),
    Column("decided_ms", Millis),
    Column("remark", String(200), nullable=False, server_default=""),
    CheckConstraint("kind IN ('E', 'PA')", name="kind"),
    CheckConstraint("state IN ('FILED', 'APPROVED', 'REFUSED', 'WITHDRAWN', 'SEALED')", name="state"),
    CheckConstraint("(officer IS NULL) = (decided_ms IS NULL)", name="decision"),
    Index("ix_application_site_state", "site", "state"),
    Index("ix_application_account", "account"),
    sqlite_autoincrement=True,
)
