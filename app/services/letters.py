"""Letters: a delivery's message as its recipient gets it, rendered, with the product's own links in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from ..extensions import db
from ..models import ChannelType, Delivery, MessageText
from . import markup, personalisation, public_links, senders
from .public_links import PublicLinks
from .senders import SenderName

_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_END = re.compile(r"</body\s*>", re.IGNORECASE)
# Servers and proxies take request lines of up to 8 kB.
_LONGEST_LINK = 7000
_BREAKS = re.compile(r"[\r\n\t\v\f\x85\u2028\u2029]+")


@dataclass(frozen=True)
class Letter:
    """What a channel carries away.

    :param headers: further ones of an email. :param short_links: token -> target, to be kept before it goes out.
    """

    delivery_id: int
    organization_id: int
    request_id: str
    interaction_id: str
    channel: ChannelType
    recipient: str
    sender: SenderName
    subject: str
    text: str
    html: str = ""
    amp_html: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Any] = field(default_factory=dict)
    is_service: bool = False
    short_links: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For the outbox: what is needed to show it."""
        return {
            "recipient": self.recipient, "sender": str(self.sender), "subject": self.subject, "text": self.text,
            "html": self.html, "amp_html": self.amp_html, "headers": dict(self.headers), "extras": dict(self.extras),
        }  # fmt: skip


def write(delivery: Delivery, text: MessageText, links: PublicLinks) -> Letter:
    """The letter of ``delivery``: the same one each time."""
    plain, marked_up = (_as_is, _as_is) if not text.is_personal else (personalisation.fill, personalisation.fill_html)
    subject = _BREAKS.sub(" ", plain(text.subject, delivery.data)).strip()
    common: dict[str, Any] = {
        "delivery_id": delivery.id, "organization_id": delivery.organization_id, "request_id": delivery.request_id,
        "interaction_id": delivery.interaction_id, "channel": delivery.channel, "recipient": delivery.locator,
        "is_service": delivery.is_service, "sender": _sender(delivery, text), "subject": subject,
    }  # fmt: skip
    if delivery.channel is ChannelType.EMAIL:
        page = marked_up(text.body, delivery.data)
        own_text = plain(text.plain_text, delivery.data) if text.plain_text else markup.read_aloud(page)
        return Letter(
            **common, text=own_text, html=_tracked(page, delivery, text, links),
            amp_html=marked_up(text.amp_html, delivery.data) if text.amp_html else "", headers=_headers(delivery, links),
        )  # fmt: skip
    words, short_links = plain(text.body, delivery.data), dict[str, str]()
    if text.tracks_links and not delivery.is_service:
        words, short_links = _shortened(words, delivery, links)
    extras = {name: plain(value, delivery.data) if isinstance(value, str) else value for name, value in text.extras.items()}
    return Letter(**common, text=words, extras=extras, short_links=short_links)


def text_of(delivery: Delivery) -> MessageText:
    return db.session.get_one(MessageText, delivery.text_id)


def preview(text: str) -> str:
    """A text of a stored email for whoever has the link to it: nobody's data, nothing tracked."""
    return personalisation.fill_html(text, {})


def _as_is(text: str, data: Mapping[str, Any]) -> str:
    return text


def _sender(delivery: Delivery, text: MessageText) -> SenderName:
    try:
        sender = senders.parse(delivery.channel, text.sender)
    except ValueError:
        # The server's own name may be an address that nobody would accept from outside.
        name, address = parseaddr(text.sender)
        sender = SenderName(address, name)
    if not delivery.sender_name:
        return sender
    is_email = delivery.channel is ChannelType.EMAIL
    return SenderName(sender.address, delivery.sender_name) if is_email else SenderName(delivery.sender_name)


def _headers(delivery: Delivery, links: PublicLinks) -> dict[str, str]:
    """One-click unsubscription (RFC 8058); not in what the product itself has to say."""
    if delivery.is_service:
        return {}
    return {
        "List-Unsubscribe": f"<{links.unsubscribe(delivery.interaction_id)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _tracked(page: str, delivery: Delivery, text: MessageText, links: PublicLinks) -> str:
    """Let links lead through the product, and let a picture that nobody sees say that the letter was opened."""
    if delivery.is_service:
        return page
    if text.tracks_links:
        page = markup.replace_links(page, lambda url: _counted(url, delivery, links))
    picture = f'<img src="{links.opened(delivery.interaction_id)}" width="1" height="1" alt="" style="border:0">'
    ends = [match.start() for match in _END.finditer(page)]
    return f"{page[: ends[-1]]}{picture}{page[ends[-1] :]}" if ends else page + picture


def _counted(url: str, delivery: Delivery, links: PublicLinks) -> str | None:
    """The link through the product; None for one that stays as it is: no web address, or too long for its way here."""
    target = public_links.clean(url)
    link = links.clicked(delivery.interaction_id, target) if target is not None else ""
    return link if 0 < len(link) <= _LONGEST_LINK else None


def _shortened(words: str, delivery: Delivery, links: PublicLinks) -> tuple[str, dict[str, str]]:
    targets: dict[str, str] = {}

    def shorten(match: re.Match[str]) -> str:
        if public_links.clean(match[0]) != match[0]:
            return match[0]
        token = links.short_token(delivery.interaction_id, len(targets))
        targets[token] = match[0]
        return links.short(token)

    return _URL.sub(shorten, words), targets
