"""People, companies and offices: who they are (sealed), what they may do where and when, whom to call.

What says who a person is stands sealed beside a blind index; authorisations are dated and never rewritten (R-017).
"""

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
    UniqueConstraint,
    text,
)

from cloud.store.schema.columns import Json, Millis, metadata

_VALID = "valid_to_ms IS NULL OR valid_to_ms > valid_from_ms"
_OPEN = text("valid_to_ms IS NULL")

# ---------------------------------------------------------------- offices and their units (R-008…R-011)

office = Table(
    "office",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("monitoring", String(12), nullable=False),  # which unit watches here, a setting of the office (A9-12)
    Column("updated_ms", Millis, nullable=False),
    CheckConstraint("monitoring IN ('CENTRE', 'JOINT_CENTRE')", name="monitoring"),
)

unit = Table(
    "unit",
    metadata,
    Column("office", ForeignKey("office.code"), primary_key=True),
    Column("code", String(16), primary_key=True),
    Column("parent", String(16)),  # of the same office; None: a first-level unit (一級單位)
    Column("rank", Integer, nullable=False),  # level of approval of its head: 1 股長, 2 課長, 3 一級單位主管
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("updated_ms", Millis, nullable=False),
    ForeignKeyConstraint(["office", "parent"], ["unit.office", "unit.code"]),
    CheckConstraint("rank BETWEEN 1 AND 3", name="rank"),
    CheckConstraint("(parent IS NULL) = (rank = 3)", name="first_level"),
)

office_site = Table(  # the place codes of an office's area
    "office_site",
    metadata,
    Column("site", ForeignKey("site.code"), primary_key=True),
    Column("valid_from_ms", Millis, primary_key=True),
    Column("office", ForeignKey("office.code"), nullable=False, index=True),
    Column("valid_to_ms", Millis),
    CheckConstraint(_VALID, name="validity"),
    Index("uq_office_site_open", "site", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

contact = Table(  # the directory: official numbers, none of a private person
    "contact",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("valid_from_ms", Millis, primary_key=True),
    Column("valid_to_ms", Millis),
    Column("office", ForeignKey("office.code"), index=True),  # None: for all offices
    Column("body", String(16), nullable=False),
    Column("procedure", String(2)),  # E or PA where the two lists differ; None: both
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("phones", Json, nullable=False),
    Column("mobiles", Json, nullable=False),
    Column("faxes", Json, nullable=False),
    Column("mails", Json, nullable=False),
    CheckConstraint(_VALID, name="validity"),
    CheckConstraint("procedure IN ('E', 'PA')", name="procedure"),
    CheckConstraint(
        "body IN ('CONTRACTOR', 'CENTRE', 'JOINT_CENTRE', 'IT', 'INVESTIGATION', 'HOSTING', 'POLICE')", name="body"
    ),
    Index("uq_contact_open", "code", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

# ---------------------------------------------------------------- companies

company = Table(
    "company",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("part", String(8), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("ubn", String(8), nullable=False, index=True),  # 統一編號
    Column("name_zh", String(200), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("valid_from_ms", Millis, nullable=False),
    Column("valid_to_ms", Millis),
    Column("updated_ms", Millis, nullable=False),
    UniqueConstraint("ubn", "kind"),
    CheckConstraint(_VALID, name="validity"),
    CheckConstraint(
        "(part = 'OPERATOR' AND kind IN ('WAREHOUSE', 'CONTAINER_YARD', 'BONDED_WAREHOUSE', 'LOGISTICS_CENTRE', "
        "'DUTY_FREE_SHOP', 'OFFSHORE_DUTY_FREE_SHOP', 'FTZ_WAREHOUSE', 'OTHER_DESIGNATED')) OR "
        "(part = 'TRADER' AND kind IN ('CARRIER', 'FORWARDER', 'BROKER')) OR "
        "(part = 'TRUCKER' AND kind = 'TRUCKING')",
        name="kind",
    ),
)

company_site = Table(  # where an operator operates
    "company_site",
    metadata,
    Column("company", ForeignKey("company.id"), primary_key=True),
    Column("site", ForeignKey("site.code"), primary_key=True, index=True),
    Column("valid_from_ms", Millis, primary_key=True),
    Column("valid_to_ms", Millis),
    CheckConstraint(_VALID, name="validity"),
    Index("uq_company_site_open", "company", "site", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

# ---------------------------------------------------------------- persons

person = Table(
    "person",
    metadata,
    Column("id", String(32), primary_key=True),  # "P-…": says nothing of whom it names
    Column("document", String(12)),  # kind of number: NATIONAL / RESIDENT / RESIDENT_OLD / PASSPORT
    Column("id_index", String(43), unique=True),  # blind index of the number
    Column("id_number", LargeBinary),  # sealed
    Column("name", LargeBinary),  # sealed
    Column("phone", LargeBinary),  # sealed
    Column("created_ms", Millis, nullable=False),
    Column("updated_ms", Millis, nullable=False),
)

authorisation = Table(  # one row lets both seal kinds: whoever may E may Pa, from the same instant to the same
    "authorisation",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("capacity", String(12), primary_key=True),
    Column("site", ForeignKey("site.code"), primary_key=True, index=True),
    Column("valid_from_ms", Millis, primary_key=True),
    Column("valid_to_ms", Millis),  # None: until further notice
    CheckConstraint("capacity IN ('OFFICER', 'SPECIALIST', 'CLERK')", name="capacity"),
    CheckConstraint(_VALID, name="validity"),
    Index("uq_authorisation_open", "person", "capacity", "site", unique=True,
          sqlite_where=_OPEN, postgresql_where=_OPEN),
)  # fmt: skip

staff = Table(  # a badge: what manifests are built from; numbers, no names
    "staff",
    metadata,
    Column("staff", String(32), primary_key=True),  # staff number
    Column("person", ForeignKey("person.id"), nullable=False, unique=True),
    Column("badge_uid", String(20), nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    Column("may", Json, nullable=False),  # operations
    Column("pin", String(200)),  # Argon2id, PHC string; None: the person has set none
    Column("updated_ms", Millis, nullable=False),
    CheckConstraint("role IN ('OFFICER', 'SPECIALIST')", name="role"),
)

specialist = Table(
    "specialist",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("operator", ForeignKey("company.id"), primary_key=True, index=True),
    Column("enrolled_ms", Millis, nullable=False),
    Column("ended_ms", Millis),
    Column("certificate", String(8), nullable=False),  # kind that logged in: BUSINESS / CITIZEN
    Column("assertion", String(43), nullable=False),  # hash of what the single window said, for the record
    CheckConstraint("certificate IN ('BUSINESS', 'CITIZEN')", name="certificate"),
)

post = Table(  # an officer's office, unit, level and duties, dated
    "post",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("valid_from_ms", Millis, primary_key=True),
    Column("valid_to_ms", Millis),
    Column("office", ForeignKey("office.code"), nullable=False),
    Column("unit", String(16), nullable=False),
    Column("level", Integer),  # of approval; None: none
    Column("duties", Json, nullable=False),  # SUPERVISION / DEPARTURE / ARRIVAL
    ForeignKeyConstraint(["office", "unit"], ["unit.office", "unit.code"]),
    CheckConstraint("level BETWEEN 1 AND 3", name="level"),
    CheckConstraint(_VALID, name="validity"),
    Index("uq_post_open", "person", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

driver = Table(
    "driver",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("licence_index", String(43), unique=True),
    Column("licence", LargeBinary),  # sealed
    Column("company", ForeignKey("company.id"), nullable=False, index=True),  # 拖車公司
    Column("plate", String(12), nullable=False),  # tractor
    Column("trailer", String(12), nullable=False),
    Column("id_copy", String(43)),  # document, restricted
    Column("statement", String(43)),  # document, restricted
    Column("updated_ms", Millis, nullable=False),
)
