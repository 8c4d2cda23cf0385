"""tokens and families: no index by their end, and room for refreshes"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_token_family_expires_at", table_name="token_family")
    op.drop_index("ix_access_token_expires_at", table_name="access_token")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE token_family SET (fillfactor = 70)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE token_family RESET (fillfactor)")
    op.create_index("ix_access_token_expires_at", "access_token", ["expires_at"], unique=False)
    op.create_index("ix_token_family_expires_at", "token_family", ["expires_at"], unique=False)
