"""tickets and letters about accounts"""

import sqlalchemy as sa
from alembic import op

from app.database import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UUID = sa.String(length=36).with_variant(sa.String(length=36, collation="C"), "postgresql")
_KINDS = ("sign_up", "password_reset", "email_change", "second_step")


def upgrade() -> None:
    op.create_table(
        "account_ticket",
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name="ticketkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("user_id", _ID, nullable=True),
        sa.Column("nonce", sa.LargeBinary(length=16), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_account_ticket_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_ticket")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_account_ticket_fingerprint")),
    )
    for column in ("email", "expires_at", "user_id"):
        op.create_index(op.f(f"ix_account_ticket_{column}"), "account_ticket", [column], unique=False)
    op.create_table(
        "account_letter",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("organization_id", _ID, nullable=True),
        sa.Column("ticket_id", _ID, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("request_id", _UUID, nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("handed_over_at", UtcDateTime(), nullable=True),
        sa.Column("over_at", UtcDateTime(), nullable=True),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_account_letter_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["account_ticket.id"], name=op.f("fk_account_letter_ticket_id_account_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_letter")),
    )
    op.create_index(op.f("ix_account_letter_over_at"), "account_letter", ["over_at"], unique=False)
    op.create_index(op.f("ix_account_letter_ticket_id"), "account_letter", ["ticket_id"], unique=False)
    for name, columns, lite, other in (
        ("ix_account_letter_due", ["due_at"], "over_at IS NULL", "over_at IS NULL"),
        ("ix_account_letter_kept", ["organization_id", "id"], "is_kept IS 1", "is_kept IS true"),
    ):
        where = {"sqlite_where": sa.text(lite), "postgresql_where": sa.text(other)}
        op.create_index(name, "account_letter", columns, unique=False, **where)


def downgrade() -> None:
    op.drop_table("account_letter")
    op.drop_table("account_ticket")
