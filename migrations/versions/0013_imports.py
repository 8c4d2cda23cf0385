"""imports of contacts"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imported_contact",
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("row_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "row_number", name=op.f("pk_imported_contact")),
    )
    with op.batch_alter_table("imported_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_contact_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "contact_import",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "session_id",
            sa.String(length=32).with_variant(sa.String(length=32, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "waiting",
                "loading",
                "running",
                "finished",
                "failed",
                name="importstage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("done_count", sa.Integer(), nullable=False),
        sa.Column("created_count", sa.Integer(), nullable=False),
        sa.Column("updated_count", sa.Integer(), nullable=False),
        sa.Column("skipped_count", sa.Integer(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column(
            "holder", sa.String(length=36).with_variant(sa.String(length=36, collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_contact_import_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_import")),
        sa.UniqueConstraint("session_id", name=op.f("uq_contact_import_session_id")),
    )
    with op.batch_alter_table("contact_import", schema=None) as batch_op:
        batch_op.create_index("ix_contact_import_organization_id", ["organization_id", "id"], unique=False)
        batch_op.create_index(
            "ix_contact_import_unfinished",
            ["updated_at"],
            unique=False,
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )

    op.create_table(
        "import_chunk",
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["contact_import.id"], name=op.f("fk_import_chunk_import_id_contact_import"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "first_row", name=op.f("pk_import_chunk")),
    )


def downgrade() -> None:
    op.drop_table("import_chunk")
    with op.batch_alter_table("contact_import", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_contact_import_unfinished",
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )
        batch_op.drop_index("ix_contact_import_organization_id")

    op.drop_table("contact_import")
    with op.batch_alter_table("imported_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imported_contact_contact_id"))

    op.drop_table("imported_contact")
