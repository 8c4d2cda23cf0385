"""The tabs of the settings: every page that belongs to one is listed here, once."""

from dataclasses import dataclass

from flask import Flask, request, url_for

from ..words import N_
from .context import present_membership


@dataclass(frozen=True)
class Tab:
    """:param endpoint: its first page; all addresses below it belong to the tab."""

    endpoint: str
    label: str
    for_managers: bool = False

    @property
    def address(self) -> str:
        return url_for(self.endpoint)

    def holds(self, path: str) -> bool:
        """Whether the page at ``path`` belongs to this tab."""
        return f"{path}/".startswith(f"{self.address}/")


TABS = (
    Tab("pages.partner_apps", N_("For partners"), for_managers=True),
    Tab("pages.connected_apps", N_("Connected apps")),
    Tab("pages.list_api_keys", N_("API keys")),
    Tab("pages.list_members", N_("Members")),
    Tab("pages.list_imports", N_("Imports"), for_managers=True),
    Tab("pages.outbox", N_("Outbox"), for_managers=True),
    Tab("pages.security_log", N_("Security log"), for_managers=True),
)


def visible() -> list[Tab]:
    """The tabs that the signed-in person can use in the present organization."""
    place = present_membership()
    if place is None:
        return []
    return [tab for tab in TABS if place.may_manage or not tab.for_managers]


def ways() -> list[tuple[str, str, bool]]:
    """Of each visible tab: its address, its label, and whether the present page belongs to it."""
    return [(tab.address, tab.label, tab.holds(request.path)) for tab in visible()]


def register(app: Flask) -> None:
    """Let every template list the tabs."""
    app.context_processor(lambda: {"settings_tabs": visible, "settings_ways": ways})
