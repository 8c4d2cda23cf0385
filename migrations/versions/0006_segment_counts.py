"""how many live contacts a segment has"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "segment_count",
        sa.Column("segment_id", _ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_segment_count_segment_id_segment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_count")),
    )
    with op.batch_alter_table("segment_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segment_count_segment_id"), ["segment_id"], unique=False)
    op.execute(
        "INSERT INTO segment_count (segment_id, number) SELECT member.segment_id, count(*) FROM segment_member AS member "
        "JOIN contact ON contact.id = member.contact_id WHERE contact.deleted_at IS NULL GROUP BY member.segment_id"
    )


def downgrade() -> None:
    with op.batch_alter_table("segment_count", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_segment_count_segment_id"))

    op.drop_table("segment_count")
