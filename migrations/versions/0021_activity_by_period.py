"""activity by period, status and tag"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BLOCK = 4096
START = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")
TAGGED = sa.text("tags_start IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "activity_span",
        sa.Column("organization_id", NUMBER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("block", NUMBER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_activity_span_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("organization_id", "day", "block", name=op.f("pk_activity_span")),
    )
    day = "(occurred_at AT TIME ZONE 'UTC')::date" if op.get_bind().dialect.name == "postgresql" else "date(occurred_at)"
    spans = f"SELECT DISTINCT organization_id, {day}, id / {BLOCK} FROM activity"  # noqa: S608  (nothing of anybody's)
    op.execute(f"INSERT INTO activity_span (organization_id, day, block) {spans}")
    op.add_column("activity", sa.Column("tags_start", START, nullable=True))
    op.execute("UPDATE activity SET tags_start = substr(message_tags, 1, 200) WHERE message_tags <> ''")
    op.create_index("ix_activity_organization_id_status", "activity", ["organization_id", "status", "id"])
    op.create_index(
        "ix_activity_organization_id_tags",
        "activity",
        ["organization_id", "tags_start", "id"],
        sqlite_where=TAGGED,
        postgresql_where=TAGGED,
    )


def downgrade() -> None:
    op.drop_index("ix_activity_organization_id_tags", table_name="activity")
    op.drop_index("ix_activity_organization_id_status", table_name="activity")
    op.drop_column("activity", "tags_start")
    op.drop_table("activity_span")
