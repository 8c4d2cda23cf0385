"""The methods, one file for each section of the reference; importing them declares them."""

from . import (
    account,
    address_books,
    balance,
    broadcasts,
    contacts,
    contacts_reading,
    email_messages,
    events,
    interfaces,
    message_status,
    push,
    segments,
    sending,
    sms_messages,
    subscriptions,
    version,
)

__all__ = [
    "account",
    "address_books",
    "balance",
    "broadcasts",
    "contacts",
    "contacts_reading",
    "email_messages",
    "events",
    "interfaces",
    "message_status",
    "push",
    "segments",
    "sending",
    "sms_messages",
    "subscriptions",
    "version",
]
