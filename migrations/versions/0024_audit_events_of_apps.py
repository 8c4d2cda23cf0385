"""the app that an event of the audit log is about, and an index by it"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INDEX = "ix_audit_event_organization_client"


def upgrade() -> None:
    op.add_column("audit_event", sa.Column("client_id", sa.String(500), nullable=True))
    event = sa.table("audit_event", sa.column("client_id", sa.String), sa.column("detail", sa.JSON))
    named = event.c.detail["client_id"].as_string()
    op.execute(sa.update(event).where(named.is_not(None)).values(client_id=named))
    is_named = sa.text("client_id IS NOT NULL")
    op.create_index(
        INDEX, "audit_event", ["organization_id", "client_id", "id"], unique=False, sqlite_where=is_named,
        postgresql_where=is_named,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index(INDEX, table_name="audit_event")
    op.drop_column("audit_event", "client_id")
