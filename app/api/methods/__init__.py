"""The methods, one file for each section of the reference; importing them declares them."""

from . import (
    account,
    address_books,
    balance,
    contacts,
    contacts_reading,
    email_messages,
    events,
    interfaces,
    push,
    segments,
    sms_messages,
    subscriptions,
    version,
)

__all__ = [
    "account",
    "address_books",
    "balance",
    "contacts",
    "contacts_reading",
    "email_messages",
    "events",
    "interfaces",
    "push",
    "segments",
    "sms_messages",
    "subscriptions",
    "version",
]
