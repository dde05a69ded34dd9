"""What all tables share: how constraints are named, and the types both databases understand."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Integer, MetaData
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

# `info` of a table whose rows are evidence: triggers refuse to change or delete one.
APPEND_ONLY = {"append_only": True}
