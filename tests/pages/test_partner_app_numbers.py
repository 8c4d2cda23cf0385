"""The numbers of a partner app: connections, refreshes, calls and errors by day, as charts and as tables."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from bs4 import Tag

from app.pages.charts import Chart, Series
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

DAY = 86400


def numbers_of(developer: Owner, app: PartnerApp) -> dict[str, Tag]:
    """The sections of the page by their headings."""
    page = developer.get(f"/settings/partner-apps/{app.client_id}/numbers")
    assert page.status == 200, page.words
    return {section.h2.get_text(): section for section in page.page.select("main section") if section.h2}


def rows(section: Tag) -> list[list[str]]:
    return [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in section.select("table tr")]


def developer_and_app(site: Site) -> tuple[Owner, PartnerApp]:
    developer = site.owner()
    developer.sign_in()
    return developer, site.partner_app(organization=developer.organization)


def test_what_happened_stands_in_the_tables(any_site: Site) -> None:
    developer, app = developer_and_app(any_site)
    tokens = app.connect(any_site.owner())
    app.connect(any_site.owner())
    for _ in range(2):
        tokens = app.refresh(tokens)
    for _ in range(3):
        app.call(tokens, "GET", "/api/v1/contacts")
    app.version(tokens)
    app.exchange("no-such-code")
    app.refresh("no-such-token")
    app.refresh("no-such-token")
    any_site.app.extensions["tally_writer"].write()
    found = numbers_of(developer, app)
    assert rows(found["Connections"])[1][1] == "2"
    assert rows(found["Refreshes"])[1][1] == "2"
    calls = rows(found["Calls by group of methods"])
    assert calls[0] == ["Day (UTC)", "General", "Read contacts and segments"]
    assert calls[1][1:] == calls[-1][1:] == ["1", "3"]
    assert rows(found["Errors by reason"])[-1][1:] == ["3"]
    assert rows(found["Most frequent causes"])[1][::2] == ["invalid_grant", "2"]
    assert len(calls) == 32


def test_connections_are_counted_at_the_end_of_each_day(any_site: Site, clock: SimpleNamespace) -> None:
    developer, app = developer_and_app(any_site)
    first, second = any_site.owner(), any_site.owner()
    app.connect(first)
    clock.advance(seconds=40 * DAY)
    app.connect(second)
    app.connect(second, prompt="consent")
    clock.advance(seconds=3 * DAY)
    second.new_browser_signed_in().disconnect("Partner")
    app.connect(first.new_browser(), prompt="consent")
    clock.advance(seconds=2 * DAY)
    found = rows(numbers_of(developer.new_browser_signed_in(), app)["Connections"])[1:]
    assert [int(row[1]) for row in found] == [1, 1, 1, 2, 2, 2, *[1] * 24]


def test_a_connection_with_an_end_date_counts_up_to_that_day(site: Site, clock: SimpleNamespace) -> None:
    developer, app = developer_and_app(site)
    owner = site.owner()
    page = owner.open_consent(app.authorize_link()).form("form.consent").fill(ends="1")
    owner.submit(page, button=("decision", "allow"))
    clock.advance(seconds=2 * DAY)
    found = rows(numbers_of(developer.new_browser_signed_in(), app)["Connections"])[1:]
    assert [int(row[1]) for row in found[:5]] == [0, 0, 1, 0, 0]


def test_refreshes_that_are_refused_do_not_count(site: Site) -> None:
    developer, app = developer_and_app(site)
    tokens = app.connect(site.owner())
    app.refresh("no-such-token")
    site.partner_app().refresh(tokens)
    site.app.extensions["tally_writer"].write()
    assert "No token was refreshed." in numbers_of(developer, app)["Refreshes"].get_text()


def test_a_new_app_has_no_drawings_and_says_so(site: Site) -> None:
    developer, app = developer_and_app(site)
    found = numbers_of(developer, app)
    limits = found.pop("How often the app may ask")
    assert "Token requests1,200 per minute" in "".join(limits.stripped_strings)
    assert list(found) == ["Connections", "Refreshes", "Calls by group of methods", "Errors by reason"]
    for section in found.values():
        assert section.select("svg") == section.select("table") == []


def test_a_drawing_has_a_name_and_a_mark_for_each_number_of_its_table(site: Site) -> None:
    developer, app = developer_and_app(site)
    app.version(app.connect(site.owner()))
    site.app.extensions["tally_writer"].write()
    section = numbers_of(developer, app)["Calls by group of methods"]
    drawing = section.select_one("svg.plot-drawing")
    assert drawing is not None
    assert drawing["role"] == "img"
    assert drawing["aria-label"] == "Calls by group of methods. 1 call was made."
    assert len(drawing.select("rect title")) == 1


def test_another_organizations_app_is_not_found_and_members_are_refused(site: Site) -> None:
    developer, app = developer_and_app(site)
    address = f"/settings/partner-apps/{app.client_id}/numbers"
    assert site.owner().new_browser_signed_in().get(address).status == 404
    assert site.member(developer.organization).new_browser_signed_in().get(address).status == 403


@pytest.mark.parametrize(("highest", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (7, 10), (11, 20), (61, 100), (601, 1000)])
def test_the_scale_of_a_drawing_ends_at_a_round_even_number(clock: SimpleNamespace, highest: int, top: int) -> None:
    day = clock.now().date()
    chart = Chart([day, day + timedelta(days=1)], [Series("one", [0, highest]), Series("other", [0, 0])])
    assert chart.top == top
    assert [(mark.height, mark.y) for mark in chart.marks] == (
        [(round(100 * highest / top, 2), round(100 - 100 * highest / top, 2))] if highest else []
    )
