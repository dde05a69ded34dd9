"""Declared outages and what people did by hand because of them: evidence sent in, arrivals entered; all append-only."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, String, Table, false, text

from cloud.store.schema.columns import APPEND_ONLY, Json, Millis, RowId, metadata

outage = Table(
    "outage",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("notice_no", String(40), nullable=False, unique=True),  # of customs' notice (海關通報)
    Column("declared_by", String(64), nullable=False),
    Column("declared_ms", Millis, nullable=False),
    Column("start_ms", Millis, nullable=False),
    Column("everywhere", Boolean, nullable=False),  # else the rows of outage_site
    Column("functions", Json, nullable=False),  # of schemas.messages.Function
    Column("extends_limits", Boolean, nullable=False),  # time limits are stretched only where it says so (B0)
    Column("remark", String(500), nullable=False),
    info=APPEND_ONLY,
)

outage_site = Table(
    "outage_site",
    metadata,
    Column("outage", ForeignKey("outage.id"), primary_key=True),
    Column("site", ForeignKey("site.code"), primary_key=True, index=True),
    info=APPEND_ONLY,
)

outage_end = Table(  # its key lets an outage end once
    "outage_end",
    metadata,
    Column("outage", ForeignKey("outage.id"), primary_key=True),
    Column("end_ms", Millis, nullable=False),
    Column("ended_by", String(64), nullable=False),
    Column("at_ms", Millis, nullable=False),
    info=APPEND_ONLY,
)

evidence = Table(  # 存證
    "evidence",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("side", String(12), nullable=False),
    Column("site", ForeignKey("site.code"), nullable=False, index=True),  # that sends it
    Column("outage", ForeignKey("outage.id"), index=True),
    # As written on the papers: nothing that comes in an outage is refused for being unknown to the registers.
    Column("seal_no", String(17), nullable=False, index=True),
    Column("kind", String(2), nullable=False),
    Column("container", String(17), nullable=False),
    Column("transport_order", String(19)),
    Column("movement", ForeignKey("movement.id"), index=True),
    Column("sealed_ms", Millis),
    Column("remark", String(500), nullable=False),
    Column("record", String(43), unique=True),  # hash of a lane's record: it came by itself
    Column("account", String(64), nullable=False),
    Column("at_ms", Millis, nullable=False),
    CheckConstraint("side IN ('ORIGIN', 'DESTINATION')", name="side"),
    CheckConstraint("side <> 'DESTINATION' OR movement IS NOT NULL", name="movement"),
    CheckConstraint("kind IN ('E', 'PA')", name="kind"),
    info=APPEND_ONLY,
)

evidence_document = Table(
    "evidence_document",
    metadata,
    Column("evidence", ForeignKey("evidence.id"), primary_key=True),
    Column("sha256", String(43), primary_key=True),
    Column("shows", String(8), nullable=False),
    Column("lane", Boolean, nullable=False, server_default=false()),  # a picture that the record names, no document
    Column("account", String(64), nullable=False),
    Column("at_ms", Millis, nullable=False),
    CheckConstraint("shows IN ('ORDER', 'PHOTO')", name="shows"),
    info=APPEND_ONLY,
)

outage_scrap = Table(  # 已加封封條報廢 after the recovery; its key lets an item be settled so once
    "outage_scrap",
    metadata,
    Column("evidence", ForeignKey("evidence.id"), primary_key=True),
    Column("seal_no", String(17), nullable=False, unique=True),
    Column("reason", String(500), nullable=False),
    Column("account", String(64), nullable=False),
    Column("at_ms", Millis, nullable=False),
    info=APPEND_ONLY,
)

manual_arrival = Table(  # ES104 / EPS104; its key lets a movement be closed so once
    "manual_arrival",
    metadata,
    Column("movement", ForeignKey("movement.id"), primary_key=True),
    Column("screen", String(6), nullable=False),
    Column("site", ForeignKey("site.code"), nullable=False),
    Column("cause", String(12), nullable=False),
    Column("arrived_ms", Millis, nullable=False),
    Column("outage", ForeignKey("outage.id")),
    Column("photos", Json, nullable=False),  # SHA-256 of documents
    Column("remark", String(500), nullable=False),
    Column("account", String(64), nullable=False),
    Column("at_ms", Millis, nullable=False),
    CheckConstraint("screen IN ('ES104', 'EPS104')", name="screen"),
    CheckConstraint("cause IN ('UNREADABLE', 'OUTAGE')", name="cause"),
    CheckConstraint("cause <> 'OUTAGE' OR outage IS NOT NULL", name="outage"),
    Index("ix_manual_arrival_site_at_ms", "site", "at_ms"),
    info=APPEND_ONLY,
)

notice = Table(  # 出站、進站通報, as a yard's own system tells them
    "notice",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("site", ForeignKey("site.code"), nullable=False),
    Column("container", String(17), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("at_ms", Millis, nullable=False),
    Column("transport_order", String(19)),  # as told; the order itself may come later
    Column("corrects", ForeignKey("notice.id"), unique=True),  # a row is put right once, then its correction
    Column("void", Boolean, nullable=False),  # a correction that says: it never happened
    Column("account", String(64), nullable=False),
    Column("received_ms", Millis, nullable=False),
    CheckConstraint("direction IN ('OUT', 'IN')", name="direction"),
    CheckConstraint("NOT void OR corrects IS NOT NULL", name="void"),
    # told twice is told once
    Index("uq_notice_told", "site", "container", "direction", "at_ms", unique=True,
          sqlite_where=text("corrects IS NULL"), postgresql_where=text("corrects IS NULL")),
    Index("ix_notice_site_at_ms", "site", "at_ms"),
    Index("ix_notice_container_at_ms", "container", "at_ms"),
    info=APPEND_ONLY,
)  # fmt: skip
