"""token families without a CHECK on PostgreSQL"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

NAME = "ck_token_family_endreason"
REASONS = (
    "owner_disconnected", "member_left", "reuse_detected", "expired", "replaced", "revoked_by_app", "app_suspended",
    "app_deleted",
)  # fmt: skip


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(NAME), "token_family", type_="check")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_check_constraint(op.f(NAME), "token_family", f"end_reason IN ({', '.join(map(repr, REASONS))})")
