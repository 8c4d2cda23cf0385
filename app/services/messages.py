"""Stored messages: making, changing and finding them, in the languages that they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select, update
from sqlalchemy.orm import load_only

from ..clock import now
from ..database import changed, one_of, table_of
from ..errors import BadRequest, Invalid, NotFound
from ..extensions import db
from ..models import ChannelType, Message, MessageText
from . import senders
from .contact_values import check_language, fold

_message, _text = table_of(Message), table_of(MessageText)

# Of a message with all its versions, and of what a page of a list shows: either lies in memory as a whole.
_MOST_CHARACTERS = 20_000_000
# All of them are looked through by name and tag.
_MOST_MESSAGES = 10_000


class MessageNotFound(NotFound):
    def __init__(self, message_id: int) -> None:
        super().__init__(f"Message with id='{message_id}' was not found.")


class LanguageNotFound(NotFound):
    def __init__(self, message_id: int, language: str) -> None:
        super().__init__(f"Message with id='{message_id}' has no version in '{language}'.")


@dataclass(frozen=True)
class MessageDraft:
    """A message, or one language version of it, as a caller describes it."""

    name: str
    sender: str
    body: str
    subject: str = ""
    plain_text: str | None = None
    amp_html: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)
    language_code: str | None = None
    tags: Sequence[str] = ()
    subscription_keys: Sequence[str] = ()
    tracks_links: bool = True


@dataclass(frozen=True)
class MessageView:
    """A message as it is read, with its base version and the others by their languages."""

    message: Message
    base: MessageText
    versions: Sequence[MessageText]

    @property
    def languages(self) -> list[str]:
        base = [self.message.language_code] if self.message.language_code else []
        return [*base, *(text.language_code for text in self.versions if text.language_code)]


def create(organization_id: int, channel: ChannelType, draft: MessageDraft) -> Message:
    """:raises BadRequest: the sender is not confirmed, or the language is none. :raises Invalid: there are too many."""
    own = select(func.count()).where(Message.organization_id == organization_id, Message.deleted_at.is_(None))
    if (db.session.scalar(own) or 0) >= _MOST_MESSAGES:
        raise Invalid({"name": [f"An organization has at most {_MOST_MESSAGES:,} messages: delete some of them first."]})
    message = Message(organization_id=organization_id, channel=channel)
    _describe(message, draft)
    db.session.add(message)
    db.session.flush()
    _add_text(message, draft, language=None)
    return message


def update_base(organization_id: int, channel: ChannelType, message_id: int, draft: MessageDraft) -> None:
    """:raises MessageNotFound: there is none. :raises BadRequest: as in create(), or there is a version in this language."""
    message = get(organization_id, message_id, channel, lock=True)
    _describe(message, draft)
    if message.language_code and _current(message, message.language_code):
        raise BadRequest(f"languageCode: the message has a version in '{message.language_code}' already.")
    _add_text(message, draft, language=None)


def put_language(
    organization_id: int, channel: ChannelType, message_id: int, language: str, draft: MessageDraft
) -> None:  # fmt: skip
    """Add or replace the version in ``language``; the base version when that is its language.

    :raises MessageNotFound: there is none. :raises BadRequest: as in create().
    """
    message, language = get(organization_id, message_id, channel, lock=True), _language(language)
    # What the body says of it must be a language, but it is the path that counts.
    _language_or_none(draft.language_code)
    message.updated_at = now()
    _add_text(message, draft, language=None if language == message.language_code else language)


def delete_language(organization_id: int, channel: ChannelType, message_id: int, language: str) -> None:
    """:raises NotFound: no such message or version. :raises BadRequest: it is the base version."""
    message, language = get(organization_id, message_id, channel, lock=True), _language(language)
    if language == message.language_code:
        raise BadRequest("The base version can't be deleted by itself; delete the message.")
    if not _replace(message, language):
        raise LanguageNotFound(message_id, language)
    message.updated_at = now()


def delete(organization_id: int, channel: ChannelType, message_id: int) -> None:
    """:raises MessageNotFound: there is none."""
    get(organization_id, message_id, channel, lock=True).deleted_at = now()


def get(organization_id: int, message_id: int, channel: ChannelType | None = None, *, lock: bool = False) -> Message:
    """:raises MessageNotFound: unknown, deleted, another organization's, or of another channel."""
    query = select(Message).where(
        Message.id == message_id, Message.organization_id == organization_id, Message.deleted_at.is_(None)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    message = db.session.scalar(query)
    if message is None or channel not in (None, message.channel):
        raise MessageNotFound(message_id)
    return message


def view(organization_id: int, channel: ChannelType, message_id: int) -> MessageView:
    """:raises MessageNotFound: there is none."""
    return _view([get(organization_id, message_id, channel)])[0]


def search(
    organization_id: int, channel: ChannelType, words: str, *, offset: int, limit: int
) -> tuple[list[MessageView], int]:
    """Messages with ``words`` in their names or as a tag, the newest first; and how many there are. Their versions say
    only in which languages they are. Very long ones make a page shorter."""
    query = select(Message).where(
        Message.organization_id == organization_id, Message.channel == channel, Message.deleted_at.is_(None)
    )
    wanted = fold(words)
    # Here, because the databases know no letter case beyond English; an organization has some thousand messages.
    found = [
        message
        for message in db.session.scalars(query.order_by(Message.id.desc()))
        if wanted in fold(message.name) or wanted in map(fold, message.tags)
    ]
    return _view(_first(found[offset : offset + limit]), in_full=False), len(found)


def _first(messages: Sequence[Message]) -> Sequence[Message]:
    """As many of ``messages`` as fit on a page, but at least one."""
    own = one_of(_text.c.message_id, [message.id for message in messages]) & _text.c.language_code.is_(None)
    query = select(_text.c.message_id, _length()).where(own, _text.c.replaced_at.is_(None))
    lengths: dict[int, int] = {row[0]: row[1] for row in db.session.execute(query)}
    total, number = 0, 0
    for message in messages:
        total += lengths[message.id]
        if number and total > _MOST_CHARACTERS:
            break
        number += 1
    return messages[:number]


def _length() -> ColumnElement[int]:
    """Characters of a text with all that belongs to it."""
    own = func.length(_text.c.body) + func.length(cast(_text.c.extras, Text))
    return own + sum(func.coalesce(func.length(part), 0) for part in (_text.c.plain_text, _text.c.amp_html))


def texts_of(message: Message) -> dict[str | None, MessageText]:
    """The present versions by their languages; the base version under None."""
    query = select(MessageText).where(MessageText.message_id == message.id, MessageText.replaced_at.is_(None))
    return {text.language_code: text for text in db.session.scalars(query)}


def add_single(
    organization_id: int, channel: ChannelType, draft: MessageDraft, *, is_personal: bool = True
) -> MessageText:  # fmt: skip
    """The text of a sending without a stored message.

    :raises BadRequest: the sender is not confirmed.
    """
    sender = senders.get_confirmed(organization_id, channel, draft.sender)
    return _insert(organization_id, channel, draft, str(sender), is_personal=is_personal)


def choose(texts: Mapping[str | None, MessageText], language: str | None) -> MessageText:
    """The version for a reader of ``language``: exactly this one, one of the same language, or the base version."""
    try:
        wanted = check_language(language or "")
    except ValueError:
        wanted = ""
    return texts.get(wanted) or texts.get(wanted.partition("-")[0]) or texts[None]


def _describe(message: Message, draft: MessageDraft) -> None:
    message.name, message.updated_at = draft.name, now()
    message.language_code = _language_or_none(draft.language_code)
    message.tags, message.subscription_keys = list(draft.tags), list(draft.subscription_keys)


def _language_or_none(value: str | None) -> str | None:
    return _language(value) if value and value.strip() else None


def _language(value: str) -> str:
    try:
        found = check_language(value)
    except ValueError as error:
        raise BadRequest(f"languageCode: {error}") from error
    if not found:
        raise BadRequest("languageCode: name the language, such as 'en' or 'de-AT'.")
    return found


def _add_text(message: Message, draft: MessageDraft, *, language: str | None) -> None:
    """Let ``draft`` be what the message says in ``language``.

    :raises BadRequest: the sender is not confirmed. :raises Invalid: the message has become too long.
    """
    sender = senders.get_confirmed(message.organization_id, message.channel, draft.sender)
    _replace(message, language)
    _insert(message.organization_id, message.channel, draft, str(sender), message_id=message.id, language_code=language)
    all_of_it = select(func.sum(_length())).where(_text.c.message_id == message.id, _text.c.replaced_at.is_(None))
    if (db.session.scalar(all_of_it) or 0) > _MOST_CHARACTERS:
        sentence = f"A message has at most {_MOST_CHARACTERS:,} characters, with all its versions together."
        raise Invalid({"htmlText": [sentence]})


def _insert(
    organization_id: int, channel: ChannelType, draft: MessageDraft, sender: str, **members: Any
) -> MessageText:  # fmt: skip
    text = MessageText(
        organization_id=organization_id, channel=channel, name=draft.name, sender=sender, subject=draft.subject,
        body=draft.body, plain_text=draft.plain_text, amp_html=draft.amp_html, tags=list(draft.tags),
        extras=dict(draft.extras), tracks_links=draft.tracks_links, **members,
    )  # fmt: skip
    db.session.add(text)
    db.session.flush()
    return text


def _current(message: Message, language: str) -> MessageText | None:
    return texts_of(message).get(language)


def _replace(message: Message, language: str | None) -> int:
    """End the present version in ``language``; how many there were, one or none."""
    return changed(
        update(_text)
        .where(
            _text.c.message_id == message.id,
            _text.c.language_code.is_(None) if language is None else _text.c.language_code == language,
            _text.c.replaced_at.is_(None),
        )
        .values(replaced_at=now())
    )


def _view(messages: Sequence[Message], *, in_full: bool = True) -> list[MessageView]:
    """:param in_full: whether the versions are read with what they say."""
    texts: dict[int, list[MessageText]] = {message.id: [] for message in messages}
    query = select(MessageText).where(one_of(_text.c.message_id, list(texts)), MessageText.replaced_at.is_(None))
    base, versions = query.where(_text.c.language_code.is_(None)), query.where(_text.c.language_code.is_not(None))
    if not in_full:
        versions = versions.options(load_only(MessageText.message_id, MessageText.language_code))
    for one in (base, versions.order_by(MessageText.language_code)):
        for text in db.session.scalars(one):
            texts[text.message_id or 0].append(text)
    return [
        MessageView(
            message=message,
            base=next(text for text in texts[message.id] if text.language_code is None),
            versions=[text for text in texts[message.id] if text.language_code is not None],
        )
        for message in messages
    ]
