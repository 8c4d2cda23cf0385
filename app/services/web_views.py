"""Messages as anybody can read them who has their link."""

from ..errors import NotFound
from ..extensions import db
from ..models import ChannelType, Delivery, Message
from ..words import N_
from . import delivery_status, letters, messages
from .personalisation import TooLong
from .public_links import LinkNotValid, PublicLinks


def of_message(links: PublicLinks, token: str) -> tuple[str, str]:
    """Subject and HTML of a stored email.

    :raises NotFound: the link is not valid, or the message was deleted.
    """
    message = db.session.get(Message, links.read_message(token))
    if message is None or message.deleted_at is not None or message.channel is not ChannelType.EMAIL:
        raise LinkNotValid
    base = messages.texts_of(message)[None]
    return letters.preview(base.subject), letters.preview(base.body)


def of_letter(links: PublicLinks, token: str) -> tuple[str, str]:
    """Subject and HTML of an email as its recipient got it.

    :raises NotFound: the link is not valid, or the email was forgotten.
    """
    delivery = get_delivery(links.read_letter(token))
    try:
        letter = letters.write(delivery, letters.text_of(delivery), links)
    except TooLong as error:
        raise NotFound(N_("This message is no longer kept.")) from error
    return letter.subject, without_picture(links, letter.interaction_id, letter.html)


def get_delivery(interaction_id: str) -> Delivery:
    """:raises NotFound: it was forgotten."""
    found = delivery_status.find_id(interaction_id)
    delivery = db.session.get(Delivery, found) if found is not None else None
    if delivery is None:
        raise NotFound(N_("This message is no longer kept."))
    return delivery


def without_picture(links: PublicLinks, interaction_id: str, page: str) -> str:
    """The HTML without the picture that says that it was opened: looking again is not opening the letter."""
    return page.replace(links.opened(interaction_id), "data:,")
