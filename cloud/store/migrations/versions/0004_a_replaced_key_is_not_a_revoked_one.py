"""a replaced key is not a revoked one.

A key that was replaced before this stays revoked, as its registrar was told then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BEFORE = sa.text("revoked_ms IS NULL")
AFTER = sa.text("revoked_ms IS NULL AND replaced_ms IS NULL")


def upgrade() -> None:
    op.add_column("gate_key", sa.Column("replaced_ms", sa.BigInteger(), nullable=True))
    op.drop_index("uq_gate_key_active", "gate_key")
    op.create_index("uq_gate_key_active", "gate_key", ["gate"], unique=True, sqlite_where=AFTER, postgresql_where=AFTER)


def downgrade() -> None:
    op.drop_index("uq_gate_key_active", "gate_key")
    op.execute("UPDATE gate_key SET revoked_ms = replaced_ms WHERE revoked_ms IS NULL")
    op.drop_column("gate_key", "replaced_ms")
    op.create_index(
        "uq_gate_key_active", "gate_key", ["gate"], unique=True, sqlite_where=BEFORE, postgresql_where=BEFORE
    )
