"""The seal stock: seals with their chips, requests, and the registers, which only grow (R-031…R-035, R-060…R-063).

That no two issued ranges overlap is the database's own rule: a trigger looks, on PostgreSQL under a lock.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    event,
    text,
)

from cloud.store.schema.columns import APPEND_ONLY, Json, Millis, RowId, metadata

RANGE_LOCK = 0x5EA1_0004  # any fixed number that no other advisory lock has

DEAD = "state NOT IN ('STOCK', 'ISSUED')"

seal = Table(
    "seal",
    metadata,
    Column("seal_no", String(17), primary_key=True),  # 明碼
    Column("uid", String(20), nullable=False, unique=True),  # 暗碼
    Column("kind", String(2), nullable=False),  # immutable
    Column("state", String(10), nullable=False, server_default="ISSUED"),
    Column("site", ForeignKey("site.code"), index=True),  # whose stock; None: customs' own
    Column("series", String(32)),  # names the verification key in the sealed key file; None: told by the number
    Column("issued_ms", Millis),
    Column("replaced_by", String(17)),
    CheckConstraint("kind IN ('E', 'PA')", name="kind"),
    CheckConstraint("state IN ('STOCK', 'ISSUED', 'SCRAPPED', 'SENT', 'DIAGNOSED', 'STORED')", name="state"),
    # of dead seals only: every batch of reads asks which of its seals are
    Index("ix_seal_dead", "uid", sqlite_where=text(DEAD), postgresql_where=text(DEAD)),
)  # fmt: skip

seal_request = Table(
    "seal_request",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("site", ForeignKey("site.code"), nullable=False, index=True),
    Column("quantity", Integer, nullable=False),
    Column("note", String(200), nullable=False),
    Column("state", String(10), nullable=False),
    Column("account", String(64), nullable=False),
    Column("requested_ms", Millis, nullable=False),
    Column("officer", String(64)),
    Column("decided_ms", Millis),
    Column("remark", String(200), nullable=False, server_default=""),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("state IN ('REQUESTED', 'ISSUED', 'REFUSED', 'WITHDRAWN')", name="state"),
    sqlite_autoincrement=True,
)

# ---------------------------------------------------------------- registers (專簿): a correction is a row of its own

seal_issue = Table(
    "seal_issue",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("request", ForeignKey("seal_request.id")),
    Column("site", ForeignKey("site.code"), nullable=False, index=True),
    Column("prefix", String(17), nullable=False),
    Column("width", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("issued_ms", Millis, nullable=False, index=True),  # 領用日期
    Column("corrects", ForeignKey("seal_issue.id"), unique=True),
    Column("reason", String(200), nullable=False, server_default=""),
    Column("account", String(64), nullable=False),
    Column("at_ms", Millis, nullable=False),
    CheckConstraint("quantity = last - first + 1 AND quantity > 0", name="quantity"),
    CheckConstraint("(corrects IS NULL) = (reason = '')", name="reason"),
    Index("ix_seal_issue_prefix_width_first", "prefix", "width", "first"),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)

seal_use = Table(
    "seal_use",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("seal_no", ForeignKey("seal.seal_no"), nullable=False, index=True),
    Column("kind", String(2), nullable=False),
    Column("movement", ForeignKey("movement.id"), nullable=False),
    Column("site", ForeignKey("site.code"), nullable=False, index=True),
    Column("paired_ms", Millis, nullable=False, index=True),  # 配封日期
    Column("document", String(35), nullable=False),  # 報單或轉運准單號碼
    Column("unit", String(17), nullable=False),  # 貨櫃或保稅運貨工具號碼
    Column("corrects", ForeignKey("seal_use.id"), unique=True),
    Column("reason", String(200), nullable=False, server_default=""),
    Column("account", String(64), nullable=False),
    Column("at_ms", Millis, nullable=False),
    CheckConstraint("document <> '' AND unit <> ''", name="four_facts"),
    CheckConstraint("(corrects IS NULL) = (reason = '')", name="reason"),
    Index("uq_seal_use_movement", "movement", unique=True, sqlite_where=text("corrects IS NULL"),
          postgresql_where=text("corrects IS NULL")),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)  # fmt: skip

seal_step = Table(  # issue, scrap and what follows it: the chain of a seal (R-060…R-062)
    "seal_step",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("seal_no", ForeignKey("seal.seal_no"), nullable=False, index=True),
    Column("kind", String(2), nullable=False),
    Column("step", String(10), nullable=False),
    Column("site", ForeignKey("site.code"), index=True),
    Column("detail", Json, nullable=False),  # reason, sender, cause, place
    Column("event_ms", Millis),  # when it was done at a lane; None: when it was entered
    Column("account", String(64), nullable=False),
    Column("at_ms", Millis, nullable=False, index=True),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)

_OVERLAP = """
    SELECT 1 FROM seal_issue AS earlier
    WHERE earlier.prefix = NEW.prefix AND earlier.width = NEW.width
      AND earlier.first <= NEW.last AND NEW.first <= earlier.last
      AND (NEW.corrects IS NULL OR earlier.id <> NEW.corrects)
      AND NOT EXISTS (SELECT 1 FROM seal_issue AS newer WHERE newer.corrects = earlier.id)
"""
event.listen(
    seal_issue,
    "after_create",
    DDL(  # type: ignore[no-untyped-call]
        f"CREATE TRIGGER seal_issue_overlap BEFORE INSERT ON seal_issue WHEN EXISTS ({_OVERLAP}) "
        "BEGIN SELECT RAISE(ABORT, 'seal ranges overlap'); END"
    ).execute_if(dialect="sqlite"),
)
event.listen(
    seal_issue,
    "after_create",
    # The lock lets one issue look after another has committed; each statement of the function sees what is committed.
    DDL(  # type: ignore[no-untyped-call]
        "CREATE FUNCTION seal_issue_overlap() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
        f"PERFORM pg_advisory_xact_lock({RANGE_LOCK}); IF EXISTS ({_OVERLAP}) THEN "
        "RAISE EXCEPTION 'seal ranges overlap' USING ERRCODE = 'exclusion_violation'; END IF; RETURN NEW; END$$; "
        "CREATE TRIGGER seal_issue_overlap BEFORE INSERT ON seal_issue FOR EACH ROW "
        "EXECUTE FUNCTION seal_issue_overlap()"
    ).execute_if(dialect="postgresql"),
)
event.listen(
    seal_issue,
    "after_drop",
    DDL("DROP FUNCTION seal_issue_overlap()").execute_if(dialect="postgresql"),  # type: ignore[no-untyped-call]
)
