"""messages and sending"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CHANNELS = "email sms viber mobilepush webpush appinbox widget inapp telegrambot"
_STATUSES = (
    "IN_QUEUE PENDING SENT DELIVERED READ CLICKED UNDELIVERED BLACKLISTED NOT_CONFIRMED UNSUBSCRIBED SPAM NO_MONEY ERROR "
    "SMS_UNDELIVERED_STATE EXPIRED VIBER_UNKNOWN_USER VIBER_UNDELIVERED_STATE VIBER_EXPIRED_STATE BOT_SEND_ERROR"
)


def _exact(length: int | None) -> sa.types.TypeEngine[str]:
    return sa.String(length=length).with_variant(sa.String(length=length, collation="C"), "postgresql")


def _enum(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=40)


def _channel() -> sa.Enum:
    return _enum("channeltype", _CHANNELS)


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            _enum("activitystatus", "SENT DELIVERED UNDELIVERED READ CLICKED UNSUBSCRIBED SPAM SUBSCRIPTION_CHANGED"),
            nullable=False,
        ),
        sa.Column("status_description", sa.String(length=500), nullable=False),
        sa.Column("status_data", sa.JSON(), nullable=False),
        sa.Column(
            "channel",
            _channel(),
            nullable=False,
        ),
        sa.Column("locator", _exact(None), nullable=False),
        sa.Column("contact_id", _ID, nullable=True),
        sa.Column("external_customer_id", sa.String(length=255), nullable=True),
        sa.Column(
            "interaction_id",
            _exact(36),
            nullable=True,
        ),
        sa.Column("external_request_id", sa.String(length=255), nullable=True),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("text_id", _ID, nullable=False),
        sa.Column("message_name", sa.String(length=255), nullable=False),
        sa.Column("message_tags", sa.Text(), nullable=False),
        sa.Column("language_code", sa.String(length=35), nullable=True),
        sa.Column("click_link", sa.Text(), nullable=True),
        sa.Column("broadcast_id", _ID, nullable=True),
        sa.Column("sender", sa.String(length=400), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_activity_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_activity_organization_id", ["organization_id", "id"], unique=False)
        batch_op.create_index("ix_activity_organization_id_locator", ["organization_id", "locator", "id"], unique=False)
        batch_op.create_index(
            "ix_activity_organization_id_occurred_at", ["organization_id", "occurred_at", "id"], unique=False
        )

    op.create_table(
        "balance",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("money", sa.BigInteger(), nullable=False),
        sa.Column("credit_limit", sa.BigInteger(), nullable=False),
        sa.Column("bonus_emails", sa.Integer(), nullable=False),
        sa.Column("bonus_smses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_balance_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_balance")),
    )
    op.create_table(
        "balance_entry",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column(
            "kind",
            _enum("entrykind", "opening top_up sending refund"),
            nullable=False,
        ),
        sa.Column("money", sa.BigInteger(), nullable=False),
        sa.Column("emails", sa.Integer(), nullable=False),
        sa.Column("smses", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_balance_entry_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_entry")),
    )
    with op.batch_alter_table("balance_entry", schema=None) as batch_op:
        batch_op.create_index("ix_balance_entry_organization_id", ["organization_id", "id"], unique=False)

    op.create_table(
        "message",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column(
            "channel",
            _channel(),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("language_code", sa.String(length=35), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("subscription_keys", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_message_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_organization_id_channel", ["organization_id", "channel", "id"], unique=False)

    op.create_table(
        "sender",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column(
            "channel",
            _channel(),
            nullable=False,
        ),
        sa.Column("address", _exact(254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_sender_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender")),
        sa.UniqueConstraint("organization_id", "channel", "address", name=op.f("uq_sender_organization_id_channel_address")),
    )
    op.create_table(
        "message_text",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=True),
        sa.Column(
            "channel",
            _channel(),
            nullable=False,
        ),
        sa.Column("language_code", sa.String(length=35), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sender", sa.String(length=400), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("plain_text", sa.Text(), nullable=True),
        sa.Column("amp_html", sa.Text(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("extras", sa.JSON(), nullable=False),
        sa.Column("tracks_links", sa.Boolean(), nullable=False),
        sa.Column("is_personal", sa.Boolean(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_text_message_id_message")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_message_text_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_text")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("message_text", schema=None) as batch_op:
        batch_op.create_index("ix_message_text_message_id", ["message_id", "language_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_message_text_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "broadcast",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column(
            "request_id",
            _exact(36),
            nullable=False,
        ),
        sa.Column("is_campaign", sa.Boolean(), nullable=False),
        sa.Column(
            "channel",
            _channel(),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("message_id", _ID, nullable=True),
        sa.Column("text_id", _ID, nullable=True),
        sa.Column("segment_ids", sa.JSON(), nullable=False),
        sa.Column("excluded_segment_ids", sa.JSON(), nullable=False),
        sa.Column("subscription_keys", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("start_date", sa.String(length=19), nullable=True),
        sa.Column("batch_size", sa.Integer(), nullable=True),
        sa.Column(
            "batch_unit",
            _enum("batchunit", "MINUTE HOUR DAY MONTH"),
            nullable=True,
        ),
        sa.Column(
            "stage",
            _enum("broadcaststage", "scheduled running done cancelled"),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_in_batch", sa.Integer(), nullable=True),
        sa.Column("last_contact_id", _ID, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_broadcast_message_id_message")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_broadcast_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["text_id"], ["message_text.id"], name=op.f("fk_broadcast_text_id_message_text")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
        sa.UniqueConstraint("request_id", name=op.f("uq_broadcast_request_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.create_index(
            "ix_broadcast_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )
        batch_op.create_index("ix_broadcast_organization_id", ["organization_id", "id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column(
            "request_id",
            _exact(36),
            nullable=False,
        ),
        sa.Column(
            "interaction_id",
            _exact(36),
            nullable=False,
        ),
        sa.Column(
            "channel",
            _channel(),
            nullable=False,
        ),
        sa.Column("locator", _exact(None), nullable=False),
        sa.Column("contact_id", _ID, nullable=True),
        sa.Column("text_id", _ID, nullable=False),
        sa.Column("broadcast_id", _ID, nullable=True),
        sa.Column("external_request_id", sa.String(length=255), nullable=True),
        sa.Column("sender_name", sa.String(length=120), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("is_service", sa.Boolean(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            _enum("deliverystatus", _STATUSES),
            nullable=False,
        ),
        sa.Column("status_description", sa.String(length=500), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "stage",
            _enum("stage", "waiting sending over"),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", _exact(36), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name=op.f("fk_delivery_broadcast_id_broadcast")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_delivery_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["text_id"], ["message_text.id"], name=op.f("fk_delivery_text_id_message_text")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("interaction_id", name=op.f("uq_delivery_interaction_id")),
        sa.UniqueConstraint("request_id", name=op.f("uq_delivery_request_id")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            "ix_delivery_due",
            ["stage", "due_at"],
            unique=False,
            sqlite_where=sa.text("stage != 'over'"),
            postgresql_where=sa.text("stage != 'over'"),
        )
        batch_op.create_index("ix_delivery_organization_id", ["organization_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_text_id"), ["text_id"], unique=False)
        batch_op.create_index(
            "uq_delivery_broadcast_id_locator",
            ["broadcast_id", "locator"],
            unique=True,
            sqlite_where=sa.text("broadcast_id IS NOT NULL"),
            postgresql_where=sa.text("broadcast_id IS NOT NULL"),
        )

    op.create_table(
        "outbox_letter",
        sa.Column("organization_id", _ID, nullable=False),
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("letter", sa.JSON(), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_outbox_letter_delivery_id_delivery"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_outbox_letter_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_letter")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_outbox_letter_delivery_id")),
    )
    with op.batch_alter_table("outbox_letter", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_letter_organization_id", ["organization_id", "id"], unique=False)

    op.create_table(
        "short_link",
        sa.Column("token", _exact(16), nullable=False),
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_short_link_delivery_id_delivery"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_short_link")),
        sa.UniqueConstraint("delivery_id", "position", name=op.f("uq_short_link_delivery_id_position")),
        sa.UniqueConstraint("token", name=op.f("uq_short_link_token")),
    )
    op.add_column("organization", sa.Column("time_zone", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("organization", "time_zone")

    op.drop_table("short_link")
    with op.batch_alter_table("outbox_letter", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_letter_organization_id")

    op.drop_table("outbox_letter")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_delivery_broadcast_id_locator",
            sqlite_where=sa.text("broadcast_id IS NOT NULL"),
            postgresql_where=sa.text("broadcast_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_delivery_text_id"))
        batch_op.drop_index("ix_delivery_organization_id")
        batch_op.drop_index(
            "ix_delivery_due", sqlite_where=sa.text("stage != 'over'"), postgresql_where=sa.text("stage != 'over'")
        )
        batch_op.drop_index(batch_op.f("ix_delivery_contact_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.drop_index("ix_broadcast_organization_id")
        batch_op.drop_index(
            "ix_broadcast_due", sqlite_where=sa.text("finished_at IS NULL"), postgresql_where=sa.text("finished_at IS NULL")
        )

    op.drop_table("broadcast")
    with op.batch_alter_table("message_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_text_organization_id"))
        batch_op.drop_index("ix_message_text_message_id")

    op.drop_table("message_text")
    op.drop_table("sender")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_organization_id_channel")

    op.drop_table("message")
    with op.batch_alter_table("balance_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_balance_entry_organization_id")

    op.drop_table("balance_entry")
    op.drop_table("balance")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index("ix_activity_organization_id_occurred_at")
        batch_op.drop_index("ix_activity_organization_id_locator")
        batch_op.drop_index("ix_activity_organization_id")
        batch_op.drop_index(batch_op.f("ix_activity_contact_id"))

    op.drop_table("activity")
