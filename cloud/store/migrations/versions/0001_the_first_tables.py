"""The first tables, as `cloud.store.schema` has them until the first installation."""

from alembic import op

from cloud.store.schema import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    bind = op.get_bind()
    metadata.create_all(bind)
    names = [table.name for table in metadata.sorted_tables if table.info.get("append_only")]
    if bind.dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END$$"
        )
        for name in names:
            op.execute(
                f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
                "FOR EACH STATEMENT EXECUTE FUNCTION is_append_only()"
            )
        return
    for name in names:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
                f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
            )


def downgrade() -> None:
    metadata.drop_all(op.get_bind())
