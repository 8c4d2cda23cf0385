"""The API reference in a browser: signing in by the code flow, taking a key, calling methods; and without scripts."""

from playwright.sync_api import Page

from tests.api.shop import Shop
from tests.support.sites import Site

from .conftest import OpenPage


def test_try_it_signs_in_and_calls_a_method(live_site: Site, open_page: OpenPage) -> None:
    owner = live_site.owner()
    with open_page() as page:
        page.goto(f"{live_site.url}/docs")
        page.get_by_role("button", name="Sign in and connect").click()
        page.get_by_label("Email").fill(owner.email)
        page.get_by_label("Password").fill(owner.password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Allow access").click()
        page.get_by_text("Connected with an access token.").wait_for()
        assert "code=" not in page.url
        assert owner.organization in try_out(page, "account_info")
        page.reload()
        assert '"protocolVersion"' in try_out(page, "version_2"), "the tab keeps the token"
        page.get_by_role("button", name="Forget it").click()
        page.get_by_role("button", name="Connect your account").wait_for()
        assert page.evaluate("sessionStorage.length") == 0


def test_try_it_takes_an_api_key(live_site: Site, open_page: OpenPage) -> None:
    shop = Shop(live_site)
    key = shop._headers["Authorization"].removeprefix("Bearer ")
    with open_page() as page:
        page.goto(f"{live_site.url}/docs")
        page.get_by_label("or an API key").fill(key)
        page.get_by_role("button", name="Use it").click()
        page.locator("#save_contact [data-try]").click()
        page.locator("#save_contact textarea").fill('{"channels": [{"type": "email", "value": "ann@example.org"}]}')
        answer = send(page, "save_contact")
        assert "was answered with 200" in page.locator("#save_contact [role=status]").inner_text()
        assert '"id"' in answer


def try_out(page: Page, method: str) -> str:
    page.locator(f"#{method} [data-try]").click()
    return send(page, method)


def send(page: Page, method: str) -> str:
    page.locator(f"#{method} .trial").get_by_role("button", name="Send").click()
    answer = page.locator(f"#{method} .trial pre")
    answer.wait_for()
    return answer.inner_text()


def test_without_scripts_it_can_be_read(live_site: Site, open_page: OpenPage) -> None:
    with open_page(java_script_enabled=False) as page:
        page.goto(f"{live_site.url}/docs")
        assert page.get_by_text("With JavaScript, each method can be called").is_visible()
        assert not page.get_by_role("button", name="Use it").is_visible()
        page.locator("#save_contact").scroll_into_view_if_needed()
        page.locator("#save_contact-curl").wait_for()
        page.get_by_role("link", name="Errors", exact=True).first.click()
        page.get_by_role("heading", name="Errors").wait_for()
