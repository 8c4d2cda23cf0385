"""One's own account: the password, and the browsers in which one is signed in."""

import pytest

from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.sites import Site

PAGE = "/settings/account"
NEW = "a new and better password"


@pytest.fixture
def owner(site: Site) -> Owner:
    owner = site.owner()
    owner.sign_in()
    return owner


def change(owner: Owner, present: str, new: str) -> Answer:
    return owner.submit(owner.get(PAGE).form().fill(present=present, password=new))


def test_a_changed_password_opens_the_account_and_the_old_one_does_not(owner: Owner) -> None:
    assert change(owner, owner.password, NEW).status == 302
    assert "Your password is changed" in owner.get(PAGE).words
    assert owner.new_browser().sign_in().status == 400
    assert owner.new_browser().sign_in(password=NEW).status == 302


def test_changing_the_password_signs_every_other_browser_out(owner: Owner) -> None:
    other = owner.new_browser()
    other.sign_in()
    change(owner, owner.password, NEW)
    assert other.browser.send("GET", PAGE).status == 302
    assert owner.browser.send("GET", PAGE).status == 200


@pytest.mark.parametrize(
    ("present", "new", "sentence"),
    [
        ("not the password", NEW, "This is not your present password."),
        ("", NEW, "Enter your present password."),
        (None, "short", "A password has 10 to 200 characters."),
    ],
)
def test_a_refused_change_says_why_beside_the_field(owner: Owner, present: str | None, new: str, sentence: str) -> None:
    answer = change(owner, owner.password if present is None else present, new)
    assert answer.status == 400
    assert sentence in answer.words
    assert owner.new_browser().sign_in().status == 302


def test_each_browser_is_listed_and_can_be_signed_out(owner: Owner) -> None:
    other = owner.new_browser()
    other.sign_in()
    page = owner.get(PAGE)
    assert "This browser" in page.words
    assert "127.0.0.1" in page.words
    assert owner.submit(page.form("form[action$='/end']:has(button.secondary)")).status == 302
    assert other.browser.send("GET", PAGE).status == 302
    assert owner.browser.send("GET", PAGE).status == 200


def test_signing_out_everywhere_ends_every_browser_this_one_too(owner: Owner) -> None:
    other = owner.new_browser()
    other.sign_in()
    answer = owner.submit(owner.get(PAGE).form("form[action='/settings/account/sessions/end']"))
    assert answer.location == "/login"
    for browser in (owner, other):
        assert browser.browser.send("GET", PAGE).status == 302


def test_another_persons_browser_is_not_found(site: Site, owner: Owner) -> None:
    stranger = site.owner()
    stranger.sign_in()
    form = owner.new_browser()
    form.sign_in()
    action = owner.get(PAGE).form("form[action$='/end']:has(button.secondary)").action
    assert stranger.post(action).status == 404
    assert form.browser.send("GET", PAGE).status == 200


@pytest.mark.settings(rate_limit_login="3/15minute")
def test_wrong_present_passwords_are_counted(owner: Owner) -> None:
    """A browser that somebody else sits at must not be good for guessing the password."""
    answers = [change(owner, "not the password", NEW).status for _ in range(4)]
    assert answers == [400, 400, 400, 429]
    assert change(owner, owner.password, NEW).status == 429
    assert owner.new_browser().sign_in().status == 302
