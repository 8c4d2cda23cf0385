"""The page of imports: how far each is and what was wrong, for those who manage the organization, and for nobody else."""

import pytest

from app.services import import_loading, import_steps
from tests.api.importing import ImportingShop, person
from tests.support.file_host import FileHost
from tests.support.owner import Owner
from tests.support.sites import Site

ADDRESS = "/settings/imports"
ANN, BOB = ("email", "ann@example.org"), ("email", "bob@example.org")

pytestmark = pytest.mark.settings(import_private_hosts="127.0.0.1", rate_limit_import="1000/minute")


@pytest.fixture
def owner(any_site: Site) -> Owner:
    owner = any_site.owner()
    owner.sign_in()
    return owner


@pytest.fixture
def shop(any_site: Site, owner: Owner) -> ImportingShop:
    return ImportingShop(any_site, organization=owner.organization)


def test_before_the_first_import_the_page_says_how_to_begin(owner: Owner) -> None:
    page = owner.get(ADDRESS)
    assert "Nothing imported yet" in page.words
    assert page.page.select_one(".tabs [aria-current]").get_text() == "Imports"  # type: ignore[union-attr]


def test_an_import_is_followed_to_its_end(owner: Owner, shop: ImportingShop) -> None:
    session = shop.accept(*(person(("email", f"ann{number}@example.org")) for number in range(2500)))
    page = owner.get(ADDRESS)
    assert "Rows done: 0 of 2,500" in page.words
    assert page.page.select_one(f"#import-{session}[data-under-way]")
    assert page.page.select_one("a.import-reload")["href"].startswith(ADDRESS)  # type: ignore[index, union-attr]
    with shop.site.rules():
        import_steps.carry_on()
    page = owner.get(ADDRESS)
    bar = page.page.select_one("progress")
    assert bar is not None
    assert (bar["value"], bar["max"]) == ("40", "100")
    assert "Rows done: 1,000 of 2,500" in page.words
    shop.work()
    page = owner.get(ADDRESS)
    assert "Finished" in page.words
    assert "New: 2,500 Updated: 0 Skipped: 0" in page.words
    assert not page.page.select("progress, [data-under-way], .import-reload")


def test_rows_that_were_skipped_are_explained(owner: Owner, shop: ImportingShop) -> None:
    id = shop.save(BOB)
    shop.send("DELETE", f"/v1/contact/{id}")
    shop.request(person(ANN), *[person(BOB)] * 25)
    shop.work()
    page = owner.get(ADDRESS)
    assert "New: 1 Updated: 0 Skipped: 25" in page.words
    problems = [item.get_text() for item in page.page.select(".problems li")]
    assert problems[0] == "Row 2: The contact is deleted."
    assert problems[20:] == ["Skipped rows that are not listed: 5"]


def test_a_file_is_shown_without_what_lets_in(owner: Owner, shop: ImportingShop) -> None:
    host = FileHost()
    try:
        link = host.url("/%3Cb%3Ex.csv?key=secret", credentials="ann:secret@")
        host.put("/%3Cb%3Ex.csv?key=secret", "Email\nann@example.org\n")
        assert shop.send("POST", "/v1/contacts/upload", json={"link": link, "dedupeOn": "email"}).json["valid"]
        page = owner.get(ADDRESS)
        assert f"127.0.0.1:{host.port}/<b>x.csv" in page.words
        assert "Waiting" in page.words
        assert "secret" not in page.text
        with shop.site.rules():
            assert import_loading.claim("somebody", hold=-1)
        assert "Loading the file" in owner.get(ADDRESS).words
        host.put("/%3Cb%3Ex.csv?key=secret", "", 404)
        shop.work()
        page = owner.get(ADDRESS)
        assert "Ended early" in page.words
        assert "The server of the link answered with status 404." in page.words
    finally:
        host.close()


def test_older_imports_are_a_page_away(owner: Owner, shop: ImportingShop) -> None:
    sessions = [shop.accept(person(ANN)) for _ in range(21)]
    first = owner.get(ADDRESS)
    shown = [str(item["id"]).removeprefix("import-") for item in first.page.select(".import")]
    assert shown == sessions[:0:-1]
    older = str(first.page.select_one(".paging a")["href"])  # type: ignore[index]
    assert [str(item["id"]) for item in owner.get(older).page.select(".import")] == [f"import-{sessions[0]}"]
    assert len(owner.get(f"{ADDRESS}?before=x").page.select(".import")) == 20


def test_only_those_who_manage_the_organization_see_its_imports(any_site: Site, owner: Owner, shop: ImportingShop) -> None:
    session = shop.accept(person(ANN))
    assert session in owner.get(ADDRESS).text
    stranger, member = any_site.owner(), any_site.member(owner.organization)
    for person_ in (stranger, member):
        person_.sign_in()
    assert "Nothing imported yet" in stranger.get(ADDRESS).words
    assert session not in stranger.get(f"{ADDRESS}?before=1000000").text
    answer = member.browser.send("GET", ADDRESS)
    assert answer.status == 403
    assert session not in answer.text
    assert any_site.visitor().send("GET", ADDRESS).status == 302
