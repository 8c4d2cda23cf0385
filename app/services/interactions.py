"""What devices report of push messages: one interaction is one message to one device."""

from datetime import datetime

from sqlalchemy import select

from ..database import table_of
from ..errors import NotFound
from ..extensions import db
from ..models import ChannelType, Delivery, DeliveryStatus
from . import delivery_status

_delivery = table_of(Delivery)
_PUSH = (ChannelType.MOBILEPUSH, ChannelType.WEBPUSH, ChannelType.APPINBOX, ChannelType.WIDGET, ChannelType.INAPP)


class InteractionNotFound(NotFound):
    detail = "There is no such interaction of this device."


def report(
    organization_id: int, interaction_id: str, *, token: str, status: DeliveryStatus, at: datetime | None
) -> None:  # fmt: skip
    """Note what became of a push message, if that is news. Activity is written down: call it late in a unit of work.

    :param token: of the device that reports; it knows the interaction because it got the message.
    :param at: when it happened, by the device's clock. :raises InteractionNotFound: unknown, forgotten, another
        device's or another organization's.
    """
    query = select(_delivery.c.id).where(
        _delivery.c.interaction_id == interaction_id.lower(), _delivery.c.organization_id == organization_id,
        _delivery.c.channel.in_(_PUSH), _delivery.c.locator == token.strip(),
    )  # fmt: skip
    delivery_id = db.session.scalar(query)
    if delivery_id is None:
        raise InteractionNotFound
    delivery_status.move(delivery_id, status, at=at)
