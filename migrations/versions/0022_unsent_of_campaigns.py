"""index of what of a campaign is not sent yet"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

UNSENT = sa.text("broadcast_id IS NOT NULL AND status IN ('IN_QUEUE', 'PENDING')")


def upgrade() -> None:
    op.create_index(
        "ix_delivery_broadcast_id_unsent",
        "delivery",
        ["broadcast_id"],
        sqlite_where=UNSENT,
        postgresql_where=UNSENT,
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_broadcast_id_unsent", table_name="delivery")
