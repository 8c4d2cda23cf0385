"""1.16 and 1.17: the senders under which an organization may send."""

from ...models import ChannelType
from ...services import senders
from ...services.callers import Caller
from ..groups import GENERAL
from ..schemas.sender import SenderRow


@GENERAL.get("1.16", "/v1/interfaces/email", returns=list[SenderRow])
def email_senders(caller: Caller) -> list[SenderRow]:
    """The confirmed senders of emails, as they are written in `from`."""
    return _rows(caller, ChannelType.EMAIL)


@GENERAL.get("1.17", "/v1/interfaces/sms", returns=list[SenderRow])
def sms_senders(caller: Caller) -> list[SenderRow]:
    """The confirmed alpha names."""
    return _rows(caller, ChannelType.SMS)


def _rows(caller: Caller, channel: ChannelType) -> list[SenderRow]:
    return [SenderRow(type=channel, value=str(name)) for name in senders.list_confirmed(caller.organization_id, channel)]
