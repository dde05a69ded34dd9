"""Who may ask and what was asked: accounts and how they sign in, sessions, kept answers, and the audit log."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from cloud.store.schema.columns import APPEND_ONLY, Json, Millis, RowId, metadata

account = Table(
    "account",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("person", String(32), unique=True),  # id in the register of people; None: a person outside it
    Column("roles", Json, nullable=False),
    Column("sites", Json, nullable=False),  # beside those of the person's authorisations
    Column("password", String(200), nullable=False),  # Argon2id, PHC string
    Column("must_change", Integer, nullable=False),  # 1: the first-login credential, good for nothing else
    Column("created_ms", Millis, nullable=False),
    Column("disabled_ms", Millis),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(43), primary_key=True),  # SHA-256 of the cookie: the table alone opens nothing
    Column("account", ForeignKey("account.name"), nullable=False, index=True),
    Column("begun_ms", Millis, nullable=False),
    Column("seen_ms", Millis, nullable=False),
    Column("expires_ms", Millis, nullable=False, index=True),
)

sign_in_link = Table(  # opens one session, once
    "sign_in_link",
    metadata,
    Column("token_hash", String(43), primary_key=True),
    Column("account", ForeignKey("account.name"), nullable=False, index=True),
    Column("expires_ms", Millis, nullable=False, index=True),
)

# By the name as it was typed, whether there is such an account or not: nobody can tell the two apart by the lock-out.
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("name_hash", String(43), primary_key=True),  # people type their password into the wrong field
    Column("failures", Integer, nullable=False),
    Column("last_ms", Millis, nullable=False, index=True),
    Column("locked_until_ms", Millis, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("at_ms", Millis, nullable=False),
    Column("account", String(64), nullable=False),
    Column("act", String(32), nullable=False),
    Column("outcome", String(8), nullable=False),  # DONE / DENIED / LOOKED
    Column("subject", String(80), nullable=False),  # "pairing:…", "person:…"; never personal data
    Column("detail", Json, nullable=False),
    CheckConstraint("outcome IN ('DONE', 'DENIED', 'LOOKED')", name="outcome"),
    Index("ix_audit_subject", "subject"),
    Index("ix_audit_account_at_ms", "account", "at_ms"),
    info=APPEND_ONLY,
    sqlite_autoincrement=True,
)

kept_answer = Table(  # of a request with an Idempotency-Key
    "kept_answer",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("request", String(43), nullable=False),  # hash of method, path and body
    Column("status", Integer, nullable=False),  # 0: the act is still being done
    Column("answer", LargeBinary, nullable=False),  # sealed: it may name people
    Column("at_ms", Millis, nullable=False, index=True),
)
