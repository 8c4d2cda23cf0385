"""The flow in a real browser: from the link that `make run` prints to the callback, with JavaScript and without."""

import re
from urllib.parse import quote

import requests
from playwright.sync_api import Page, expect

from tests.support.callback_server import CallbackServer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

from .conftest import MakeRun, OpenPage


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def open_link(page: Page, app: PartnerApp, **parameters: str) -> None:
    page.goto(app.site.url + app.authorize_link(**parameters))


def test_from_the_link_that_make_run_prints_to_contacts(make_run: MakeRun, any_page: Page) -> None:
    link = make_run.printed(r"Authorize link\s+(\S+)")
    printed_callback = make_run.printed(r"callback\s+(http://127\.0\.0\.1:8081/\S+)")
    with CallbackServer() as callback:
        assert quote(printed_callback, safe="") in link
        # Only the port differs: nobody may be listening on the printed one, or somebody else.
        any_page.goto(link.replace(quote(printed_callback, safe=""), quote(callback.url, safe="")))
        sign_in(any_page, make_run.printed(r"Demo sign-in\s+(\S+)"), make_run.printed(r"password:\s*(\S+)"))
        if not callback.visits:  # the second time, what was allowed is remembered
            any_page.get_by_role("button", name="Allow access").click()
        expect(any_page.get_by_role("heading", name="Thanks")).to_be_visible()
        assert callback.answer["state"] == "demo"
        assert callback.answer["iss"] == make_run.url
        tokens = requests.post(
            f"{make_run.url}/uaa/oauth/token",
            data={"grant_type": "authorization_code", "code": callback.answer["code"], "redirect_uri": callback.url},
            auth=(re.search("client_id=([0-9a-f]+)", link)[1], make_run.printed(r"secret\s+(uaa_cs_\w+)")),  # type: ignore[index]
            timeout=10,
        ).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    contacts = requests.get(f"{make_run.url}/api/v1/contacts", headers=bearer, timeout=10).json()
    assert {contact["firstName"] for contact in contacts} >= {"Ada", "Lesya"}


def test_refusing_leads_back_to_the_app(live_site: Site, any_page: Page) -> None:
    owner = live_site.owner()
    with CallbackServer() as callback:
        app = live_site.partner_app(callback_urls=[callback.url])
        open_link(any_page, app)
        sign_in(any_page, owner.email, owner.password)
        any_page.get_by_role("button", name="Don’t allow").click()
        expect(any_page.get_by_role("heading", name="Thanks")).to_be_visible()
        assert callback.answer["error"] == "access_denied"


def test_a_callback_that_sends_people_on_to_another_origin_is_not_blocked(live_site: Site, any_page: Page) -> None:
    owner = live_site.owner()
    with CallbackServer(host="localhost") as home, CallbackServer(onward=home.url) as callback:
        app = live_site.partner_app(callback_urls=[callback.url])
        open_link(any_page, app)
        sign_in(any_page, owner.email, owner.password)
        any_page.get_by_role("button", name="Allow access").click()
        any_page.wait_for_url(home.url)
        assert app.exchange(callback.answer["code"], redirect_uri=callback.url).status == 200


def test_a_sign_in_that_is_answered_by_the_callback_at_once_is_not_blocked(live_site: Site, any_page: Page) -> None:
    """What was allowed before is not asked again: the sign-in form itself ends at the partner."""
    owner = live_site.owner()
    with CallbackServer(host="localhost") as home, CallbackServer(onward=home.url) as callback:
        app = live_site.partner_app(callback_urls=[callback.url])
        app.connect(owner)
        open_link(any_page, app)
        sign_in(any_page, owner.email, owner.password)
        any_page.wait_for_url(home.url)
        assert "code" in callback.answer


def test_parts_are_allowed_by_unticking(live_site: Site, any_page: Page) -> None:
    owner = live_site.owner()
    with CallbackServer() as callback:
        app = live_site.partner_app(callback_urls=[callback.url], scope="UseEvents UseMessages")
        open_link(any_page, app)
        sign_in(any_page, owner.email, owner.password)
        any_page.get_by_role("checkbox", name="Access to messages").uncheck(force=True)
        any_page.get_by_role("button", name="Allow access").click()
        expect(any_page.get_by_role("heading", name="Thanks")).to_be_visible()
        assert app.exchange(callback.answer["code"]).scope == "UseEvents"


def test_not_you_signs_out_and_comes_back_to_the_question(live_site: Site, any_page: Page) -> None:
    somebody, owner = live_site.owner(), live_site.owner()
    app = live_site.partner_app()
    open_link(any_page, app)
    sign_in(any_page, somebody.email, somebody.password)
    any_page.get_by_role("button", name="Not you?").click()
    sign_in(any_page, owner.email, owner.password)
    expect(any_page.get_by_role("button", name="Allow access")).to_be_visible()
    expect(any_page.get_by_text(owner.email)).to_be_visible()


def test_an_owner_disconnects_an_app_in_the_page(live_site: Site, any_page: Page) -> None:
    owner, app = live_site.owner(), live_site.partner_app(name="Stripo")
    tokens = app.connect(owner)
    any_page.goto(f"{live_site.url}/settings/connected-apps")
    sign_in(any_page, owner.email, owner.password)
    disconnect = any_page.get_by_role("button", name="Disconnect Stripo")
    expect(disconnect).to_be_hidden()
    any_page.locator("summary", has_text="Disconnect").click()
    disconnect.click()
    expect(any_page.get_by_text("Stripo is disconnected")).to_be_visible()
    assert app.version(tokens).status == 401
    assert app.refresh(tokens).reason == "owner_disconnected"


def test_a_wrong_password_is_said_and_the_address_is_kept(live_site: Site, open_page: OpenPage) -> None:
    owner: Owner = live_site.owner()
    with open_page() as page:
        page.goto(f"{live_site.url}/login")
        sign_in(page, owner.email, "not the password")
        expect(page.get_by_role("alert")).to_contain_text("wrong")
        expect(page.get_by_label("Email")).to_have_value(owner.email)
        sign_in(page, owner.email, owner.password)
        expect(page.get_by_role("heading", name="Connected apps")).to_be_visible()
