"""A large organization: contacts by the million, with their channels, activity and events, loaded in minutes.

Rows are made by the database itself, a statement for each table, in the state in which the product would have left them.
"""

import sys
import time
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import text

from app.clock import now
from app.database import unit_of_work
from app.extensions import db
from app.models import ActivitySpan, ChannelType, FieldKind, Message
from app.services import address_books, api_keys, events, segments, senders, subscriptions, users
from app.services import messages as message_rules
from app.services.messages import MessageDraft

NAMES = ("ann", "bob", "eve", "zoe", "olena", "taras", "maria", "ivan")
SENDER, ALPHA = '"Shop" <shop@example.org>', "Shop"
MESSAGES, CAMPAIGNS = 200, 20
EVERYBODY, SUBSCRIBERS, FRIENDS = "Everybody", "News", "Friends"


@dataclass(frozen=True)
class Sizes:
    """How many rows of each kind; a tenth of the contacts got each of the campaigns."""

    contacts: int
    activity: int
    events: int


@dataclass(frozen=True)
class Crowd:
    """What was loaded. :param key: an API key that may do everything."""

    key: str
    sizes: Sizes


_NAME = "(ARRAY['" + "', '".join(NAMES) + "'])[n % 8 + 1]"
_EMAIL = f"{_NAME} || '.' || n || '@mail' || n % 50 || '.example.org'"
_PHONE = "'38050' || lpad(n::text, 7, '0')"


def _uuid(word: str) -> str:
    return f"md5('{word}' || n::text)::uuid::text"


# ``n`` counts from 1 to :count; activity is spread over 120 days up to now, and all else over the same time.
_FILL = {
    "contacts": (
        "contact",
        "INSERT INTO contact (id, organization_id, address_book_id, external_customer_id, first_name, last_name, "
        "first_name_key, last_name_key, town, language_code, created_at, updated_at, deleted_at) "
        f"SELECT n, :o, :book, 'C-' || n, initcap({_NAME}), 'Lee' || n % 1000, {_NAME}, 'lee' || n % 1000, 'Kyiv', 'uk', "
        ":now, :now - n * interval '7 seconds', CASE n % 50 WHEN 0 THEN :now END FROM numbers",
    ),
    "emails": (
        "contact",
        "INSERT INTO contact_channel (organization_id, contact_id, type, value, confirmed_at, created_at) "
        f"SELECT :o, n, 'email', {_EMAIL}, :now, :now FROM numbers",
    ),
    "numbers": (
        "contact",
        "INSERT INTO contact_channel (organization_id, contact_id, type, value, confirmed_at, created_at) "
        f"SELECT :o, n, 'sms', {_PHONE}, :now, :now FROM numbers",
    ),
    "tokens": (
        "contact",
        "INSERT INTO contact_channel (organization_id, contact_id, type, value, confirmed_at, created_at) "
        "SELECT :o, n, 'mobilepush', 'token-' || n, :now, :now FROM numbers WHERE n % 10 = 0",
    ),
    "fields": (
        "contact",
        "INSERT INTO field_value (contact_id, field_id, value, value_start) SELECT n, :field, 'F', 'F' FROM numbers",
    ),
    "members": (
        "contact",
        "INSERT INTO segment_member (segment_id, contact_id, joined_at) "
        "SELECT segment, n, :now - n * interval '7 seconds' FROM numbers, "
        "LATERAL (VALUES (:everybody), (CASE n % 3 WHEN 0 THEN :subscribers END), (CASE n % 1000 WHEN 1 THEN :friends END)) "
        "AS segments (segment) WHERE segment IS NOT NULL",
    ),
    "counts of segments": (
        None,
        "INSERT INTO segment_count (segment_id, number) SELECT segment_id, count(*) FROM segment_member "
        "JOIN contact ON contact.id = contact_id WHERE deleted_at IS NULL GROUP BY segment_id",
    ),
    "counts of contacts": (
        None,
        "INSERT INTO contact_count (organization_id, slot, number) "
        "SELECT organization_id, 0, count(*) FROM contact WHERE deleted_at IS NULL GROUP BY organization_id",
    ),
    "orders": (
        "contact",
        "INSERT INTO shop_order (organization_id, external_order_id, contact_id, status, ordered_at, details, created_at) "
        "SELECT :o, 'O-' || n, n, 'DELIVERED', :now, '{}', :now FROM numbers WHERE n % 20 = 0",
    ),
    "events": (
        "event",
        "INSERT INTO event (organization_id, event_type_id, key, params, occurred_at, recorded_at, is_past) "
        f"SELECT :o, :event_type, {_EMAIL}, json_build_array(json_build_object('name', 'orderId', 'value', n)), "
        ":now - (:count - n) * (interval '120 days' / :count), :now, false FROM numbers",
    ),
    "campaigns": (
        "campaign",
        "INSERT INTO broadcast (id, organization_id, request_id, is_campaign, channel, title, message_id, segment_ids, "
        "excluded_segment_ids, subscription_keys, options, stage, due_at, last_contact_id, created_at, started_at, "
        f"finished_at) SELECT n, :o, {_uuid('broadcast')}, true, "
        "CASE n % 2 WHEN 0 THEN 'sms' ELSE 'email' END, 'Campaign ' || n, :message, json_build_array(:everybody), '[]', "
        "'[]', '{}', 'done', :now, 0, :now, :now, :now FROM numbers",
    ),
    "deliveries": (
        "delivery",
        "INSERT INTO delivery (organization_id, request_id, interaction_id, channel, locator, contact_id, text_id, "
        "broadcast_id, data, is_service, price, bonus, status, status_description, status_at, stage, due_at, attempts, "
        f"created_at) SELECT :o, {_uuid('request')}, {_uuid('interaction')}, "
        f"CASE n % {CAMPAIGNS} % 2 WHEN 1 THEN 'sms' ELSE 'email' END, {_PHONE}, n / {CAMPAIGNS} + 1, :text, "
        f"n % {CAMPAIGNS} + 1, '{{}}', false, 0, 0, CASE n % 7 WHEN 0 THEN 'READ' WHEN 1 THEN 'UNDELIVERED' "
        "ELSE 'DELIVERED' END, '', :now, 'over', :now, 1, :now FROM numbers",
    ),
    "activity": (
        "activity",
        "INSERT INTO activity (organization_id, occurred_at, status, status_description, status_data, channel, locator, "
        "contact_id, interaction_id, message_id, text_id, message_name, message_tags, tags_start, language_code, "
        "broadcast_id, sender) "
        # Now and then something is reported three days late.
        "SELECT :o, :now - (:count - n) * (interval '120 days' / :count) - CASE n % 100 WHEN 0 THEN interval '3 days' "
        "ELSE interval '0' END, CASE WHEN n % 5000 = 7 THEN 'SPAM' WHEN n % 20 < 8 THEN 'SENT' WHEN n % 20 < 15 "
        "THEN 'DELIVERED' WHEN n % 20 < 18 THEN 'READ' WHEN n % 20 = 18 THEN 'CLICKED' ELSE 'UNDELIVERED' END, '', '{}', "
        f"'email', {_EMAIL}, n % :contacts + 1, {_uuid('interaction')}, 1, 1, 'Message', CASE WHEN n % 5000 = 11 "
        "THEN ',rare,' WHEN n % 3 = 0 THEN ',promo,spring,' ELSE '' END, CASE WHEN n % 5000 = 11 "
        "THEN ',rare,' WHEN n % 3 = 0 THEN ',promo,spring,' END, 'uk', n % 20, :sender FROM numbers",
    ),
    "days of activity": (
        None,
        "INSERT INTO activity_span (organization_id, day, block) SELECT DISTINCT organization_id, "
        f"(occurred_at AT TIME ZONE 'UTC')::date, id / {ActivitySpan.BLOCK} FROM activity",
    ),
    "unsubscribed": (
        "contact",
        "INSERT INTO unsubscribed_address (organization_id, email, by, created_at) "
        f"SELECT :o, {_EMAIL}, 'recipient', :now FROM numbers WHERE n % 10 = 0",
    ),
    "import": (
        None,
        "INSERT INTO contact_import (id, organization_id, session_id, stage, rules, description, row_count, done_count, "
        "created_count, updated_count, skipped_count, problems, failures, created_at, updated_at, finished_at) "
        "VALUES (1, :o, 'bench', 'finished', '{}', '', :contacts, :contacts, :contacts, 0, 0, '[]', 0, :now, :now, :now)",
    ),
    "imported": (
        "contact",
        "INSERT INTO imported_contact (import_id, row_number, contact_id, value) "
        f"SELECT 1, n, n, {_EMAIL} FROM numbers",
    ),
}  # fmt: skip
_SEQUENCES = ("contact", "broadcast", "contact_import")


def load(app: Flask, sizes: Sizes) -> Crowd:
    """Put everything into one organization, and settle the database."""
    with app.app_context():
        with unit_of_work():
            values, key = _frame()
        counts = {
            "contact": sizes.contacts, "activity": sizes.activity, "event": sizes.events, "campaign": CAMPAIGNS,
            "delivery": CAMPAIGNS * sizes.contacts // 10,
        }  # fmt: skip
        for name, (kind, statement) in _FILL.items():
            started = time.monotonic()
            count = counts.get(kind or "", 0)
            query = statement.replace("FROM numbers", "FROM generate_series(1, :count) AS numbers (n)")
            taken = values | {"count": count, "contacts": sizes.contacts}
            with db.engine.begin() as connection:
                connection.execute(
                    text(query.replace("::", r"\:\:")), {k: v for k, v in taken.items() if f":{k}" in query}
                )  # fmt: skip
            print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
        _settle()
    return Crowd(key, sizes)


def _frame() -> tuple[dict[str, object], str]:
    """What there is few of, made by the product's own rules."""
    _, membership = users.create(email="owner@example.org", password="a long password", organization="Large shop")
    organization = membership.organization
    number = organization.id
    senders.add(number, ChannelType.EMAIL, SENDER)
    senders.add(number, ChannelType.SMS, ALPHA)
    field = address_books.add_field(number, group="PERSONAL", name="SIZE", kind=FieldKind.TEXTFIELD, allowed=None)
    made = [_message(number, n) for n in range(MESSAGES)]
    category = subscriptions.create(number, SUBSCRIBERS)
    return {
        "o": number, "now": now(), "sender": SENDER, "book": address_books.get_catalogue(number).address_book_id,
        "field": field.id, "message": made[0].id, "text": message_rules.texts_of(made[0])[None].id,
        "everybody": segments.get_static(number, EVERYBODY), "friends": segments.get_static(number, FRIENDS),
        "subscribers": category.segment_id, "event_type": events.get_type(number, "orderCreated").id,
    }, api_keys.create(organization, author=None, label="bench", scope="UseRestApi").plain  # fmt: skip


def _message(organization_id: int, n: int) -> Message:
    channel, sender = (ChannelType.EMAIL, SENDER) if n % 2 else (ChannelType.SMS, ALPHA)
    tags = ["spring"] if n % 5 else ["news"]
    body = "<p>Hello</p>" * 200
    return message_rules.create(
        organization_id, channel, MessageDraft(name=f"Message {n}", sender=sender, body=body, tags=tags)
    )


def _settle() -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in _SEQUENCES:
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"))
        for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
            connection.execute(text(statement))
