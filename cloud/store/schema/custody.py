"""What is kept in custody: documents by the hash of their bytes, goods on hold, and the papers a hold demands."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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

document = Table(
    "document",
    metadata,
    Column("sha256", String(43), primary_key=True),  # of the plain bytes, base64url; the file lies under it
    Column("kind", String(20), nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("size", Integer, nullable=False),
    Column("restricted", Boolean, nullable=False),  # personal data: sealed on disk, each look is logged
    Column("sites", Json, nullable=False),  # at whose officers may look, if restricted
    Column("put_by", String(64), nullable=False),
    Column("put_ms", Millis, nullable=False),
    Column("claimed_ms", Millis),  # an act rests on it from then on; None: nothing ever did
    Column("claims", Integer, nullable=False, server_default="0"),  # how many acts rest on it now
    Column("keep_until_ms", Millis),  # its purpose is over: taken away then (D5)
    Column("removed_ms", Millis),  # that it was here stays on record, its bytes do not
    Index("ix_document_unclaimed", "put_by", "put_ms", sqlite_where=text("claimed_ms IS NULL"),
          postgresql_where=text("claimed_ms IS NULL")),
    Index("ix_document_keep_until_ms", "keep_until_ms"),
)  # fmt: skip

hold = Table(
    "hold",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("movement", ForeignKey("movement.id"), nullable=False, index=True),
    Column("kind", String(2), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("remark", String(200), nullable=False),
    Column("site", ForeignKey("site.code"), nullable=False),  # where the goods are held
    Column("state", String(10), nullable=False),
    Column("placed_ms", Millis, nullable=False),
    Column("placed_by", String(64), nullable=False),
    Column("officer", String(64)),  # who was told last
    Column("reported_ms", Millis),  # when a demand was first met; None: it is missing
    Column("statement_ms", Millis),
    Column("id_copy_ms", Millis),
    Column("lifted_ms", Millis),
    Column("ended_ms", Millis),  # completed or annulled
    Column("chase_ms", Millis),  # when what is missing is asked for again
    Column("chases", Integer, nullable=False, server_default="0"),
    CheckConstraint("kind IN ('E', 'PA')", name="kind"),
    CheckConstraint("state IN ('HELD', 'REPORTED', 'LIFTED', 'COMPLETED', 'ANNULLED')", name="state"),
    # R-071 in the table itself: no completion without report, statement and copy of ID
    CheckConstraint(
        "state <> 'COMPLETED' OR (reported_ms IS NOT NULL AND statement_ms IS NOT NULL AND id_copy_ms IS NOT NULL)",
        name="papers",
    ),
    # goods are held once, however many see why
    Index("uq_hold_holding", "movement", unique=True, sqlite_where=text("state IN ('HELD', 'REPORTED')"),
          postgresql_where=text("state IN ('HELD', 'REPORTED')")),
    Index("ix_hold_site_state", "site", "state"),
    Index("ix_hold_chase_ms", "chase_ms"),
    sqlite_autoincrement=True,
)  # fmt: skip

hold_step = Table(
    "hold_step",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("hold", ForeignKey("hold.id"), nullable=False, index=True),
    Column("step", String(10), nullable=False),  # of the machine, and PLACE, SEEN and CHASE
    Column("event_ms", Millis, nullable=False),  # when it happened, as told
    Column("at_ms", Millis, nullable=False),  # when it was entered
    Column("account", String(64), nullable=False),
    Column("officer", String(64)),
    Column("paper", ForeignKey("document.sha256"), index=True),  # names and words stand there, sealed (D5)
    Column("scan", ForeignKey("document.sha256"), index=True),
    Column("note", String(200), nullable=False),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)

hold_record = Table(  # which record of a lane placed a hold or saw the goods held: papers that come later name it
    "hold_record",
    metadata,
    Column("gate", String(32), primary_key=True),
    Column("epoch", BigInteger, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("hold", ForeignKey("hold.id"), nullable=False, index=True),
    info=APPEND_ONLY,
)

paper = Table(  # what a lane's record says goes up encrypted, and what became of it
    "paper",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("gate", String(32), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("sha256", String(43), nullable=False),  # of the encrypted bytes: a row of photo, once they are there
    Column("site", ForeignKey("site.code"), nullable=False, index=True),
    Column("kind", String(12), nullable=False),
    Column("taken_ms", Millis, nullable=False),
    Column("named_ms", Millis, nullable=False),
    Column("about_epoch", BigInteger),  # the record of the same gate that placed the hold
    Column("about_seq", BigInteger),
    Column("movement", ForeignKey("movement.id"), index=True),
    Column("document", ForeignKey("document.sha256"), index=True),  # opened: in the restricted store
    Column("scan", ForeignKey("document.sha256")),  # a statement that is a picture
    Column("hold", ForeignKey("hold.id"), index=True),
    Column("settled_ms", Millis),  # it lies with its hold
    Column("fault", String(20)),  # why it does not open, or its hold does not take it
    Column("dismissed_by", String(64)),  # the officer who said that it belongs nowhere
    CheckConstraint("kind IN ('STATEMENT', 'DRIVER_ID')", name="kind"),
    CheckConstraint("(settled_ms IS NULL) OR (hold IS NOT NULL AND document IS NOT NULL)", name="settled"),
    UniqueConstraint("gate", "epoch", "seq", "sha256"),
    Index("ix_paper_gate_sha256", "gate", "sha256"),
    # what is not settled: few, and looked at every second
    Index("ix_paper_open", "id", sqlite_where=text("settled_ms IS NULL AND dismissed_by IS NULL"),
          postgresql_where=text("settled_ms IS NULL AND dismissed_by IS NULL")),
    sqlite_autoincrement=True,
)  # fmt: skip

rule_hold_lift = Table(
    "rule_hold_lift",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("movement", ForeignKey("movement.id"), nullable=False, index=True),
    Column("reason", String(40), nullable=False),  # code of the rule
    Column("count", Integer, nullable=False),  # of its case by then: more than that is news
    Column("since_ms", Millis, nullable=False),
    Column("lifted_ms", Millis, nullable=False),
    Column("account", String(64), nullable=False),
    Column("finding", String(200), nullable=False),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)

footage_order = Table(  # 集散站辦法 §7-1: keep the cameras' footage for 90 days
    "footage_order",
    metadata,
    Column("case", ForeignKey("cases.id"), primary_key=True),
    Column("site", ForeignKey("site.code"), nullable=False),
    Column("number", String(40), nullable=False),  # 公文文號
    Column("keep_until_ms", Millis, nullable=False),
    Column("account", String(64), nullable=False),
    Column("ordered_ms", Millis, nullable=False),
    info=APPEND_ONLY,
)
