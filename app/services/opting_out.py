"""Opting out by the link in an email: its address gets no more messages of the organization."""

from ..clock import now
from ..extensions import db
from ..models import ActivityStatus, ChannelType, Delivery, Organization, UnsubscribedBy
from . import activity, unsubscribed, web_views
from .activity import Happened
from .public_links import LinkNotValid


def organization_of(interaction_id: str) -> Organization:
    """Whose messages they are.

    :raises NotFound: the link is not valid, or the email was forgotten.
    """
    return db.session.get_one(Organization, _email(interaction_id).organization_id)


def opt_out(interaction_id: str) -> Organization:
    """Put the address on the unsubscribed list; once more does no harm.

    :raises NotFound: see organization_of().
    """
    delivery = _email(interaction_id)
    if delivery.locator not in unsubscribed.among(delivery.organization_id, [delivery.locator]):
        unsubscribed.add(delivery.organization_id, [delivery.locator], UnsubscribedBy.RECIPIENT)
        activity.record_of_deliveries([Happened(delivery.id, ActivityStatus.UNSUBSCRIBED, now())])
    return db.session.get_one(Organization, delivery.organization_id)


def _email(interaction_id: str) -> Delivery:
    delivery = web_views.get_delivery(interaction_id)
    if delivery.channel is not ChannelType.EMAIL:
        raise LinkNotValid
    return delivery
