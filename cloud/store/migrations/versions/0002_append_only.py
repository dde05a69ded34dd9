"""Records are evidence: the database itself refuses to change or delete one (R-034, R-113)."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION record_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION 'record is append-only'; END$$"
        )
        op.execute(
            "CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record "
            "FOR EACH STATEMENT EXECUTE FUNCTION record_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER record_no_{verb.lower()} BEFORE {verb} ON record "
            "BEGIN SELECT RAISE(ABORT, 'record is append-only'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER record_append_only ON record")
        op.execute("DROP FUNCTION record_is_append_only()")
        return
    op.execute("DROP TRIGGER record_no_update")
    op.execute("DROP TRIGGER record_no_delete")
