"""Service mail: what the product itself writes to people in an organization's name. Free, not tracked, not refused."""

from collections.abc import Iterable
from html import escape

from ..extensions import db
from ..models import ChannelType, Delivery, MessageText, Organization
from . import senders
from .senders import SenderName


def send(organization_id: int, *, contact_id: int | None, email: str, subject: str, lines: list[str], host: str) -> None:
    """Write to ``email``: a paragraph for each of ``lines``; one that is an address becomes a link.

    :param host: of this server, whose name is the sender's when the organization has none.
    """
    text = MessageText(
        organization_id=organization_id, channel=ChannelType.EMAIL, name=subject[:255],
        sender=str(_sender(organization_id, host)), subject=subject, body=as_html(lines),
        plain_text="\n\n".join(lines), tags=[], extras={}, tracks_links=False, is_personal=False,
    )  # fmt: skip
    db.session.add(text)
    db.session.flush()
    db.session.add(
        Delivery(
            organization_id=organization_id, channel=ChannelType.EMAIL, locator=email, contact_id=contact_id,
            text_id=text.id, is_service=True, data={},
        )
    )  # fmt: skip
    db.session.flush()


def _sender(organization_id: int, host: str) -> SenderName:
    confirmed = senders.list_confirmed(organization_id, ChannelType.EMAIL)
    name = db.session.get_one(Organization, organization_id).name
    return confirmed[0] if confirmed else SenderName(f"noreply@{host}", name)


def as_html(lines: Iterable[str]) -> str:
    """A paragraph for each of ``lines``; one that is an address becomes a link."""
    return "".join(map(_paragraph, lines))


def _paragraph(line: str) -> str:
    words = escape(line)
    return f'<p><a href="{words}">{words}</a></p>' if line.startswith(("http://", "https://")) else f"<p>{words}</p>"
