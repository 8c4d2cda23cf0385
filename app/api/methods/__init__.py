"""The methods, one file for each section of the reference; importing them declares them."""

from . import account, contacts, contacts_reading, events, segments, version

__all__ = ["account", "contacts", "contacts_reading", "events", "segments", "version"]
