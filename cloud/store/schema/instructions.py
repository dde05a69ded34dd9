"""Messages as received, what they say of containers, the sealing instructions that follow, and officers' worklist."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from cloud.store.schema.columns import APPEND_ONLY, Json, Millis, RowId, metadata

message = Table(
    "message",
    metadata,
    Column("number", RowId, primary_key=True, autoincrement=True),  # in the order in which they came
    Column("id", String(43), nullable=False, unique=True),  # digest of what it says: the same message twice is one row
    Column("kind", String(8), nullable=False),
    Column("version", String(16), nullable=False),
    Column("function", String(8), nullable=False),
    Column("scope", String(80), nullable=False),  # what a replacement or withdrawal of the kind refers to
    Column("sender", String(64), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("received_ms", Millis, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),  # the bytes as received, sealed: applicants and drivers stand in it
    Column("changed", Json, nullable=False),  # what it changed: {"created": [ids], …}
    Column("warnings", Json, nullable=False),
    CheckConstraint("channel IN ('REST', 'FOLDER', 'CLI')", name="channel"),
    Index("ix_message_kind_scope", "kind", "scope"),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)

mention = Table(  # one container in one message
    "mention",
    metadata,
    Column("message", String(43), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("scope", String(80), nullable=False),
    Column("container", String(17), nullable=False),
    Column("verdict", String(12), nullable=False),
    Column("facts", Json, nullable=False),
    Column("at_ms", Millis, nullable=False),
    Column("withdrawn_by", String(43)),  # the message that took it back
    Column("withdrawn_ms", Millis),
    CheckConstraint("verdict IN ('REQUIRED', 'UNDETERMINED', 'NONE')", name="verdict"),
    Index("ix_mention_container", "container"),
    Index("ix_mention_kind_scope", "kind", "scope"),
)

instruction = Table(
    "instruction",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("container", String(17), nullable=False),  # or bonded unit
    Column("state", String(12), nullable=False),
    Column("basis", String(8), nullable=False),  # the message that began it, or WRITTEN
    Column("by_officer", Integer, nullable=False),  # 1: an officer ordered it; no message alone takes it back
    Column("document_no", String(60)),
    Column("scan", String(43)),  # SHA-256 of the written instruction's scan
    Column("entered", Json, nullable=False),  # facts an officer added: they win
    # What follows is folded from the mentions below and what was entered.
    Column("declarations", Json, nullable=False),
    Column("permits", Json, nullable=False),
    Column("origin", String(8), nullable=False),
    Column("destination", String(8), nullable=False),
    Column("seals", Json, nullable=False),  # original seals
    Column("size_type", String(4), nullable=False),
    Column("conflicts", Json, nullable=False),
    Column("fulfilled_by", String(80)),  # "pairing:…", "order:…"
    Column("created_ms", Millis, nullable=False),
    Column("updated_ms", Millis, nullable=False),
    CheckConstraint(
        "state IN ('UNDETERMINED', 'REQUIRED', 'FULFILLED', 'DISMISSED', 'WITHDRAWN')", name="state"
    ),
    CheckConstraint("(basis = 'WRITTEN') = (document_no IS NOT NULL)", name="written"),
    CheckConstraint("(state = 'FULFILLED') = (fulfilled_by IS NOT NULL)", name="fulfilled"),
    Index("ix_instruction_container", "container"),
    Index("ix_instruction_state_origin", "state", "origin"),
    Index("ix_instruction_state_destination", "state", "destination"),
    Index("ix_instruction_fulfilled_by", "fulfilled_by"),
    Index("uq_instruction_document", "document_no", "container", unique=True),
)  # fmt: skip

ground = Table(  # which mentions an instruction rests on (demands) or is completed by
    "ground",
    metadata,
    Column("instruction", ForeignKey("instruction.id"), primary_key=True),
    Column("message", String(43), primary_key=True),
    Column("line", Integer, primary_key=True),
    ForeignKeyConstraint(["message", "line"], ["mention.message", "mention.line"]),
    Index("ix_ground_message_line", "message", "line"),
    info=APPEND_ONLY,
)

officer_task = Table(
    "officer_task",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("reason", String(24), nullable=False),
    Column("message", String(43)),  # its id; of a lane's record, the hash
    Column("instruction", ForeignKey("instruction.id"), index=True),
    Column("site", ForeignKey("site.code"), index=True),  # where a lane's record was made
    Column("container", String(17), nullable=False),  # empty: of the whole message
    Column("detail", String(200), nullable=False),
    Column("opened_ms", Millis, nullable=False),
    Column("closed_ms", Millis),
    Column("closed_by", String(64)),  # the account, or the message that settled it
    Column("decision", String(12)),
    Column("remark", String(500)),
    CheckConstraint("decision IN ('REQUIRE', 'DISMISS', 'NOTED', 'SETTLED')", name="decision"),
    CheckConstraint("(closed_ms IS NULL) = (decision IS NULL)", name="closed"),
    # the same question is open once
    Index("uq_officer_task_open", "reason", "instruction", unique=True,
          sqlite_where=text("closed_ms IS NULL AND instruction IS NOT NULL"),
          postgresql_where=text("closed_ms IS NULL AND instruction IS NOT NULL")),
    Index("ix_officer_task_closed_ms", "closed_ms", "id"),
    sqlite_autoincrement=True,
)  # fmt: skip

customs_code = Table(  # tables of customs, loaded as dated data: 062, 025, and kinds of message ("MSG")
    "customs_code",
    metadata,
    Column("list", String(3), primary_key=True),
    Column("code", String(8), primary_key=True),
    Column("valid_from_ms", Millis, primary_key=True),
    Column("effect", String(8), nullable=False),
    Column("meaning", String(200), nullable=False),
    CheckConstraint("list IN ('062', '025', 'MSG')", name="list"),
    CheckConstraint("effect IN ('SEAL', 'OFFICER', 'NONE')", name="effect"),
    info=APPEND_ONLY,
)
