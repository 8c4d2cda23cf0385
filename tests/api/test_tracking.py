"""Opened letters, followed links, the public web view, and what of it shows up in the activity."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.pages import tracking
from app.rates import parse
from app.services import deliveries
from app.services.public_links import PublicLinks

from ..support.answers import Answer
from ..support.sites import Site
from .mailing import MailShop

ANN = "ann@example.org"
TARGET = "https://shop.example.org/sale?a=1&b=ü"
HTML = (
    f'<html><body><p>Hi</p><a class=x href="{TARGET.replace("&", "&amp;")}">Sale</a>'
    ' <a href="mailto:x@y.z">m</a></body></html>'
)


@pytest.fixture
def mail_shop(any_site: Site) -> MailShop:
    return MailShop(any_site)


def sent(shop: MailShop, **members: Any) -> tuple[str, dict[str, Any]]:
    """A letter that Ann has got: its request id, and itself."""
    (row,) = shop.mail(ANN, **{"htmlText": HTML} | members)
    shop.work()
    return row["requestId"], shop.letters()[-1]


def links_of(letter: dict[str, Any]) -> list[str]:
    return [unescape(link) for link in re.findall(r'(?:href|src)="([^"]+)"', letter["html"])]


def happened(shop: MailShop) -> list[str]:
    return [row.status for row in shop.activity()]


def test_a_followed_link_is_noted_and_leads_where_the_sender_wanted(mail_shop: MailShop) -> None:
    id, letter = sent(mail_shop)
    click = links_of(letter)[0]
    assert click.startswith(f"{mail_shop.site.url}/t/c/")
    assert mail_shop.site.send("HEAD", click).status == 302, "a program that only looks is not counted"
    assert happened(mail_shop) == ["DELIVERED"]
    for _ in range(2):
        answer = mail_shop.site.get(click)
        assert (answer.status, answer.location) == (302, "https://shop.example.org/sale?a=1&b=%C3%BC")
    assert mail_shop.statuses(id) == ["CLICKED"]
    assert happened(mail_shop) == ["DELIVERED", "CLICKED", "CLICKED"]
    row = mail_shop.activity()[-1]
    assert (row.click_link, row.locator, row.channel) == (TARGET, ANN, "email")
    assert mail_shop.get("/v1/message/status", ids=id).json["results"][0]["delivered"] is True


def test_a_link_that_is_followed_without_end_is_noted_so_often_only(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = MailShop(site)
    monkeypatch.setattr(tracking, "_CLICKS", parse("2/day"))
    click = links_of(sent(shop)[1])[0]
    assert [site.get(click).status for _ in range(4)] == [302] * 4
    assert happened(shop) == ["DELIVERED", "CLICKED", "CLICKED"]


def test_a_link_leads_where_browsers_take_it_to_or_stays_as_it_is(mail_shop: MailShop) -> None:
    """What templates are filled with may be anything."""
    nowhere = ["http://[x", "http://x:99999/", "http://a..b/", "https:///x", "javascript:alert(1)", "HTTP://"]
    page = "<a href='https://shop.example.org/\nsale?a=1\r\n'>s</a>" + "".join(f'<a href="{url}">n</a>' for url in nowhere)
    _, letter = sent(mail_shop, htmlText=page)
    click, *others = links_of(letter)[:-1]
    assert others == nowhere
    assert mail_shop.site.get(click).location == "https://shop.example.org/sale?a=1"
    with mail_shop.site.rules():
        interaction = mail_shop.activity()[-1].interaction_id or ""
    links = PublicLinks(mail_shop.site.app.config["SETTINGS"])
    for url in nowhere:
        assert mail_shop.site.get(links.clicked(interaction, url)).status == 404, "also in letters that have gone out"


def test_a_link_with_another_target_leads_nowhere(mail_shop: MailShop) -> None:
    _, letter = sent(mail_shop)
    click = links_of(letter)[0]
    path = click.partition("?")[0]
    for forged in (f"{path}?u=https%3A%2F%2Fevil.example", path, click.replace("/t/c/", "/t/c/A")):
        assert mail_shop.site.get(forged).status == 404
    assert happened(mail_shop) == ["DELIVERED"]


def test_an_opened_letter_is_noted_once(mail_shop: MailShop) -> None:
    id, letter = sent(mail_shop)
    picture = links_of(letter)[-1]
    assert letter["html"].endswith("</body></html>"), "inside of the page"
    for _ in range(2):
        answer = mail_shop.site.get(picture)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/gif")
        assert answer.headers["Cache-Control"] == "no-store"
    assert mail_shop.statuses(id) == ["READ"]
    assert happened(mail_shop) == ["DELIVERED", "READ"]
    assert mail_shop.site.get(picture.replace(".gif", "A.gif")).status == 404


def test_tracking_of_links_can_be_left_out(mail_shop: MailShop) -> None:
    _, letter = sent(mail_shop, trackUrls=False)
    assert links_of(letter)[:2] == [TARGET, "mailto:x@y.z"]


def test_links_are_found_where_browsers_find_them(mail_shop: MailShop) -> None:
    page = """<title>No</title><p title="a > b">Hi &amp; you</p><A title='x>y href=z' HREF = http://x.example/?a=1&amp;b=2
        >Sale</A><!-- <p>no</p> --><script>if (a<b) {"</p>"}</script><abbr href="http://no.example">1 < 2</abbr>"""
    _, letter = sent(mail_shop, htmlText=f'{page}<a href="https://x.example/{"y" * 7000}">Long</a>')
    assert letter["text"].startswith("Hi & you\nSale (http://x.example/?a=1&b=2)1 < 2Long (https://x.example/yyy")
    click, *_ = re.findall(r"http://\S+/t/c/[^\s\"]+", letter["html"])
    assert mail_shop.site.get(unescape(click)).location == "http://x.example/?a=1&b=2"
    assert letter["html"].count("/t/c/") == 1, "a longer address than servers take stays as it is"


def test_whatever_html_is_written_its_length_decides_how_long_it_takes(site: Site) -> None:
    """It took hours for some of these, and nobody else's messages went out meanwhile."""
    shop = MailShop(site)
    for part in ("<a ", "<a/", "<a x='", "<!-- --", "<head>", '<a href="x" ', "&#99999999", "<script>"):
        shop.mail(ANN, htmlText=part * (300_000 // len(part)))
    shop.work()
    assert len(shop.letters()) == 8


def test_a_short_template_can_not_fill_the_memory_with_a_long_value(mail_shop: MailShop) -> None:
    message = mail_shop.email(htmlText="$!data.a" * 700)
    good, bad = mail_shop.smart(
        message, *({"locator": ANN, "jsonParam": f'{{"a": "{"x" * size}"}}'} for size in (10, 10_000))
    )
    mail_shop.work()
    assert mail_shop.statuses(good["requestId"], bad["requestId"]) == ["DELIVERED", "ERROR"]
    assert mail_shop.get("/v1/balance").json["bonusEmails"] == 2499, "the other one was given back"
    undelivered = next(row for row in mail_shop.activity() if row.status == "UNDELIVERED")
    links = PublicLinks(mail_shop.site.app.config["SETTINGS"])
    assert mail_shop.site.get(links.view_letter(undelivered.interaction_id or "")).status == 404


def test_very_long_letters_are_held_and_kept_a_few_at_a_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, sizes, finish = MailShop(site), list[int](), deliveries.finish
    monkeypatch.setattr(deliveries, "_LONGEST_AT_ONCE", 500)
    monkeypatch.setattr(deliveries, "finish", lambda outcomes: sizes.append(len(outcomes)) or finish(outcomes))
    rows = shop.mail(*(f"ann{number}@example.org" for number in range(4)), htmlText="x" * 200)
    shop.work()
    assert [size for size in sizes if size] == [1, 1, 1, 1]
    assert shop.statuses(*(row["requestId"] for row in rows)) == ["DELIVERED"] * 4


def test_links_in_an_sms_are_short_when_they_are_tracked(mail_shop: MailShop) -> None:
    text = "See https://shop.example.org/a?b=1, or (http://x.example/)."
    (plain,), (row,) = mail_shop.text("380501234567", text=text), mail_shop.text("380501234567", text=text, trackUrls=True)
    mail_shop.work()
    first, second = mail_shop.letters()
    assert first["text"] == text
    found = re.fullmatch(r"See (\S+/l/[\w-]{12}), or \((\S+/l/[\w-]{12})\)\.", second["text"])
    assert found is not None, second["text"]
    for link, target in zip(found.groups(), ("https://shop.example.org/a?b=1", "http://x.example/"), strict=True):
        assert mail_shop.site.get(link).location == target
    assert mail_shop.statuses(plain["requestId"], row["requestId"]) == ["DELIVERED", "CLICKED"]
    assert mail_shop.site.get("/l/unknown").status == 404


def test_activity_has_the_facts_of_the_message(mail_shop: MailShop) -> None:
    contact = mail_shop.save(("email", ANN), externalCustomerId="C-1001")
    message = mail_shop.email(name="Spring sale", tags=["promo", "a,b"], languageCode="en")
    mail_shop.smart(message, {"contactId": contact, "externalRequestId": "order-77"})
    mail_shop.work()
    (row,) = mail_shop.activity()
    assert (row.contact_id, row.external_customer_id, row.external_request_id) == (contact, "C-1001", "order-77")
    assert (row.message_id, row.message_name, row.message_tags) == (message, "Spring sale", ",promo,a b,")
    assert row.language_code == "en"
    assert row.text_id > 0
    assert row.interaction_id


def view_link(shop: MailShop, message: int) -> str:
    answer = shop.get(f"/v1/messages/email/{message}/viewLink")
    assert answer.status == 200
    link: str = answer.json["link"]
    return link


def check_contained(answer: Answer) -> None:
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "script" not in policy.replace("allow-scripts", "!"), "nothing may run"
    assert "Set-Cookie" not in answer.headers


def test_1_13_the_web_view_shows_the_message_to_anybody_and_lets_it_do_nothing(mail_shop: MailShop) -> None:
    message = mail_shop.email(htmlText="<p>Hi $!{data.name}!</p><script>alert(1)</script>", subject="<Spring>")
    link = view_link(mail_shop, message)
    assert urlsplit(link).path.startswith("/view/")
    assert len(urlsplit(link).path) > 30, "not to be guessed"
    answer = mail_shop.site.get(link)
    check_contained(answer)
    assert "<p>Hi !</p>" in answer.text
    assert "<title>&lt;Spring&gt;</title>" in answer.text
    other = mail_shop.email()
    assert view_link(mail_shop, other) != link
    assert mail_shop.site.get(link[:-2] + "AA").status == 404
    mail_shop.send("DELETE", f"/v1/messages/email/{message}")
    assert mail_shop.site.get(link).status == 404


def test_the_web_view_of_a_letter_is_the_readers_own(mail_shop: MailShop) -> None:
    message = mail_shop.email(htmlText="<p>Hi $!{data.name}!</p>")
    mail_shop.smart(message, {"locator": ANN, "jsonParam": '{"name": "<Ann>"}'})
    mail_shop.work()
    links = PublicLinks(mail_shop.site.app.config["SETTINGS"])
    interaction = mail_shop.activity()[0].interaction_id or ""
    answer = mail_shop.site.get(links.view_letter(interaction))
    check_contained(answer)
    assert "<p>Hi &lt;Ann&gt;!</p>" in answer.text
    assert "/t/o/" not in answer.text, "looking again is not opening the letter"
    assert mail_shop.site.get(links.view_letter(interaction).replace("/letter/", "/view/")).status == 404


def test_the_outbox_shows_letters_to_the_organizations_managers_only(any_site: Site) -> None:
    owner, stranger = any_site.owner(), any_site.owner()
    shop = MailShop(any_site, organization=owner.organization)
    shop.mail(ANN, subject="Order <1>", htmlText="<p>Thanks</p><script>alert(1)</script>")
    shop.text("380501234567")
    shop.work()
    owner.sign_in()
    page = owner.get("/settings/outbox")
    assert "Order <1>" in page.words
    assert "Your code: 4821" in page.words
    address = str(page.page.select("tbody a")[-1]["href"])
    letter = owner.get(address)
    assert "List-Unsubscribe" in letter.words
    frame = letter.page.select_one("iframe")
    assert frame is not None
    assert "allow-scripts" not in str(frame["sandbox"])
    inner = owner.get(str(frame["src"]))
    check_contained(inner)
    assert "frame-ancestors 'self'" in inner.headers["Content-Security-Policy"]
    assert "/t/o/" not in inner.text
    stranger.sign_in()
    for path in (address, str(frame["src"])):
        assert stranger.browser.send("GET", path).status == 404
        assert any_site.visitor().send("GET", path).status == 302
    member = any_site.member(owner.organization)
    member.sign_in()
    assert member.browser.send("GET", "/settings/outbox").status == 403


def test_erasing_a_contact_erases_what_was_sent_to_it(mail_shop: MailShop) -> None:
    contact = mail_shop.save(("email", ANN))
    id, _ = sent(mail_shop)
    mail_shop.send("DELETE", f"/v1/contact/{contact}", params={"erase": "true"})
    assert mail_shop.letters() == []
    assert mail_shop.activity() == []
    assert mail_shop.statuses(id) == ["MESSAGE_NOT_FOUND"]
