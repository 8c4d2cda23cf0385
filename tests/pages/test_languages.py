"""Pages speak the reader's language: as chosen, else as the browser asks, else English. Programs are told English."""

import pytest

from app.jobs.worker import Worker
from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site

UKRAINIAN = {"Accept-Language": "uk-UA,uk;q=0.9,en;q=0.5"}
LOGIN = "Увійти"
HOME = "/settings/connected-apps"


def language_of(answer: Answer) -> str:
    assert answer.page.html is not None
    said = str(answer.page.html["lang"])
    assert answer.headers["Content-Language"] == said
    return said


def choose(owner: Owner, address: str, language: str) -> Answer:
    form = owner.get(address).form("footer form")
    return owner.browser.send("POST", form.action, data=[*form.fields, ("language", language)])


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("uk", "uk"),
        ("uk-UA,uk;q=0.9,en;q=0.5", "uk"),
        ("en-GB", "en"),
        ("de,fr;q=0.5", "en"),
        ("", "en"),
        ("en;q=0.5,uk", "uk"),
    ],
)
def test_a_page_speaks_the_language_that_the_browser_asks_for(site: Site, asked: str, language: str) -> None:
    answer = site.visitor().send("GET", "/login", headers={"Accept-Language": asked})
    assert language_of(answer) == language
    assert (LOGIN in answer.words) == (language == "uk")
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in answer.headers["Vary"].split(",")}


def test_a_choice_goes_before_what_the_browser_asks_for_and_leads_back_to_the_page(site: Site, owner: Owner) -> None:
    address = "/login?next=%2Fsettings%2Fapi-keys"
    answer = choose(owner, address, "uk")
    assert (answer.status, answer.location) == (303, address)
    assert language_of(owner.browser.send("GET", address, headers={"Accept-Language": "en"})) == "uk"
    choose(owner, address, "en")
    assert language_of(owner.browser.send("GET", address, headers=UKRAINIAN)) == "en"


def test_a_choice_follows_the_person_to_another_browser(owner: Owner) -> None:
    owner.sign_in()
    choose(owner, HOME, "uk")
    other = owner.new_browser_signed_in()
    assert language_of(other.get(HOME)) == "uk"
    assert "Підключені застосунки" in other.get(HOME).words
    assert language_of(owner.new_browser().get("/login")) == "en"


def test_no_other_language_and_no_other_site_can_be_chosen(owner: Owner) -> None:
    assert language_of(owner.get("/login")) == "en"
    assert "language" not in choose(owner, "/login", "tlh").headers.get("Set-Cookie", "")
    owner.browser.set_cookie("language", "../../etc")
    assert language_of(owner.get("/login")) == "en"
    form = owner.get("/login").form("footer form").fill(next="https://evil.example/")
    answer = owner.browser.send("POST", form.action, data=[*form.fields, ("language", "uk")])
    assert answer.location == "/"


def test_the_choice_needs_a_csrf_token(owner: Owner) -> None:
    answer = owner.browser.send("POST", "/language", data={"language": "uk"})
    assert answer.status == 400
    assert "language" not in owner.browser.cookies


def test_errors_beside_fields_and_error_pages_are_translated(site: Site) -> None:
    browser = site.visitor()
    form = browser.send("GET", "/login", headers=UKRAINIAN).form().fill(email="", password="x")
    answer = browser.send("POST", "/login", data=form.fields, headers=UKRAINIAN)
    assert "Введіть адресу електронної пошти." in answer.words
    missing = browser.send("GET", "/no/such/page", headers=UKRAINIAN)
    assert (missing.status, language_of(missing)) == (404, "uk")
    assert "За цією адресою немає сторінки" in missing.words


@pytest.mark.parametrize("address", ["/api/v1/version", "/api/v1/nothing", "/uaa/oauth/token", "/healthz"])
def test_programs_are_told_english_whatever_they_accept(site: Site, address: str) -> None:
    answer = site.get(address, headers=UKRAINIAN)
    assert answer.text == site.get(address).text
    assert answer.text.isascii()
    assert "Content-Language" not in answer.headers
    assert "Accept-Language" not in answer.headers.get("Vary", "")


def test_the_consent_page_names_the_rights_in_ukrainian_and_the_request_stays_as_it_was(
    owner: Owner, partner_app: PartnerApp
) -> None:
    owner.sign_in()
    link = partner_app.authorize_link(scope="UseEvents")
    english, ukrainian = (owner.browser.send("GET", link, headers=headers) for headers in ({}, UKRAINIAN))
    assert language_of(ukrainian) == "uk"
    assert "Доступ до подій" in ukrainian.words
    assert "Access to events" in english.words
    assert "Access to events" not in ukrainian.words
    assert ukrainian.form().values("scope") == english.form().values("scope") == ["UseEvents"]
    form = ukrainian.form()
    answer = owner.browser.send("POST", form.action, data=[*form.fields, ("decision", "allow")], headers=UKRAINIAN)
    assert answer.parameters["code"]


def test_names_stay_as_they_are_also_when_they_are_words_of_ours(site: Site, owner: Owner) -> None:
    app = site.partner_app(name="name", organization="account", callback_urls=("https://owner/callback",))
    owner.sign_in()
    consent = owner.browser.send("GET", app.authorize_link(), headers=UKRAINIAN)
    assert language_of(consent) == "uk"
    named = [place.get_text() for place in consent.page.select("[data-app-name], .facts dd")]
    assert named[:3] == ["name", "account", "owner"]
    refused = owner.browser.send("GET", app.authorize_link(redirect_uri="https://else.example"), headers=UKRAINIAN)
    assert "name просить" in refused.words
    app.connect(owner)
    Worker(site.app).sweep()
    choose(owner, HOME, "uk")
    letter = next(link for link in owner.get("/settings/outbox").page.select("main a") if "/letters/" in str(link["href"]))
    assert letter.get_text() == f"name підключено до {owner.organization}"
