"""indexes of the audit log: by number, and by kind"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_event_organization_id", "audit_event", ["organization_id", "id"], unique=False)
    op.create_index("ix_audit_event_organization_kind", "audit_event", ["organization_id", "kind", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_audit_event_organization_kind", table_name="audit_event")
    op.drop_index("ix_audit_event_organization_id", table_name="audit_event")
