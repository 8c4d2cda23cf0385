"""money that is kept for one sender's messages, and which sender's money a delivery was paid with"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("sender", sa.Column("reserved", sa.BigInteger(), nullable=True))
    for table in ("delivery", "balance_entry"):
        op.add_column(table, sa.Column("sender_id", NUMBER, nullable=True))


def downgrade() -> None:
    for table in ("balance_entry", "delivery"):
        op.drop_column(table, "sender_id")
    op.drop_column("sender", "reserved")
