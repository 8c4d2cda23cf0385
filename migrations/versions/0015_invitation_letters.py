"""invitations by letter"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("invitation", sa.Column("nonce", sa.LargeBinary(length=16), nullable=True))
    with op.batch_alter_table("account_letter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("invitation_id", _ID, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_account_letter_invitation_id_invitation"), "invitation", ["invitation_id"], ["id"],
            ondelete="CASCADE",
        )  # fmt: skip
        batch_op.create_index(batch_op.f("ix_account_letter_invitation_id"), ["invitation_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("account_letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_letter_invitation_id"))
        batch_op.drop_constraint(batch_op.f("fk_account_letter_invitation_id_invitation"), type_="foreignkey")
        batch_op.drop_column("invitation_id")
    op.drop_column("invitation", "nonce")
