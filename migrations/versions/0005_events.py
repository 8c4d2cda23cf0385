"""events"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "event_type",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "key", sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("required_params", sa.JSON(), nullable=False),
        sa.Column("takes_past_events", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_event_type_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_type")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_event_type_organization_id_key")),
    )
    op.create_table(
        "event",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_type_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "key", sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_past", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["event_type_id"], ["event_type.id"], name=op.f("fk_event_event_type_id_event_type")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_event_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_event_type_id"), ["event_type_id"], unique=False)
        batch_op.create_index("ix_event_organization_id_key", ["organization_id", "key", "occurred_at"], unique=False)
        batch_op.create_index("ix_event_organization_id_occurred_at", ["organization_id", "occurred_at"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_organization_id_occurred_at")
        batch_op.drop_index("ix_event_organization_id_key")
        batch_op.drop_index(batch_op.f("ix_event_event_type_id"))

    op.drop_table("event")
    op.drop_table("event_type")
