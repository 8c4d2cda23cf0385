"""Every page at two widths, light and dark: nothing broken, nothing cut off. The pictures are in screenshots/."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from app.models import Role
from app.settings import ROOT
from tests.support.owner import Owner
from tests.support.sites import Site, unique

from .conftest import OpenPage
from .test_flow import open_link, sign_in

FOLDER = ROOT / "screenshots"
WIDTHS = {"1280": (1280, 900), "390": (390, 844)}
Take = Callable[[str], None]


@pytest.fixture(params=[(width, scheme) for width in WIDTHS for scheme in ("light", "dark")], ids=lambda p: "-".join(p))
def look(request: pytest.FixtureRequest) -> tuple[str, str]:
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture
def page(look: tuple[str, str], open_page: OpenPage) -> Iterator[Page]:
    width, scheme = look
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    with open_page(viewport=size, color_scheme=scheme, reduced_motion="reduce") as page:
        yield page


@pytest.fixture
def take(page: Page, look: tuple[str, str]) -> Take:
    """Takes a picture; the page must fit into the window's width, and its style must have arrived."""
    FOLDER.mkdir(exist_ok=True)

    def take_(name: str) -> None:
        page.wait_for_load_state("load")
        wide: Any = page.evaluate("[document.scrollingElement.scrollWidth, window.innerWidth]")
        assert wide[0] <= wide[1], f"{name} is {wide[0]} pixels wide in a window of {wide[1]}"
        background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        light = sum(int(part) for part in background[background.index("(") + 1 : -1].split(",")[:3]) > 3 * 128
        assert light == (look[1] == "light"), f"{name} is {background} in the {look[1]} scheme"
        page.screenshot(path=FOLDER / f"{name}-{look[0]}-{look[1]}.png", full_page=True)

    return take_


def test_signing_in_and_allowing(live_site: Site, page: Page, take: Take) -> None:
    owner = live_site.owner(organization=f"{unique('Shop')} of Long Names and Sons, Limited, established 1899")
    app = live_site.partner_app(
        name="Stripo Email Editor", organization="Stripo Inc", scope="UseEventsAndContacts UseMessages"
    )
    open_link(page, app)
    take("login-for-app")
    sign_in(page, owner.email, "not the password")
    take("login-wrong")
    sign_in(page, owner.email, owner.password)
    take("consent")
    page.get_by_role("checkbox", name="Access to messages").uncheck(force=True)
    page.get_by_role("checkbox", name="Access to events and contacts").uncheck(force=True)
    take("consent-parts")
    page.get_by_role("button", name="Allow access").click()
    take("consent-nothing-allowed")


def test_other_consent_pages(live_site: Site, page: Page, take: Take) -> None:
    owner: Owner = live_site.owner()
    live_site.join(owner, unique("Second Shop"), Role.ADMIN)
    public = live_site.partner_app(name="Contacts on your phone", public=True, callback_urls=["com.example.phone:/cb"])
    open_link(page, public, code_challenge="x" * 43, code_challenge_method="S256", scope="read:contacts write:events")
    sign_in(page, owner.email, owner.password)
    take("consent-public-app-several-organizations")
    page.goto(live_site.url + public.authorize_link(client_id="unknown"))
    take("error-unknown-app")
    page.goto(f"{live_site.url}/nothing-here")
    take("error-not-found")


def test_asking_again_and_not_being_allowed(live_site: Site, page: Page, take: Take) -> None:
    owner, app = live_site.owner(), live_site.partner_app(name="Known app")
    app.connect(owner, scope="UseEvents")
    open_link(page, app)
    sign_in(page, owner.email, owner.password)
    take("consent-again")
    member = live_site.member(owner.organization)
    page.get_by_role("button", name="Not you?").click()
    sign_in(page, member.email, member.password)
    take("consent-not-allowed")


def test_connected_apps(live_site: Site, page: Page, take: Take) -> None:
    owner = live_site.owner()
    page.goto(f"{live_site.url}/settings/connected-apps")
    take("login")
    sign_in(page, owner.email, owner.password)
    take("connected-apps-empty")
    for name in ("Stripo", "A CRM with a rather long name that has to break somewhere"):
        app = live_site.partner_app(name=name)
        app.version(app.connect(owner))
    page.reload()
    take("connected-apps")
    page.locator("summary", has_text="Disconnect").first.click()
    take("connected-apps-confirm")
    page.locator("article", has_text="Stripo").locator("summary", has_text="Disconnect").click()
    page.get_by_role("button", name="Disconnect Stripo").click()
    take("connected-apps-disconnected")
    page.locator("header.top .menu summary").click()
    take("menu")


def test_every_page_of_the_menu(live_site: Site, page: Page, take: Take) -> None:
    owner = live_site.owner()
    live_site.member(owner.organization)
    live_site.api_key(owner.organization)
    live_site.partner_app(organization=owner.organization, name="Our own app")
    page.goto(f"{live_site.url}/settings/connected-apps")
    sign_in(page, owner.email, owner.password)
    links = page.locator("nav[aria-label=Settings] a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert "/settings/connected-apps" in links
    for link in links:
        answer = page.goto(live_site.url + link)
        assert answer is not None
        assert answer.ok, link
        take("menu-" + link.strip("/").replace("/", "-"))
