"""shown name and logo of partner apps, use of client secrets"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KIND = "ck_usage_credentialkind"


def upgrade() -> None:
    op.create_table(
        "client_logo",
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        sa.Column("large", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_client_logo_client_id_client")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_logo")),
    )
    op.add_column("client", sa.Column("consent_name", sa.String(length=80), nullable=True))
    op.add_column("client", sa.Column("logo_digest", sa.String(length=64), nullable=True))
    _let_usage_be_of("connection", "api_key", "client_secret")


def downgrade() -> None:
    op.execute("DELETE FROM usage WHERE kind = 'client_secret'")
    _let_usage_be_of("connection", "api_key")
    op.drop_column("client", "logo_digest")
    op.drop_column("client", "consent_name")
    op.drop_table("client_logo")


def _let_usage_be_of(*kinds: str) -> None:
    with op.batch_alter_table("usage", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(KIND), type_="check")
        batch_op.create_check_constraint(batch_op.f(KIND), f"kind IN ({', '.join(repr(kind) for kind in kinds)})")
