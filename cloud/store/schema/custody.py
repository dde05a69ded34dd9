"""What is kept in custody: documents by the hash of their bytes, goods on hold, and the papers a hold demands."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, text

from cloud.store.schema.columns import Json, Millis, metadata

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
    Column("claimed_ms", Millis),  # an act rests on it from then on; None: nothing does yet
    Column("keep_until_ms", Millis),  # its purpose is over: taken away then (D5)
    Column("removed_ms", Millis),  # that it was here stays on record, its bytes do not
    Index("ix_document_unclaimed", "put_by", "put_ms", sqlite_where=text("claimed_ms IS NULL"),
          postgresql_where=text("claimed_ms IS NULL")),
    Index("ix_document_keep_until_ms", "keep_until_ms"),
)  # fmt: skip
