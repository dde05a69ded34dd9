"""Places: sites between dates, their fences version by version, location tags and what was done to them, route limits.

Fences and the steps of tags are evidence: past decisions rest on them.
"""

from __future__ import annotations

from sqlalchemy import (
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

from cloud.domain.lifecycles.location_tag import State
from cloud.store.schema.columns import APPEND_ONLY, Json, Millis, RowId, metadata

_UID_IN_USE = text("state <> 'RETIRED'")
_STATES = ", ".join(f"'{state}'" for state in State)

site = Table(
    "site",
    metadata,
    Column("code", String(8), primary_key=True),  # 卸存地代碼
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("fence_version", Integer, nullable=False),  # the fence in force
    Column("valid_from_ms", Millis),  # None: since before this register
    Column("valid_to_ms", Millis),  # None: until further notice; yards close (D2)
    Column("updated_ms", Millis, nullable=False),
    CheckConstraint("valid_to_ms > valid_from_ms", name="validity"),
)

fence = Table(
    "fence",
    metadata,
    Column("site", ForeignKey("site.code"), primary_key=True),
    Column("version", Integer, primary_key=True),  # 1, 2, … each in force until the next one's created_ms
    Column("ring", Json, nullable=False),  # closed WGS84 ring [[lon, lat], …]
    Column("fictional", Boolean, nullable=False),  # demo fences say so (D2)
    Column("created_ms", Millis, nullable=False),
    info=APPEND_ONLY,
)

location_tag = Table(
    "location_tag",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("site", ForeignKey("site.code"), nullable=False, index=True),
    Column("state", String(10), nullable=False),
    Column("uid", String(20)),  # known once it is mounted
    Column("updated_ms", Millis, nullable=False),
    CheckConstraint(f"state IN ({_STATES})", name="state"),
    CheckConstraint("state NOT IN ('MOUNTED', 'ACTIVE') OR uid IS NOT NULL", name="uid"),
    # a chip is one place's; when it is retired it may be applied for again
    Index("uq_location_tag_uid", "uid", unique=True, sqlite_where=_UID_IN_USE, postgresql_where=_UID_IN_USE),
    sqlite_autoincrement=True,
)  # fmt: skip

tag_step = Table(
    "tag_step",
    metadata,
    Column("id", RowId, primary_key=True, autoincrement=True),
    Column("tag", ForeignKey("location_tag.id"), nullable=False, index=True),
    Column("step", String(10), nullable=False),  # APPLY, or a step of the tag's life
    Column("state", String(10), nullable=False),  # after it
    Column("at_ms", Millis, nullable=False),
    Column("account", String(64), nullable=False),
    Column("remark", String(500), nullable=False),  # 申辦事由, the officer's record, why it was rejected or retired
    Column("photo", String(43)),  # SHA-256 of a document
    Column("uid", String(20)),
    info=APPEND_ONLY,
)

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
