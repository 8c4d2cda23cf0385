"""rate limits of apps and organizations"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CLASSES = ("general", "import", "send", "token")


def upgrade() -> None:
    op.create_table(
        "rate_limit",
        sa.Column("client_id", NUMBER, nullable=True),
        sa.Column("organization_id", NUMBER, nullable=True),
        sa.Column(
            "limit_class",
            sa.Enum(*CLASSES, name="limitclass", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("rate", sa.String(length=60), nullable=False),
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(client_id IS NULL) <> (organization_id IS NULL)", name=op.f("ck_rate_limit_one_holder")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_rate_limit_client_id_client")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_rate_limit_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rate_limit")),
        sa.UniqueConstraint("client_id", "limit_class", name=op.f("uq_rate_limit_client_id_limit_class")),
        sa.UniqueConstraint("organization_id", "limit_class", name=op.f("uq_rate_limit_organization_id_limit_class")),
    )


def downgrade() -> None:
    op.drop_table("rate_limit")
