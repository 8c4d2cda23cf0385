"""What a developer does, from the first click to the last: registering an app, trying the flow, giving it a look."""

import json
import re

import requests
from playwright.sync_api import Browser, Page, expect

from tests.support import pictures
from tests.support.callback_server import CallbackServer
from tests.support.owner import Owner

from .looking import DESKTOP, PHONE, Eye, looking, signed_in
from .test_flow import sign_in
from .town import Town

SECRET = re.compile(r"^uaa_cs_\w+$")
FITS = """() => {
    const frame = document.querySelector("#preview");
    const end = frame.contentDocument?.querySelector("main")?.getBoundingClientRect().bottom;
    return Math.ceil(end) === frame.clientHeight;
}"""
TOO_LARGE, WRONG_KIND, TOO_WIDE = "larger than 1 MB", "not a JPG, GIF or PNG", "wider or higher than 4096"


def test_from_registering_an_app_to_a_called_api(town: Town, chromium: Browser) -> None:
    developer = town.site.owner().new_browser_signed_in()
    clipboard = {"permissions": ["clipboard-read", "clipboard-write"]}
    with CallbackServer() as callback, signed_in(chromium, town, developer, **clipboard) as eye:
        page = eye.page
        client_id, secret = register(eye, town.site.url, callback.url)
        page.get_by_role("link", name="Go to the quick start").click()
        assert secret not in page.content()
        expect(page.locator("#authorize-link")).to_contain_text(f"client_id={client_id}")
        page.get_by_role("button", name="Run the flow").click()
        page.get_by_role("button", name="Allow access").click()
        tokens = finish_test_run(eye, secret)
        answer = requests.get(f"{town.site.url}/api/v1/account/info", headers=bearer(tokens["access_token"]), timeout=10)
        assert answer.json()["organisationName"] == developer.organization
        page.get_by_role("link", name="Disconnect the test").click()
        page.locator("summary", has_text="Disconnect").click()
        page.get_by_role("button", name="Disconnect Price comparison").click()
        expect(page.get_by_text("Price comparison is disconnected")).to_be_visible()
        eye.look("connected-apps-disconnected", PHONE)
    gone = requests.get(f"{town.site.url}/api/v1/account/info", headers=bearer(tokens["access_token"]), timeout=10)
    assert gone.status_code == 401


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def register(eye: Eye, site_url: str, callback_url: str) -> tuple[str, str]:
    """The app's id and its secret, which is shown this once."""
    page = eye.page
    eye.open(f"{site_url}/settings/partner-apps")
    page.get_by_role("link", name="Register app").click()
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_contain_text("not registered yet")
    eye.look("app-not-registered", DESKTOP, PHONE)
    page.get_by_role("textbox", name="Name").fill("Price comparison")
    typed = page.get_by_label("Callback URL 1")
    typed.press_sequentially("http://shop.example/callback")
    expect(page.locator("#callback-1-error")).to_contain_text("https")
    expect(typed).to_have_attribute("aria-invalid", "true")
    typed.fill(callback_url)
    expect(page.get_by_text("This address can be used.").first).to_be_visible()
    expect(page.locator("#callback-1-error")).to_be_empty()
    page.get_by_role("checkbox", name="Access to events and contacts").check()
    page.get_by_role("button", name="Register").click()
    shown = page.locator("#client-secret")
    expect(shown).to_have_text(SECRET)
    eye.look("app-registered", DESKTOP, PHONE)
    page.get_by_role("button", name="Copy the Client Secret").click()
    expect(page.get_by_role("button", name="Copied the Client Secret")).to_be_visible()
    secret, client_id = shown.inner_text(), page.locator("#client-id").inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert f"UAA_CLIENT_SECRET={secret}" in page.locator("#dot-env").inner_text().split("\n")
    return client_id, secret


def finish_test_run(eye: Eye, secret: str) -> dict[str, str]:
    """The tokens of the last step."""
    page = eye.page
    page.get_by_label("Client Secret").fill("wrong")
    send(page, "exchange")
    expect(page.locator("[data-step=exchange] [data-answer]")).to_contain_text("invalid_client")
    page.get_by_label("Client Secret").fill(secret)
    for step in ("exchange", "call", "refresh"):
        send(page, step)
        expect(page.locator(f"[data-step={step}] [data-answer]")).to_contain_text("HTTP/1.1 200")
    eye.look("app-test-run", DESKTOP, PHONE)
    answer = page.locator("[data-step=refresh] [data-answer] code").inner_text()
    tokens: dict[str, str] = json.loads(answer.partition("\n\n")[2])
    return tokens


def send(page: Page, step: str) -> None:
    page.locator(f"[data-step={step}]").get_by_role("button", name="Send this request").click()


def test_a_logo_of_each_kind_and_what_is_said_of_those_that_can_not_be(town: Town, chromium: Browser) -> None:
    developer = town.site.owner().new_browser_signed_in()
    app = town.site.partner_app(organization=developer.organization, name="Postcards")
    with signed_in(chromium, town, developer) as eye:
        page = eye.page
        eye.open(f"{town.site.url}/settings/partner-apps/{app.client_id}/authorization-form")
        # All of the page is in sight, at any width.
        page.wait_for_function(FITS)
        seen = set()
        for kind, name in (("JPEG", "logo.jpg"), ("GIF", "logo.gif"), ("PNG", "logo.png")):
            choose(page, name, pictures.picture(kind, colour="#117733" if kind == "GIF" else "#334499"))
            expect(page.frame_locator("#preview").locator("img.logo")).to_have_attribute("src", re.compile("^data:"))
            page.get_by_role("button", name="Save changes").click()
            expect(page.get_by_text("Your changes are saved.")).to_be_visible()
            kept = page.frame_locator("#preview").locator("img.logo")
            expect(kept).to_have_attribute("src", re.compile("^/logos/"))
            seen.add(kept.get_attribute("src"))
        assert len(seen) >= 2
        for name, data, at_once, sentence in (
            ("logo.svg", pictures.SVG, WRONG_KIND, WRONG_KIND),
            ("script.png", pictures.SCRIPT, WRONG_KIND, WRONG_KIND),
            ("large.png", pictures.of_length(1024 * 1024 + 1), TOO_LARGE, TOO_LARGE),
            ("bomb.png", pictures.bomb(20_000, 20_000), TOO_WIDE, TOO_WIDE),
        ):
            choose(page, name, data)
            said = page.locator("#logo-error")
            expect(said).to_contain_text(at_once)
            page.get_by_role("button", name="Save changes").click()
            expect(page.get_by_role("alert")).to_contain_text("Nothing is saved yet")
            expect(said).to_contain_text(sentence)
            expect(page.get_by_label("Logo")).to_have_attribute("aria-invalid", "true")
            expect(page.frame_locator("#preview").locator("img.logo")).to_have_attribute("src", kept_address(seen, page))
        eye.look("app-logo-refused", DESKTOP, PHONE)


def kept_address(seen: set[str | None], page: Page) -> str:
    address = page.frame_locator("#preview").locator("img.logo").get_attribute("src")
    assert address in seen
    return address or ""


def choose(page: Page, name: str, data: bytes) -> None:
    kind = {"jpg": "image/jpeg", "svg": "image/svg+xml"}.get(name[-3:], f"image/{name[-3:]}")
    page.get_by_label("Logo").set_input_files({"name": name, "mimeType": kind, "buffer": data})


def test_signing_in_deciding_and_registering_by_keyboard_alone(town: Town, chromium: Browser) -> None:
    developer: Owner = town.site.owner()
    with CallbackServer() as callback, looking(chromium, DESKTOP) as eye:
        page, keys = eye.page, eye.page.keyboard
        eye.open(f"{town.site.url}/login?next=/settings/partner-apps/new")
        expect(page.get_by_label("Email")).to_be_focused()  # from the start
        keys.type(developer.email)
        keys.press("Tab")
        keys.type(developer.password)
        keys.press("Enter")
        expect(page.get_by_role("heading", name="Register app")).to_be_visible()
        go_to(page, "Name")
        keys.type("By keyboard")
        go_to(page, "Callback URL 1")
        keys.type(callback.url)
        go_to(page, "Access to events and contacts")
        keys.press("Space")
        go_to(page, "Access to messages")
        keys.press("Space")
        keys.press("Enter")
        expect(page.locator("#client-secret")).to_have_text(SECRET)
        link = f"/uaa/oauth/authorize?response_type=code&state=s&client_id={page.locator('#client-id').inner_text()}"
        eye.open(town.site.url + link)
        go_to(page, "Access to messages")
        keys.press("Space")
        expect(page.get_by_role("checkbox", name="Access to messages")).not_to_be_checked()
        go_to(page, "Allow access")
        keys.press("Enter")
        expect(page.get_by_role("heading", name="Thanks")).to_be_visible()
        assert "code" in callback.answer


def go_to(page: Page, name: str) -> None:
    """Press Tab until what is called ``name`` has the focus, which must be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate("""() => {
            const { activeElement: one } = document, style = getComputedStyle(one);
            const label = one.labels?.[0] ?? one;
            return { words: label.textContent.trim(), is_seen: style.outlineStyle !== "none" };
        }""")
        if found["words"].startswith(name):
            assert found["is_seen"], name
            return
    raise AssertionError(f"{name} can't be reached")


def test_an_app_that_asks_for_more_later(town: Town, chromium: Browser) -> None:
    owner = town.site.owner()
    with CallbackServer() as callback, looking(chromium, DESKTOP) as eye:
        app = town.site.partner_app(name="Growing", callback_urls=[callback.url], scope="UseEvents UseMessages")
        old = app.connect(owner, scope="UseEvents")
        page = eye.page
        eye.open(town.site.url + app.authorize_link())
        sign_in(page, owner.email, "not the password")
        expect(page.get_by_role("alert")).to_contain_text("wrong")
        eye.look("login-wrong", DESKTOP, PHONE)
        sign_in(page, owner.email, owner.password)
        events, messages = (page.get_by_role("checkbox", name=f"Access to {what}") for what in ("events", "messages"))
        expect(page.locator(".ask", has=events)).to_contain_text("Already allowed")
        expect(page.locator(".ask", has=messages)).to_contain_text("New")
        eye.look("consent-for-more", PHONE, DESKTOP)
        for box in (events, messages):
            box.uncheck(force=True)
        eye.look("consent-parts", DESKTOP, PHONE)
        page.get_by_role("button", name="Allow access").click()
        expect(page.get_by_role("alert")).to_be_visible()
        eye.look("consent-nothing-allowed", PHONE, DESKTOP)
        for box in (events, messages):
            box.check(force=True)
        page.get_by_role("button", name="Allow access").click()
        expect(page.get_by_role("heading", name="Thanks")).to_be_visible()
        new = app.exchange(callback.answer["code"])
        assert new.scope.split() == ["UseEvents", "UseMessages"]
        assert app.call(new, "GET", "/api/v1/message/status?ids=x").status != 403
        assert app.call(old, "GET", "/api/v1/message/status?ids=x").status in (401, 403)
