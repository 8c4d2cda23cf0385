"""The methods, one file for each section of the reference; importing them declares them."""

from . import (
    account,
    address_books,
    contacts,
    contacts_reading,
    events,
    push,
    segments,
    subscriptions,
    version,
)

__all__ = [
    "account",
    "address_books",
    "contacts",
    "contacts_reading",
    "events",
    "push",
    "segments",
    "subscriptions",
    "version",
]
