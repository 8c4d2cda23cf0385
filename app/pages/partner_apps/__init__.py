"""For partners: the apps that an organization has registered, one file a page."""

from . import authorization_form, danger, events, general, listing, numbers, quick_start, registering, secrets, test_run

__all__ = [
    "authorization_form",
    "danger",
    "events",
    "general",
    "listing",
    "numbers",
    "quick_start",
    "registering",
    "secrets",
    "test_run",
]
