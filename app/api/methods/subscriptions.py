"""1.4, 2.7 to 2.10 and 3.4: subscription categories, subscribing, and the unsubscribed list."""

from functools import partial

from flask import current_app

from ...database import unit_of_work
from ...services import confirmations, local_times, recent_requests, subscribing, subscriptions, unsubscribed
from ...services.callers import Caller
from ..groups import GENERAL, READING_CONTACTS, UPDATING_CONTACTS
from ..schemas.subscription import (
    Category,
    CountedCategory,
    EmailsBody,
    SubscribeBody,
    SubscribeResult,
    SubscriptionsBody,
)
from ..schemas.wire import Sentence, Wire
from .errors import REPEATED

_UNKNOWN = {400: "The body is malformed, or there is no category with one of the keys."}


@GENERAL.get("1.4", "/v1/subscriptions", returns=list[CountedCategory])
def list_subscriptions(caller: Caller) -> list[CountedCategory]:
    """The categories that contacts can subscribe to."""
    zone = local_times.zone_of(caller.organization_id)
    return [CountedCategory.describe_counted(view, zone) for view in subscriptions.read(caller.organization_id)]


@UPDATING_CONTACTS.put(
    "2.7", "/v1/contact/<int:id>/subscriptions", body=SubscriptionsBody, returns=Sentence, errors=_UNKNOWN
)
def set_subscriptions(caller: Caller, id: int, body: SubscriptionsBody) -> Sentence:
    """Set the categories to which a contact is subscribed."""
    with unit_of_work():
        subscriptions.replace(caller.organization_id, id, body.subscriptions)
    return Sentence(message="Subscriptions have been updated")


@UPDATING_CONTACTS.post(
    "2.8", "/v1/contact/subscribe", body=SubscribeBody, returns=SubscribeResult, errors=REPEATED | _UNKNOWN
)
def subscribe_contact(caller: Caller, body: SubscribeBody) -> SubscribeResult:
    """Subscribe a contact from a form; a new one is unconfirmed until the link in an email is followed."""
    settings = current_app.config["SETTINGS"]
    with unit_of_work():
        recent_requests.claim(caller.organization_id, "POST contact/subscribe", body.model_dump_json().encode())
        done = subscribing.subscribe(
            caller.organization_id,
            body.draft(),
            keys=body.subscriptions,
            form=body.form_type,
            send=partial(confirmations.send, settings.keys, settings.issuer),
        )
    return SubscribeResult(id=done.contact_id, email_status=done.email_status, new=done.is_new)


@UPDATING_CONTACTS.post("2.9", "/v1/emails/unsubscribed/add", body=EmailsBody, returns=Wire)
def add_unsubscribed(caller: Caller, body: EmailsBody) -> Wire:
    """Put email addresses on the unsubscribed list: they get nothing in bulk any more."""
    emails = unsubscribed.check(body.emails)
    with unit_of_work():
        unsubscribed.add(caller.organization_id, emails)
    return Wire()


@UPDATING_CONTACTS.post("2.10", "/v1/emails/unsubscribed/delete", body=EmailsBody, returns=Wire)
def remove_unsubscribed(caller: Caller, body: EmailsBody) -> Wire:
    """Take email addresses off the unsubscribed list."""
    emails = unsubscribed.check(body.emails)
    with unit_of_work():
        unsubscribed.remove(caller.organization_id, emails)
    return Wire()


@READING_CONTACTS.get("3.4", "/v1/contact/<int:id>/subscriptions", returns=list[Category])
def get_subscriptions(caller: Caller, id: int) -> list[Category]:
    """The categories to which a contact is subscribed."""
    return [Category.describe(category) for category in subscriptions.of_contact(caller.organization_id, id)]
