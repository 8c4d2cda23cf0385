"""Setting a new password by a link in a letter: it works once, for an hour, and tells nobody who has an account."""

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent
from tests.cli.conftest import command_line
from tests.support import secret_hunt
from tests.support.answers import Answer
from tests.support.letterbox import Letterbox, link_in, words_of
from tests.support.owner import Owner
from tests.support.races import together
from tests.support.sites import Site

NEW = "a new and better password"
OVER = "This link has ended"


def ask(site: Site, email: str) -> Answer:
    visitor = site.visitor()
    form = visitor.send("GET", "/password/forgot").form().fill(email=email)
    return visitor.send("POST", form.action, data=form.fields)


def set_new(site: Site, link: str, password: str = NEW) -> Answer:
    visitor = site.visitor()
    page = visitor.send("GET", link)
    if page.status != 200:
        return page
    return visitor.send("POST", link, data=page.form().fill(password=password).fields)


def letter_link(letterbox: Letterbox, owner: Owner) -> str:
    assert ask(letterbox.site, owner.email).status == 200
    return link_in(letterbox.only())


def test_the_link_in_the_letter_sets_a_new_password(letterbox: Letterbox) -> None:
    owner = letterbox.site.owner()
    assert "/password/forgot" in str(owner.get("/login").page.select_one("main"))
    assert ask(letterbox.site, f" {owner.email.upper()} ").status == 200
    letter = letterbox.only()
    assert letter["To"] == owner.email
    assert letter["Auto-Submitted"] == "auto-generated"
    assert owner.email in words_of(letter)
    answer = set_new(letterbox.site, link_in(letter))
    assert (answer.status, answer.location) == (302, "/login")
    assert owner.new_browser().sign_in().status == 400
    assert owner.new_browser().sign_in(password=NEW).status == 302


def test_a_new_password_signs_every_browser_out_and_is_logged(letterbox: Letterbox) -> None:
    owner = letterbox.site.owner()
    owner.sign_in()
    set_new(letterbox.site, letter_link(letterbox, owner))
    assert owner.browser.send("GET", "/settings/account").status == 302
    with letterbox.site.rules():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "password_changed")).one()
        assert (event.actor, event.detail, event.address) == (owner.email, {"by": "link"}, "127.0.0.1")
        assert event.organization_id == owner.organization_id


def test_the_link_works_once(letterbox: Letterbox) -> None:
    link = letter_link(letterbox, letterbox.site.owner())
    assert set_new(letterbox.site, link).status == 302
    again = set_new(letterbox.site, link, "another password of mine")
    assert (again.status, OVER in again.words) == (404, True)


def test_a_form_opened_before_the_link_was_used_changes_nothing(letterbox: Letterbox) -> None:
    owner = letterbox.site.owner()
    link = letter_link(letterbox, owner)
    thief = letterbox.site.visitor()
    form = thief.send("GET", link).form().fill(password="the password of a thief")
    set_new(letterbox.site, link)
    assert thief.send("POST", link, data=form.fields).status == 404
    assert owner.new_browser().sign_in(password=NEW).status == 302


def test_the_link_ends_after_an_hour(letterbox: Letterbox, clock: SimpleNamespace) -> None:
    link = letter_link(letterbox, letterbox.site.owner())
    clock.advance(seconds=3601)
    assert set_new(letterbox.site, link).status == 404


def test_only_the_latest_link_works_and_none_after_the_password_was_changed(letterbox: Letterbox) -> None:
    owner = letterbox.site.owner()
    first, second = letter_link(letterbox, owner), letter_link(letterbox, owner)
    assert set_new(letterbox.site, first).status == 404
    owner.sign_in()
    page = owner.get("/settings/account").form().fill(present=owner.password, password=NEW)
    assert owner.submit(page).status == 302
    assert set_new(letterbox.site, second).status == 404


def test_a_refused_password_leaves_the_link_usable(letterbox: Letterbox) -> None:
    link = letter_link(letterbox, letterbox.site.owner())
    answer = set_new(letterbox.site, link, "short")
    assert (answer.status, "A password has 10 to 200 characters." in answer.words) == (400, True)
    assert set_new(letterbox.site, link).status == 302


@pytest.mark.parametrize("key", ["", "x", "uaa_tk_" + "ab" * 32 + "12345678", "é"])
def test_a_forged_link_opens_nothing(letterbox: Letterbox, key: str) -> None:
    assert set_new(letterbox.site, f"/password/reset?key={key}").status == 404


def test_the_page_reads_the_same_for_strangers_and_sends_them_nothing(letterbox: Letterbox) -> None:
    owner, nobody = letterbox.site.owner(), "nobody@example.org"
    known, unknown = ask(letterbox.site, owner.email), ask(letterbox.site, nobody)

    def anonymous(answer: Answer) -> tuple[int, str]:
        return answer.status, re.sub(r'value="[^"]*"', "", answer.text.replace(owner.email, nobody))

    assert anonymous(known) == anonymous(unknown)
    assert letterbox.only()["To"] == owner.email


def test_letters_are_counted_by_account_whether_it_exists_or_not(open_letterbox: Callable[..., Letterbox]) -> None:
    letterbox = open_letterbox(rate_limit_mail="2/hour")
    owner = letterbox.site.owner()
    for email in (owner.email, "nobody@example.org"):
        assert [ask(letterbox.site, email).status for _ in range(3)] == [200, 200, 429]
    assert [ask(letterbox.site, f"{number}@example.org").status for number in range(16)] == [200] * 14 + [429] * 2


def test_the_page_never_waits_for_the_mail_server(letterbox: Letterbox) -> None:
    letterbox.server.stop()
    owner = letterbox.site.owner()
    assert ask(letterbox.site, owner.email).status == 200
    letterbox.worker.sweep()
    letterbox.server.start()
    assert letterbox.collect() == []  # it is tried again, a little later


def test_a_letter_that_failed_comes_later_with_a_link_that_works(letterbox: Letterbox, clock: SimpleNamespace) -> None:
    owner = letterbox.site.owner()
    refused: list[object] = []
    letterbox.server.on_data = lambda mail: refused.append(mail) or ("451 later" if len(refused) == 1 else None)  # type: ignore[func-returns-value]
    ask(letterbox.site, owner.email)
    assert letterbox.collect() == []
    clock.advance(seconds=13)
    letter = letterbox.only()
    assert letter["Message-ID"] == refused[0]["Message-ID"]  # type: ignore[index]
    assert set_new(letterbox.site, link_in(letter)).status == 302
    assert letterbox.only()["Subject"] == "Your password was changed"
    clock.advance(seconds=100000)
    assert letterbox.collect() == []


def test_no_secret_of_a_letter_is_in_the_database_or_the_log(
    letterbox: Letterbox, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = letterbox.site.owner()
    link = letter_link(letterbox, owner)
    secrets = {"key": link.partition("key=")[2]}
    set_new(letterbox.site, link, "short")
    assert not secret_hunt.find(secrets, secret_hunt.rows_of(letterbox.site.app))
    set_new(letterbox.site, link)
    log = capsys.readouterr().err
    assert "/password/reset" in log
    assert secrets["key"] not in log
    assert set_new(letterbox.site, link).headers["Referrer-Policy"] == "no-referrer"


def test_of_two_who_follow_the_link_at_once_one_wins(open_letterbox: Callable[..., Letterbox], pg_url: str) -> None:
    letterbox = open_letterbox(database_url=pg_url)
    link = letter_link(letterbox, letterbox.site.owner())
    forms = []
    for number in range(6):
        visitor = letterbox.site.visitor()
        form = visitor.send("GET", link).form().fill(password=f"the password of number {number}")
        forms.append(lambda visitor=visitor, form=form: visitor.send("POST", link, data=form.fields).status)
    assert sorted(together(*forms)) == [302] + [404] * 5


def test_two_workers_send_a_letter_once(open_letterbox: Callable[..., Letterbox], pg_url: str) -> None:
    letterbox = open_letterbox(database_url=pg_url)
    for _ in range(4):
        ask(letterbox.site, letterbox.site.owner().email)
    together(*[Letterbox(letterbox.site, letterbox.server).worker.sweep for _ in range(4)])
    letterbox.worker.sweep()
    assert len(letterbox.server.mails) == len({letter["To"] for letter in letterbox.server.mails}) == 4


def test_a_server_without_mail_says_so_and_its_keeper_can_make_a_link(site: Site, clock: SimpleNamespace) -> None:
    owner = site.owner()
    page = site.get("/password/forgot")
    assert "This server can't send mail" in page.words
    assert page.page.select_one("main form") is None
    flask = command_line(site)
    first = flask("users", "reset-link", "--email", owner.email).result
    made = flask("users", "reset-link", "--email", owner.email.upper()).result
    assert made["email"] == owner.email
    assert set_new(site, first["link"]).status == 404
    assert set_new(site, made["link"]).status == 302
    assert owner.new_browser().sign_in(password=NEW).status == 302
    assert flask("users", "reset-link", "--email", "nobody@example.org").error["error"] == "not_found"


def test_what_is_over_is_purged(letterbox: Letterbox, clock: SimpleNamespace) -> None:
    owner = letterbox.site.owner()
    letter_link(letterbox, owner)
    purge = command_line(letterbox.site)
    assert purge("purge").result["tickets"] == 0
    clock.advance(seconds=3700)
    assert purge("purge").result["tickets"] == 1
    ask(letterbox.site, "nobody@example.org")
    letterbox.collect()
    clock.advance(seconds=31 * 86400)
    assert purge("purge").result["account_letters"] == 1
