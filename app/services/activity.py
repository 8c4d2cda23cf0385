"""Activity: writing down what became of messages and what contacts did, so that it can be read on and on.

Readers go on from the last number that they have seen. A row with a smaller number must therefore never show up
after one with a larger number. PostgreSQL gives numbers when rows are written and shows rows when they are committed,
in another order: writers of one organization take turns, from before the number is given until the commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from ..clock import now
from ..database import one_of, table_of, upsert
from ..extensions import db
from ..models import (
    Activity,
    ActivitySpan,
    ActivityStatus,
    ChannelType,
    Contact,
    ContactChannel,
    Delivery,
    Message,
    MessageText,
)
from . import locks

_activity, _delivery, _contact = table_of(Activity), table_of(Delivery), table_of(Contact)
_channel, _text, _message = table_of(ContactChannel), table_of(MessageText), table_of(Message)
_span, _TAGS_START = table_of(ActivitySpan), Activity.TAGS_START


@dataclass(frozen=True)
class Entry:
    """One thing that happened; what it has in common with the model is explained there."""

    organization_id: int
    status: ActivityStatus
    occurred_at: datetime
    channel: ChannelType
    locator: str
    status_description: str = ""
    status_data: dict[str, Any] = field(default_factory=dict)
    contact_id: int | None = None
    external_customer_id: str | None = None
    interaction_id: str | None = None
    external_request_id: str | None = None
    message_id: int = 0
    text_id: int = 0
    message_name: str = ""
    message_tags: str = ""
    language_code: str | None = None
    click_link: str | None = None
    broadcast_id: int | None = None
    sender: str = ""


@dataclass(frozen=True)
class Happened:
    """What happened to, or because of, one delivery."""

    delivery_id: int
    status: ActivityStatus
    at: datetime
    description: str = ""
    click_link: str | None = None


def record(entries: Sequence[Entry]) -> None:
    """Write ``entries`` down, in this order.

    Others of the same organization wait until this unit of work ends: call it last of all but ``contact_counts.add``.
    """
    if entries:
        take_turn(*(entry.organization_id for entry in entries))
        latest = now()
        # What a fast clock puts into the future would be passed over by whoever reads up to the present.
        rows = [
            asdict(entry)
            | {"occurred_at": min(entry.occurred_at, latest), "tags_start": entry.message_tags[:_TAGS_START] or None}
            for entry in entries
        ]
        written = insert(_activity).returning(_activity.c.id, _activity.c.organization_id, _activity.c.occurred_at)
        _note_days(db.session.execute(written, rows).all())


def _note_days(rows: Sequence[Row[tuple[int, int, datetime]]]) -> None:
    """Write down of which days there are rows among those of similar numbers."""
    spans = {(row.organization_id, row.occurred_at.date(), row.id // ActivitySpan.BLOCK) for row in rows}
    statement = upsert(_span, db.session.get_bind().dialect.name).on_conflict_do_nothing()
    names = ("organization_id", "day", "block")
    db.session.execute(statement, [dict(zip(names, span, strict=True)) for span in sorted(spans)])


def take_turn(*organization_ids: int) -> None:
    """Let nobody else write activity of these organizations down before this unit of work ends."""
    locks.take(f"{organization_id} activity" for organization_id in organization_ids)


def record_subscriptions(organization_id: int, keys: Mapping[int, Sequence[str]]) -> None:
    """Write down to which categories contacts are subscribed now. As with ``record``, call it last of all.

    :param keys: of the categories, by the ids of the contacts.
    """
    query = (
        select(_contact.c.id, _contact.c.external_customer_id, _channel.c.type, _channel.c.value)
        .outerjoin(_channel, _channel.c.contact_id == _contact.c.id)
        .where(one_of(_contact.c.id, keys))
        .order_by(_channel.c.type == ChannelType.EMAIL, _channel.c.id.desc())
    )
    # The last one stays: a contact goes by its first email address, if it has one.
    contacts, at = {row.id: row for row in db.session.execute(query)}, now()
    record([
        Entry(
            organization_id, ActivityStatus.SUBSCRIPTION_CHANGED, at, contacts[id].type or ChannelType.EMAIL,
            contacts[id].value or "", status_data={"subscription": {"subscriptions": list(own)}}, contact_id=id,
            external_customer_id=contacts[id].external_customer_id,
        )
        for id, own in keys.items()
    ])  # fmt: skip


def record_of_deliveries(happened: Sequence[Happened]) -> None:
    """The same, with the facts of the deliveries and their messages as they are now. Service mail leaves no trace."""
    if not happened:
        return
    query = (
        select(
            _delivery.c.id, _delivery.c.organization_id, _delivery.c.channel, _delivery.c.locator, _delivery.c.contact_id,
            _delivery.c.interaction_id, _delivery.c.external_request_id, _delivery.c.broadcast_id, _delivery.c.sender_name,
            _contact.c.external_customer_id, _text.c.id.label("text_id"), _text.c.message_id, _text.c.tags, _text.c.sender,
            _text.c.language_code, _text.c.name, _message.c.language_code.label("base_language"),
            _message.c.tags.label("message_tags"), _message.c.name.label("message_name"),
        )
        .join(_text, _text.c.id == _delivery.c.text_id)
        .outerjoin(_message, _message.c.id == _text.c.message_id)
        .outerjoin(_contact, _contact.c.id == _delivery.c.contact_id)
        .where(one_of(_delivery.c.id, {one.delivery_id for one in happened}), _delivery.c.is_service.is_(False))
    )  # fmt: skip
    facts = {row.id: _facts(row) for row in db.session.execute(query)}
    record(
        [
            Entry(status=one.status, occurred_at=one.at, status_description=one.description[:500],
                  click_link=one.click_link, **facts[one.delivery_id])
            for one in happened
            if one.delivery_id in facts
        ]
    )  # fmt: skip


def _facts(row: Any) -> dict[str, Any]:
    tags = row.message_tags if row.message_id else row.tags
    return {
        "organization_id": row.organization_id, "channel": row.channel, "locator": row.locator,
        "contact_id": row.contact_id, "external_customer_id": row.external_customer_id,
        "interaction_id": row.interaction_id, "external_request_id": row.external_request_id,
        "broadcast_id": row.broadcast_id, "sender": row.sender_name or row.sender,
        "message_id": row.message_id or 0, "text_id": row.text_id if row.message_id else 0,
        "message_name": row.message_name or row.name, "language_code": row.language_code or row.base_language,
        "message_tags": "".join(f",{tag.replace(',', ' ')}" for tag in tags) + ("," if tags else ""),
    }  # fmt: skip
