"""the organization that a person chose last"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user_account", sa.Column("last_organization_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("user_account", "last_organization_id")
