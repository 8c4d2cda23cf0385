"""use of apps by day, first approval of connections"""

import sqlalchemy as sa
from alembic import op

from app.database import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KIND = "ck_usage_credentialkind"


def upgrade() -> None:
    op.add_column("connection", sa.Column("first_approved_at", UtcDateTime(), nullable=True))
    _let_usage_be_of("connection", "api_key", "client_secret", "client")
    # What was counted of an app's connections so far, for the app.
    op.execute(
        "INSERT INTO usage (kind, credential_id, day, method_group, calls, last_used_at) "
        "SELECT 'client', connection.client_id, usage.day, usage.method_group, SUM(usage.calls), MAX(usage.last_used_at) "
        "FROM usage JOIN connection ON connection.id = usage.credential_id WHERE usage.kind = 'connection' "
        "GROUP BY connection.client_id, usage.day, usage.method_group"
    )


def downgrade() -> None:
    op.execute("DELETE FROM usage WHERE kind = 'client'")
    _let_usage_be_of("connection", "api_key", "client_secret")
    op.drop_column("connection", "first_approved_at")


def _let_usage_be_of(*kinds: str) -> None:
    with op.batch_alter_table("usage", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(KIND), type_="check")
        batch_op.create_check_constraint(batch_op.f(KIND), f"kind IN ({', '.join(repr(kind) for kind in kinds)})")
