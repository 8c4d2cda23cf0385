"""Changing one's address: by the password, confirmed at the new address, told to the old one."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent
from tests.cli.conftest import command_line
from tests.support.answers import Answer
from tests.support.letterbox import Letterbox, link_in, words_of
from tests.support.owner import Owner
from tests.support.races import together
from tests.support.sites import Site, unique

PAGE = "/settings/account/email"


@pytest.fixture
def owner(letterbox: Letterbox) -> Owner:
    owner = letterbox.site.owner()
    owner.sign_in()
    return owner


@pytest.fixture
def email() -> str:
    return f"{unique('new')}@example.org"


def ask(owner: Owner, email: str, present: str | None = None) -> Answer:
    return owner.submit(owner.get(PAGE).form().fill(email=email, present=owner.password if present is None else present))


def letter_link(letterbox: Letterbox, owner: Owner, email: str) -> str:
    assert ask(owner, email).status == 200
    letter = letterbox.only()
    assert letter["To"] == email
    return link_in(letter)


def confirm(site: Site, link: str) -> Answer:
    visitor = site.visitor()
    page = visitor.send("GET", link)
    return visitor.send("POST", link, data=page.form().fields) if page.status == 200 else page


def signs_in(owner: Owner, email: str) -> bool:
    person = owner.new_browser()
    person.email = email
    return person.sign_in().status == 302


def test_the_link_at_the_new_address_changes_it_and_the_old_one_is_told(
    letterbox: Letterbox, owner: Owner, email: str
) -> None:
    link = letter_link(letterbox, owner, email)
    assert signs_in(owner, owner.email)
    assert not signs_in(owner, email)
    assert confirm(letterbox.site, link).location == "/login"
    assert signs_in(owner, email)
    assert not signs_in(owner, owner.email)
    notice = letterbox.only()
    assert (notice["To"], email in words_of(notice), "http" in words_of(notice)) == (owner.email, True, False)
    assert email in owner.get("/settings/account").words
    with letterbox.site.rules():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "email_changed")).one()
        assert (event.subject, event.detail, event.actor) == (email, {"before": owner.email}, owner.email)


def test_looking_at_the_link_changes_nothing(letterbox: Letterbox, owner: Owner, email: str) -> None:
    letterbox.site.visitor().send("GET", letter_link(letterbox, owner, email))
    assert signs_in(owner, owner.email)


def test_the_link_works_once_for_a_day_and_only_the_latest(
    letterbox: Letterbox, owner: Owner, email: str, clock: SimpleNamespace
) -> None:
    first, second = letter_link(letterbox, owner, email), letter_link(letterbox, owner, f"b-{email}")
    assert confirm(letterbox.site, first).status == 404
    assert confirm(letterbox.site, second).status == 302
    assert confirm(letterbox.site, second).status == 404
    letterbox.collect()
    owner.email = f"b-{email}"
    late = letter_link(letterbox, owner, f"c-{email}")
    clock.advance(seconds=86401)
    assert confirm(letterbox.site, late).status == 404


def test_a_new_password_ends_the_link(letterbox: Letterbox, owner: Owner, email: str) -> None:
    """Somebody who sat at the browser must not take the account after its owner has noticed."""
    link = letter_link(letterbox, owner, email)
    owner.submit(owner.get("/settings/account").form().fill(present=owner.password, password="a new and better password"))
    assert confirm(letterbox.site, link).status == 404


def test_a_link_to_set_a_password_that_the_old_address_got_ends(letterbox: Letterbox, owner: Owner, email: str) -> None:
    visitor = owner.new_browser()
    visitor.submit(visitor.get("/password/forgot").form().fill(email=owner.email))
    reset = link_in(letterbox.only())
    assert confirm(letterbox.site, letter_link(letterbox, owner, email)).status == 302
    assert letterbox.site.visitor().send("GET", reset).status == 404


def test_the_page_does_not_tell_whose_an_address_is_but_its_owner_is_told(
    letterbox: Letterbox, owner: Owner, email: str
) -> None:
    other = letterbox.site.owner()
    free, taken = ask(owner, email), ask(owner, other.email)
    assert free.words == taken.words.replace(other.email, email)
    letters = {letter["To"]: letter for letter in letterbox.collect()}
    assert "key=" in words_of(letters[email])
    assert "http" not in words_of(letters[other.email])


def test_an_address_that_got_an_account_in_the_meantime_is_not_taken(letterbox: Letterbox, owner: Owner, email: str) -> None:
    link = letter_link(letterbox, owner, email)
    letterbox.site.owner(email=email, password="another long password")
    assert confirm(letterbox.site, link).status == 404
    assert signs_in(owner, owner.email)


def test_what_is_refused_is_said_beside_the_field(open_letterbox: Callable[..., Letterbox]) -> None:
    letterbox = open_letterbox(rate_limit_login="3/15minute", rate_limit_mail="2/hour")
    owner = letterbox.site.owner()
    owner.sign_in()
    assert "not a valid email address" in ask(owner, "nobody").words
    assert "This is your address already." in ask(owner, owner.email.upper()).words
    assert [ask(owner, "a@example.org").status for _ in range(3)] == [200, 200, 429]
    wrong = [ask(owner, "b@example.org", "not the password") for _ in range(4)]
    assert [answer.status for answer in wrong] == [400, 400, 400, 429]
    assert "This is not your present password." in wrong[0].words
    assert len(letterbox.collect()) == 2


def test_of_two_who_confirm_at_once_one_wins(
    open_letterbox: Callable[..., Letterbox], pg_url: str, email: str
) -> None:  # fmt: skip
    letterbox = open_letterbox(database_url=pg_url)
    owner = letterbox.site.owner()
    owner.sign_in()
    link = letter_link(letterbox, owner, email)
    tries = []
    for _ in range(4):
        visitor = letterbox.site.visitor()
        form = visitor.send("GET", link).form()
        tries.append(lambda visitor=visitor, form=form: visitor.send("POST", link, data=form.fields).status)
    assert sorted(together(*tries)) == [302, 404, 404, 404]


def test_letters_are_written_in_the_language_that_their_reader_chose(letterbox: Letterbox, owner: Owner, email: str) -> None:
    visitor = letterbox.site.visitor()
    form = visitor.send("GET", "/password/forgot").form().fill(email=owner.email)
    visitor.send("POST", form.action, data=form.fields, headers={"Accept-Language": "uk"})
    assert letterbox.only()["Subject"] == "Задайте новий пароль"
    owner.post("/language", language="en")
    visitor.send("POST", form.action, data=form.fields, headers={"Accept-Language": "uk"})
    assert letterbox.only()["Subject"] == "Set a new password"


def test_a_server_without_mail_says_so_and_its_keeper_can_change_addresses(site: Site, email: str) -> None:
    owner = site.owner()
    owner.sign_in()
    page = owner.get(PAGE)
    assert "This server can't send mail" in page.words
    assert page.page.select_one("main form") is None
    flask = command_line(site)
    other = site.owner()
    taken = flask("users", "change-email", "--email", owner.email, "--new-email", other.email)
    assert taken.error["error"] == "conflict"
    done = flask("users", "change-email", "--email", owner.email, "--new-email", email)
    assert done.result["email"] == email
    assert signs_in(owner, email)
