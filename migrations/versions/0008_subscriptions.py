"""subscription categories and the unsubscribed list"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _exact(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length=length).with_variant(sa.String(length=length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "subscription_category",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column("segment_id", _ID, nullable=False),
        sa.Column("key", _exact(100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_subscription_category_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_subscription_category_segment_id_segment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_category")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_subscription_category_organization_id_key")),
        sa.UniqueConstraint("segment_id", name=op.f("uq_subscription_category_segment_id")),
    )
    op.create_table(
        "unsubscribed_address",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column("email", _exact(254), nullable=False),
        sa.Column(
            "by",
            sa.Enum(
                "api", "recipient", "complaint", name="unsubscribedby", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_unsubscribed_address_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("organization_id", "email", name=op.f("pk_unsubscribed_address")),
    )


def downgrade() -> None:
    op.drop_table("unsubscribed_address")
    op.drop_table("subscription_category")
