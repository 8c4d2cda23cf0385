"""Stored messages on the wire."""

from typing import Annotated

from pydantic import Field

from ...services.contact_values import LANGUAGE_OR_NONE
from ...services.messages import MessageDraft, MessageView
from .paging import Paging
from .saying import Says
from .wire import LenientList, Text, Wire

LONGEST_TEXT = 2_000_000
Language = Annotated[str, Field(max_length=35), Says(pattern=LANGUAGE_OR_NONE)]
Markup = Annotated[str, Field(max_length=LONGEST_TEXT)]
Tag = Annotated[Text, Field(min_length=1, max_length=100)]
Tags = Annotated[LenientList[Tag], Field(max_length=50)]


class EmailBody(Wire):
    """An email message, or one language version of it."""

    name: Text = Field(min_length=1, max_length=255)
    sender: str = Field(alias="from", max_length=400, description='`"Name" <address>` of a confirmed sender.')
    subject: Text = Field(min_length=1, max_length=1000)
    html_text: Markup = Field(min_length=1, description="The whole HTML.")
    raw_html: Markup | None = Field(None, description="HTML without styles.")
    css: Markup | None = Field(None, description="The styles.")
    amp_html: Markup | None = Field(None, description="An AMP version.")
    plain_text: Markup | None = None
    language_code: Language | None = Field(None, description="The language of the base version.")
    tags: Tags = Field([])
    subscriptions_keys: Tags = Field([], description="Limits bulk sending to subscribers of these categories.")

    def draft(self) -> MessageDraft:
        extras = {"raw_html": self.raw_html, "css": self.css}
        return MessageDraft(
            name=self.name, sender=self.sender, subject=self.subject, body=self.html_text, amp_html=self.amp_html,
            plain_text=self.plain_text, language_code=self.language_code, tags=self.tags,
            subscription_keys=self.subscriptions_keys,
            extras={name: value for name, value in extras.items() if value is not None},
        )  # fmt: skip


class MessageId(Wire):
    id: int


class EmailVersion(Wire):
    """One language version."""

    language_code: str | None = None
    name: str
    sender: str = Field(alias="from")
    subject: str
    html_text: str
    raw_html: str | None = None
    css: str | None = None
    amp_html: str | None = None
    plain_text: str | None = None


class EmailMessage(EmailVersion):
    id: int
    languages: list[str]
    tags: list[str]
    subscriptions_keys: list[str]
    translations: list[EmailVersion] | None = None

    @classmethod
    def describe(cls, view: MessageView, *, in_full: bool) -> "EmailMessage":
        base = view.base
        return cls(
            id=view.message.id, name=view.message.name, language_code=view.message.language_code,
            languages=view.languages, tags=view.message.tags, subscriptions_keys=view.message.subscription_keys,
            sender=base.sender, subject=base.subject, html_text=base.body, amp_html=base.amp_html,
            plain_text=base.plain_text, **base.extras,
            translations=[
                EmailVersion(
                    language_code=text.language_code, name=text.name, sender=text.sender, subject=text.subject,
                    html_text=text.body, amp_html=text.amp_html, plain_text=text.plain_text, **text.extras,
                )
                for text in view.versions
            ] if in_full else None,
        )  # fmt: skip


class SmsVersion(Wire):
    language_code: str | None = None
    name: str
    sender: str = Field(alias="from")
    text: str
    track_urls: bool


class SmsMessage(SmsVersion):
    id: int
    languages: list[str]
    tags: list[str]
    subscriptions_keys: list[str]
    translations: list[SmsVersion] | None = None

    @classmethod
    def describe(cls, view: MessageView, *, in_full: bool) -> "SmsMessage":
        base = view.base
        return cls(
            id=view.message.id, name=view.message.name, language_code=view.message.language_code,
            languages=view.languages, tags=view.message.tags, subscriptions_keys=view.message.subscription_keys,
            sender=base.sender, text=base.body, track_urls=base.tracks_links,
            translations=[
                SmsVersion(
                    language_code=text.language_code, name=text.name, sender=text.sender, text=text.body,
                    track_urls=text.tracks_links,
                )
                for text in view.versions
            ] if in_full else None,
        )  # fmt: skip


class MessageQuery(Paging):
    search: str = Field("", max_length=255, description="A part of the name, or a tag.")


class ViewLink(Wire):
    link: str
