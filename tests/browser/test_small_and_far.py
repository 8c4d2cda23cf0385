"""Narrow windows, where tabs are a menu; and readers far from UTC, for whom times are written in their own zone."""

import re

from tests.support.sites import Site

from .conftest import OpenPage
from .test_flow import sign_in


def test_in_a_narrow_window_every_tab_can_be_reached_by_keyboard(live_site: Site, open_page: OpenPage) -> None:
    owner = live_site.owner()
    with open_page(viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{live_site.url}/settings/connected-apps")
        sign_in(page, owner.email, owner.password)
        page.wait_for_url("**/settings/connected-apps")  # loaded, and its style sheet with it
        menu = page.get_by_role("navigation", name="Organization settings")
        menu.wait_for()
        assert menu.count() == 1, "one of the two is there for a screen reader"
        summary = menu.locator("summary")
        assert summary.inner_text().strip().endswith("Connected apps")
        summary.focus()
        page.keyboard.press("Enter")
        links = menu.get_by_role("link")
        assert links.all_inner_texts()[3] == "Members"
        for link in links.all():
            box = link.bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= 390
        page.keyboard.press("Escape")
        assert not links.first.is_visible()
        page.keyboard.press("Enter")
        menu.get_by_role("link", name="Members").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/settings/members"))


def test_times_are_in_the_readers_zone_with_the_exact_instant_on_hover(live_site: Site, open_page: OpenPage) -> None:
    owner = live_site.owner()
    with open_page(timezone_id="Asia/Kathmandu", locale="en-GB") as page:
        page.goto(f"{live_site.url}/settings/members")
        sign_in(page, owner.email, owner.password)
        page.wait_for_url("**/settings/members")
        time = page.locator("main time").first
        local = page.evaluate(
            "at => new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit'}).format(new Date(at))",
            time.get_attribute("datetime"),
        )
        assert time.inner_text().endswith(f", {local}")
        assert re.search(r"GMT\+05:45 · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$", time.get_attribute("title") or "")


def test_without_a_script_times_are_in_utc_and_say_so(live_site: Site, open_page: OpenPage) -> None:
    owner = live_site.owner()
    with open_page(timezone_id="Asia/Kathmandu", java_script_enabled=False) as page:
        page.goto(f"{live_site.url}/settings/members")
        sign_in(page, owner.email, owner.password)
        assert re.search(r"\d \w{3} \d{4}, \d\d:\d\d UTC$", page.locator("main time").first.inner_text())
