"""The organization's own app that a page is about, and the tabs of its pages."""

from typing import Any

from flask import current_app, render_template, request, url_for

from ...models import Client
from ...services import clients
from ...settings import Settings
from ...words import N_
from ..access import managing_membership

TABS = (
    ("pages.edit_partner_app", N_("General")),
    ("pages.edit_authorization_form", N_("Authorization form")),
    ("pages.app_secrets", N_("Secrets")),
    ("pages.quick_start", N_("Quick start")),
    ("pages.app_events", N_("Events")),
    ("pages.app_numbers_page", N_("Numbers")),
    ("pages.app_danger", N_("Danger")),
)
# Pages without a tab of their own.
BELONGS_TO = {
    "pages.delete_app": "pages.app_danger",
    "pages.test_callback": "pages.quick_start",
    "pages.make_secret": "pages.app_secrets",
}
ADDRESS = "/settings/partner-apps/<client_id>"


def own_app(client_id: str) -> Client:
    """The app with this identifier of the present organization.

    :raises Forbidden: the person may not manage apps. :raises NotFound: the organization has no such app.
    """
    return clients.get_of(managing_membership().organization, client_id)


def page_of(client: Client, template: str, **values: Any) -> str:
    """A page about ``client``, under the tabs of its pages."""
    shown = BELONGS_TO.get(request.endpoint or "", request.endpoint)
    tabs = [(url_for(endpoint, client_id=client.client_id), label, endpoint == shown) for endpoint, label in TABS]
    usual = {"client": client, "app_tabs": tabs, "issuer": settings().issuer}
    return render_template(f"pages/partner_apps/{template}", **usual, **values)


def settings() -> Settings:
    """The settings of this server."""
    found: Settings = current_app.config["SETTINGS"]
    return found
