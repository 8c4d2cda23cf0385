"""contacts, their address book and segments"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recent_request",
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_recent_request")),
    )
    with op.batch_alter_table("recent_request", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recent_request_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "address_book",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_address_book_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_book")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_address_book_organization_id_name")),
    )
    op.create_table(
        "contact_count",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_contact_count_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("organization_id", "slot", name=op.f("pk_contact_count")),
    )
    op.create_table(
        "segment",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "name", sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column(
            "type",
            sa.Enum(
                "Static", "Dynamic", "Combined", name="segmenttype", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_segment_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_segment_organization_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "contact",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address_book_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "external_customer_id",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("contact_key", sa.String(length=255), nullable=True),
        sa.Column("first_name", sa.String(length=40), nullable=True),
        sa.Column("last_name", sa.String(length=40), nullable=True),
        sa.Column(
            "first_name_key",
            sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column(
            "last_name_key",
            sa.String(length=160).with_variant(sa.String(length=160, collation="C"), "postgresql"),
            nullable=True,
        ),
        sa.Column("region", sa.String(length=255), nullable=True),
        sa.Column("town", sa.String(length=255), nullable=True),
        sa.Column("address", sa.String(length=255), nullable=True),
        sa.Column("postcode", sa.String(length=40), nullable=True),
        sa.Column("language_code", sa.String(length=35), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_book_id"], ["address_book.id"], name=op.f("fk_contact_address_book_id_address_book")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_contact_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_first_name", ["organization_id", "first_name_key"], unique=False)
        batch_op.create_index("ix_contact_last_name", ["organization_id", "last_name_key"], unique=False)
        batch_op.create_index(
            "ix_contact_live",
            ["organization_id", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            "ix_contact_live_updated",
            ["organization_id", "updated_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            "uq_contact_external_customer_id",
            ["organization_id", "external_customer_id"],
            unique=True,
            sqlite_where=sa.text("external_customer_id IS NOT NULL"),
            postgresql_where=sa.text("external_customer_id IS NOT NULL"),
        )

    op.create_table(
        "field_group",
        sa.Column("address_book_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("profile_key", sa.String(length=60), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_book_id"], ["address_book.id"], name=op.f("fk_field_group_address_book_id_address_book")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_group")),
        sa.UniqueConstraint("address_book_id", "profile_key", name=op.f("uq_field_group_address_book_id_profile_key")),
    )
    op.create_table(
        "contact_channel",
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "email",
                "sms",
                "viber",
                "mobilepush",
                "webpush",
                "appinbox",
                "widget",
                "inapp",
                "telegrambot",
                name="channeltype",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_contact_channel_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_contact_channel_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_channel")),
    )
    with op.batch_alter_table("contact_channel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_channel_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_contact_channel_value", ["organization_id", "type", "value", "contact_id"], unique=False)

    op.create_table(
        "field",
        sa.Column("field_group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("field_key", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "textfield",
                "textarea",
                "number",
                "decimal",
                "date",
                "datetime",
                "combobox",
                "checkboxlist",
                "tags",
                name="fieldkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("allowed_values", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_readonly", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["field_group_id"], ["field_group.id"], name=op.f("fk_field_field_group_id_field_group")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field")),
        sa.UniqueConstraint("field_group_id", "field_key", name=op.f("uq_field_field_group_id_field_key")),
    )
    op.create_table(
        "segment_member",
        sa.Column("segment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_segment_member_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segment.id"], name=op.f("fk_segment_member_segment_id_segment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("segment_id", "contact_id", name=op.f("pk_segment_member")),
    )
    with op.batch_alter_table("segment_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segment_member_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_segment_member_joined", ["segment_id", "joined_at", "contact_id"], unique=False)

    op.create_table(
        "field_value",
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("field_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column(
            "value_start",
            sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_field_value_contact_id_contact"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["field_id"], ["field.id"], name=op.f("fk_field_value_field_id_field")),
        sa.PrimaryKeyConstraint("contact_id", "field_id", name=op.f("pk_field_value")),
    )
    with op.batch_alter_table("field_value", schema=None) as batch_op:
        batch_op.create_index("ix_field_value_value", ["field_id", "value_start", "contact_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("field_value", schema=None) as batch_op:
        batch_op.drop_index("ix_field_value_value")

    op.drop_table("field_value")
    with op.batch_alter_table("segment_member", schema=None) as batch_op:
        batch_op.drop_index("ix_segment_member_joined")
        batch_op.drop_index(batch_op.f("ix_segment_member_contact_id"))

    op.drop_table("segment_member")
    op.drop_table("field")
    with op.batch_alter_table("contact_channel", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_channel_value")
        batch_op.drop_index(batch_op.f("ix_contact_channel_contact_id"))

    op.drop_table("contact_channel")
    op.drop_table("field_group")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_contact_external_customer_id",
            sqlite_where=sa.text("external_customer_id IS NOT NULL"),
            postgresql_where=sa.text("external_customer_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_contact_live_updated",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_contact_live", sqlite_where=sa.text("deleted_at IS NULL"), postgresql_where=sa.text("deleted_at IS NULL")
        )
        batch_op.drop_index("ix_contact_last_name")
        batch_op.drop_index("ix_contact_first_name")

    op.drop_table("contact")
    op.drop_table("segment")
    op.drop_table("contact_count")
    op.drop_table("address_book")
    with op.batch_alter_table("recent_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recent_request_expires_at"))

    op.drop_table("recent_request")
