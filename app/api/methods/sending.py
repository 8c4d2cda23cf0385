"""6.1, 6.2, 6.4, 6.6 and 6.8: sending to single recipients, and to everybody in a segment at once."""

from collections.abc import Sequence
from typing import Any

from flask import current_app

from ...database import unit_of_work
from ...errors import BadRequest
from ...models import ChannelType, Message, MessageText
from ...services import balance, broadcasts, messages, senders, sending
from ...services.broadcasts import SegmentSending
from ...services.callers import Caller
from ...services.messages import MessageDraft
from ...services.recipients import Recipient
from ...services.sending import Accepted, Sending
from ..groups import MESSAGES
from ..schemas.sending import (
    EmailSendBody,
    OldSendBody,
    PhonesBody,
    SendResult,
    SmartSendBody,
    SmsSendBody,
    ViberSendBody,
    check_number,
)

_WHOM = {400: "The body is malformed, it is not clear to whom to send, or the sender is not confirmed."}


@MESSAGES.post("6.1", "/v1/message/<int:id>/smartsend", body=SmartSendBody, returns=SendResult, errors=_WHOM)
def smart_send(caller: Caller, id: int, body: SmartSendBody) -> SendResult:
    """Send a stored message to up to 1,000 recipients, with parameters for each."""
    wanted = body.wanted()
    with unit_of_work():
        message = _message(caller, id, is_email=body.email)
        how = Sending(
            message.channel, messages.texts_of(message), reaches_unconfirmed=bool(body.allow_unconfirmed),
            sender_name=senders.check_other_name(caller.organization_id, message.channel, body.from_name),
        )  # fmt: skip
        accepted = _accept(caller, how, wanted)
    return _answer(accepted)


@MESSAGES.post("6.2", "/v1/message/<int:id>/send", body=OldSendBody, returns=SendResult, errors=_WHOM, deprecated=True)
def send(caller: Caller, id: int, body: OldSendBody) -> SendResult:
    """Send a stored message with one set of parameters to recipients, a contact or a segment."""
    wanted = body.wanted()
    with unit_of_work():
        message = _message(caller, id, is_email=body.email)
        name = senders.check_other_name(caller.organization_id, message.channel, body.from_name)
        if body.group_id is not None:
            options = {"data": body.data, "sender_name": name, "reaches_unconfirmed": bool(body.allow_unconfirmed)}
            accepted = _to_segment(
                caller, body.group_id,
                SegmentSending(message.channel, body.group_id, message_id=message.id, options=options,
                               subscription_keys=message.subscription_keys),
            )  # fmt: skip
        else:
            how = Sending(
                message.channel, messages.texts_of(message), name, bool(body.allow_unconfirmed), sends_once=True
            )  # fmt: skip
            accepted = _accept(caller, how, wanted)
    return _answer(accepted)


@MESSAGES.post("6.4", "/v1/message/email", body=EmailSendBody, returns=SendResult, errors=_WHOM)
def send_email(caller: Caller, body: EmailSendBody) -> SendResult:
    """Send an email text to up to 1,000 addresses, without a stored message."""
    check_number(body.emails)
    draft = MessageDraft(
        name=body.subject[:255], sender=body.sender, subject=body.subject, body=body.html_text,
        plain_text=body.plain_text, amp_html=body.amp_html_text, tags=body.tags,
        tracks_links=body.track_urls is not False,
    )  # fmt: skip
    with unit_of_work():
        text = messages.add_single(
            caller.organization_id, ChannelType.EMAIL, draft, is_personal=not body.skip_personalisation
        )
        # Not bulk mail: it goes to addresses that are still unconfirmed, too.
        how = Sending(ChannelType.EMAIL, {None: text}, reaches_unconfirmed=True, sends_once=True)
        accepted = _accept(caller, how, _recipients(body.emails, body.external_request_id))
    return _answer(accepted)


@MESSAGES.post("6.6", "/v1/message/sms", body=SmsSendBody, returns=SendResult, errors=_WHOM)
def send_sms(caller: Caller, body: SmsSendBody) -> SendResult:
    """Send an SMS text to up to 1,000 phone numbers, or to a segment."""
    draft = MessageDraft(
        name=body.text[:255], sender=body.sender, body=body.text, tags=body.tags, tracks_links=bool(body.track_urls)
    )  # fmt: skip
    return _send_to_phones(caller, ChannelType.SMS, body, draft)


@MESSAGES.post("6.8", "/v1/message/viber", body=ViberSendBody, returns=SendResult, errors=_WHOM)
def send_viber(caller: Caller, body: ViberSendBody) -> SendResult:
    """Send a Viber text to up to 1,000 phone numbers, or to a segment."""
    extras: dict[str, Any] = {
        "iosExpirityText": body.ios_expirity_text, "ttlSeconds": body.ttl_seconds or 86400, "img": body.img,
        "caption": body.caption, "action": body.action,
    }  # fmt: skip
    sender = body.sender or str(senders.get_only(caller.organization_id, ChannelType.VIBER))
    draft = MessageDraft(
        name=body.text[:255], sender=sender, body=body.text, tags=body.tags, tracks_links=body.track_urls is not False,
        extras={name: value for name, value in extras.items() if value},
    )  # fmt: skip
    return _send_to_phones(caller, ChannelType.VIBER, body, draft)


def _send_to_phones(caller: Caller, channel: ChannelType, body: PhonesBody, draft: MessageDraft) -> SendResult:
    body.check_whom()
    if body.group_id is None:
        check_number(body.phone_numbers)
    with unit_of_work():
        text = messages.add_single(caller.organization_id, channel, draft)
        if body.group_id is not None:
            accepted = _to_segment(caller, body.group_id, _single(channel, body.group_id, text, body))
        else:
            how = Sending(channel, {None: text}, reaches_unconfirmed=True, sends_once=True)
            accepted = _accept(caller, how, _recipients(body.phone_numbers, body.external_request_id))
    return _answer(accepted)


def _single(channel: ChannelType, group_id: int, text: MessageText, body: PhonesBody) -> SegmentSending:
    options = {"external_request_id": body.external_request_id}
    return SegmentSending(channel, group_id, text=text, subscription_keys=body.subscriptions_keys, options=options)


def _message(caller: Caller, id: int, *, is_email: bool | None) -> Message:
    message = messages.get(caller.organization_id, id)
    if is_email is not None and is_email != (message.channel is ChannelType.EMAIL):
        raise BadRequest(f"email: the message with id='{id}' is {'no' if is_email else 'an'} email.")
    return message


def _recipients(locators: Sequence[str], external_request_id: str | None) -> list[Recipient]:
    return [Recipient(locator=locator, external_request_id=external_request_id) for locator in locators]


def _accept(caller: Caller, how: Sending, wanted: Sequence[Recipient]) -> list[Accepted]:
    tariff = balance.tariff_of(current_app.config["SETTINGS"])
    return sending.accept(caller.organization_id, how, wanted, tariff)


def _to_segment(caller: Caller, group_id: int, what: SegmentSending) -> list[Accepted]:
    """One request id for all of them."""
    request_id = broadcasts.send_to_segment(caller.organization_id, what)
    return [Accepted(str(group_id), request_id)]


def _answer(accepted: Sequence[Accepted]) -> SendResult:
    """The answer to what has been committed; the worker is told."""
    current_app.extensions["queue"].wake()
    return SendResult.describe(accepted)
