"""1.6 to 1.13: email messages that are prepared for later sending."""

from flask import current_app

from ...database import unit_of_work
from ...models import ChannelType
from ...services import messages
from ...services.callers import Caller
from ...services.public_links import PublicLinks
from ..groups import GENERAL
from ..schemas.message import EmailBody, EmailMessage, MessageId, MessageQuery, ViewLink
from ..schemas.wire import Sentence

_EMAIL = ChannelType.EMAIL
_SENDER = {400: "The body is malformed, the sender is not confirmed, or a language is none."}
_BASE = {400: "This is no language, or that of the base version, which is deleted with the message only."}


@GENERAL.post("1.6", "/v1/messages/email", body=EmailBody, returns=MessageId, errors=_SENDER)
def create_email_message(caller: Caller, body: EmailBody) -> MessageId:
    """Make an email message for later sending."""
    with unit_of_work():
        return MessageId(id=messages.create(caller.organization_id, _EMAIL, body.draft()).id)


@GENERAL.get("1.7", "/v1/messages/email", query=MessageQuery, returns=list[EmailMessage])
def find_email_messages(caller: Caller, query: MessageQuery) -> tuple[list[EmailMessage], dict[str, str]]:
    """Find email messages by a part of their names, or by a tag; the newest first."""
    found, total = messages.search(
        caller.organization_id, _EMAIL, query.search, offset=query.offset, limit=query.maxrows
    )  # fmt: skip
    return [EmailMessage.describe(view, in_full=False) for view in found], {"TotalCount": str(total)}


@GENERAL.get("1.8", "/v1/messages/email/<int:id>", returns=EmailMessage)
def get_email_message(caller: Caller, id: int) -> EmailMessage:
    """One email message with its HTML, styles and language versions."""
    return EmailMessage.describe(messages.view(caller.organization_id, _EMAIL, id), in_full=True)


@GENERAL.delete("1.9", "/v1/messages/email/<int:id>", returns=Sentence)
def delete_email_message(caller: Caller, id: int) -> Sentence:
    """Delete an email message with all its language versions. What was accepted before is still sent."""
    with unit_of_work():
        messages.delete(caller.organization_id, _EMAIL, id)
    return Sentence(message=f"Message with id='{id}' has been deleted")


@GENERAL.put("1.10", "/v1/messages/email/<int:id>", body=EmailBody, returns=Sentence, errors=_SENDER)
def update_email_message(caller: Caller, id: int, body: EmailBody) -> Sentence:
    """Replace the base version of an email message."""
    with unit_of_work():
        messages.update_base(caller.organization_id, _EMAIL, id, body.draft())
    return Sentence(message=f"Message with id='{id}' has been updated")


@GENERAL.delete("1.11", "/v1/messages/email/<int:id>/<language:language>", returns=Sentence, errors=_BASE)
def delete_email_language(caller: Caller, id: int, language: str) -> Sentence:
    """Remove one language version; its readers get the base version."""
    with unit_of_work():
        messages.delete_language(caller.organization_id, _EMAIL, id, language)
    return Sentence(message=f"Message with id='{id}' has no version in '{language}' any more")


@GENERAL.put("1.12", "/v1/messages/email/<int:id>/<language:language>", body=EmailBody, returns=Sentence, errors=_SENDER)
def put_email_language(caller: Caller, id: int, language: str, body: EmailBody) -> Sentence:
    """Add or replace one language version. Contacts without one in their language get the base version."""
    with unit_of_work():
        messages.put_language(caller.organization_id, _EMAIL, id, language, body.draft())
    return Sentence(message=f"Message with id='{id}' has been updated")


@GENERAL.get("1.13", "/v1/messages/email/<int:id>/viewLink", returns=ViewLink)
def get_email_view_link(caller: Caller, id: int) -> ViewLink:
    """The address at which anybody who has it can read the message."""
    message = messages.get(caller.organization_id, id, _EMAIL)
    return ViewLink(link=PublicLinks(current_app.config["SETTINGS"]).view_message(message.id))
