"""end dates of connections"""

import sqlalchemy as sa
from alembic import op

from app.database import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connection", sa.Column("ends_at", UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_connection_ends_at"), "connection", ["ends_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_connection_ends_at"), table_name="connection")
    op.drop_column("connection", "ends_at")
