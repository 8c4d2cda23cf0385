"""6.3, 6.5, 6.7 and 6.9: what became of single messages."""

from ...models import ChannelType
from ...services import delivery_status
from ...services.callers import Caller
from ..groups import MESSAGES
from ..schemas.sending import IdsQuery, Statuses


@MESSAGES.get("6.3", "/v1/message/status", query=IdsQuery, returns=Statuses)
def message_status(caller: Caller, query: IdsQuery) -> Statuses:
    """What became of single messages of any channel, by their request ids."""
    return _statuses(caller, query)


@MESSAGES.get("6.5", "/v1/message/email/status", query=IdsQuery, returns=Statuses, deprecated=True)
def email_status(caller: Caller, query: IdsQuery) -> Statuses:
    """What became of single emails."""
    return _statuses(caller, query, ChannelType.EMAIL)


@MESSAGES.get("6.7", "/v1/message/sms/status", query=IdsQuery, returns=Statuses, deprecated=True)
def sms_status(caller: Caller, query: IdsQuery) -> Statuses:
    """What became of single SMS."""
    return _statuses(caller, query, ChannelType.SMS)


@MESSAGES.get("6.9", "/v1/message/viber/status", query=IdsQuery, returns=Statuses, deprecated=True)
def viber_status(caller: Caller, query: IdsQuery) -> Statuses:
    """What became of single Viber messages."""
    return _statuses(caller, query, ChannelType.VIBER)


def _statuses(caller: Caller, query: IdsQuery, channel: ChannelType | None = None) -> Statuses:
    return Statuses.describe(delivery_status.find(caller.organization_id, query.wanted(), channel))
