"""Letters: a delivery's message as its recipient gets it, rendered, with the product's own links in it."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from html.parser import HTMLParser
from typing import Any

from ..extensions import db
from ..models import ChannelType, Delivery, MessageText
from . import personalisation, public_links, senders
from .public_links import PublicLinks
from .senders import SenderName

_HREF = re.compile(r"(<a\b[^>]*?\shref\s*=\s*)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_END = re.compile(r"</body\s*>", re.IGNORECASE)
_BREAKS = re.compile(r"[\r\n\t\v\f\x85\u2028\u2029]+")
_BLOCKS = frozenset(
    ("p", "div", "br", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "blockquote", "pre", "section")
)
_UNSEEN = frozenset(("style", "script", "head", "title", "template"))


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
        own_text = plain(text.plain_text, delivery.data) if text.plain_text else read_aloud(page)
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
        page = _replace_links(page, lambda url: links.clicked(delivery.interaction_id, url))
    picture = f'<img src="{links.opened(delivery.interaction_id)}" width="1" height="1" alt="" style="border:0">'
    ends = [match.start() for match in _END.finditer(page)]
    return f"{page[: ends[-1]]}{picture}{page[ends[-1] :]}" if ends else page + picture


def _replace_links(page: str, replacement: Callable[[str], str]) -> str:
    def replace(match: re.Match[str]) -> str:
        url = public_links.clean(html.unescape(match[2][1:-1]))
        if url is None:
            return match[0]
        return f'{match[1]}"{html.escape(replacement(url))}"'

    return _HREF.sub(replace, page)


def _shortened(words: str, delivery: Delivery, links: PublicLinks) -> tuple[str, dict[str, str]]:
    targets: dict[str, str] = {}

    def shorten(match: re.Match[str]) -> str:
        if public_links.clean(match[0]) != match[0]:
            return match[0]
        token = links.short_token(delivery.interaction_id, len(targets))
        targets[token] = match[0]
        return links.short(token)

    return _URL.sub(shorten, words), targets


class _Reader(HTMLParser):
    """Collects what a person would read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0
        self._href: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "a":
            self._href = dict(attributes).get("href")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._unseen:
            self._unseen -= 1
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "a" and self._href and self._href.startswith("http"):
            self.parts.append(f" ({self._href})")
            self._href = None

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        # Conditional comments of mail programs. The standard library fails at those that it doesn't know.
        return self.parse_bogus_comment(i, bool(report))

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


def read_aloud(page: str) -> str:
    """The text of an HTML page, for readers without HTML."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
