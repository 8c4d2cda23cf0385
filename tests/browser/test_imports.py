"""The page of imports in a real browser: it follows an import by itself, and without JavaScript a link loads it again."""

from playwright.sync_api import Page, expect

from app.services import import_steps
from tests.api.importing import ImportingShop, person
from tests.support.sites import Site

from .conftest import OpenPage
from .test_flow import sign_in


def opened(page: Page, site: Site) -> ImportingShop:
    """The page of imports, with one that is under way."""
    owner = site.owner()
    shop = ImportingShop(site, organization=owner.organization)
    shop.accept(*(person(("email", f"ann{number}@example.org")) for number in range(2500)))
    page.goto(f"{site.url}/login?next=/settings/imports")
    sign_in(page, owner.email, owner.password)
    return shop


def step(shop: ImportingShop) -> None:
    with shop.site.rules():
        import_steps.carry_on()


def test_the_progress_moves_by_itself(live_site: Site, open_page: OpenPage) -> None:
    with open_page() as page:
        page.clock.install()
        shop = opened(page, live_site)
        expect(page.get_by_role("link", name="Reload")).to_be_hidden()
        progress = page.get_by_role("progressbar", name="Progress of the import")
        expect(progress).to_have_attribute("value", "0")
        for percent in ("40", "80"):
            step(shop)
            page.clock.fast_forward(2000)
            expect(progress).to_have_attribute("value", percent)
        shop.work()
        page.clock.fast_forward(2000)
        expect(page.get_by_text("Finished")).to_be_visible()
        expect(progress).to_be_hidden()


def test_without_javascript_the_page_is_loaded_again_by_hand(live_site: Site, open_page: OpenPage) -> None:
    with open_page(java_script_enabled=False) as page:
        shop = opened(page, live_site)
        step(shop)
        page.get_by_role("link", name="Reload").click()
        expect(page.get_by_role("progressbar", name="Progress of the import")).to_have_attribute("value", "40")
