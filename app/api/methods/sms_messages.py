"""1.14 and 1.15: SMS messages that are prepared for later sending."""

from ...models import ChannelType
from ...services import messages
from ...services.callers import Caller
from ..groups import GENERAL
from ..schemas.message import MessageQuery, SmsMessage

_SMS = ChannelType.SMS


@GENERAL.get("1.14", "/v1/messages/sms", query=MessageQuery, returns=list[SmsMessage])
def find_sms_messages(caller: Caller, query: MessageQuery) -> tuple[list[SmsMessage], dict[str, str]]:
    """Find SMS messages by a part of their names, or by a tag; the newest first."""
    found, total = messages.search(caller.organization_id, _SMS, query.search, offset=query.offset, limit=query.maxrows)
    return [SmsMessage.describe(view, in_full=False) for view in found], {"TotalCount": str(total)}


@GENERAL.get("1.15", "/v1/messages/sms/<int:id>", returns=SmsMessage)
def get_sms_message(caller: Caller, id: int) -> SmsMessage:
    """One SMS message with its language versions."""
    return SmsMessage.describe(messages.view(caller.organization_id, _SMS, id), in_full=True)
