"""Sign-up: off unless switched on, the address confirmed first, telling nobody who has an account."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent, Membership, User
from tests.support.answers import Answer
from tests.support.letterbox import Letterbox, link_in, words_of
from tests.support.races import together
from tests.support.sites import Site, unique
from tests.support.visitors import Visitor

HOME = "/settings/connected-apps"
PASSWORD = "a password of my own"


@pytest.fixture
def letterbox(open_letterbox: Callable[..., Letterbox]) -> Letterbox:
    return open_letterbox(sign_up=True)


@pytest.fixture
def email() -> str:
    return f"{unique('new')}@example.org"


def ask(site: Site, email: str, address: str = "/signup") -> Answer:
    visitor = site.visitor()
    form = visitor.send("GET", address).form().fill(email=email)
    return visitor.send("POST", form.action, data=form.fields)


def finish(visitor: Visitor, link: str, **values: str) -> Answer:
    page = visitor.send("GET", link)
    if page.status != 200:
        return page
    return visitor.send(
        "POST", link, data=page.form().fill(**{"organization": unique("Mine"), "password": PASSWORD} | values).fields
    )


def letter_link(letterbox: Letterbox, email: str) -> str:
    assert ask(letterbox.site, email).status == 200
    return link_in(letterbox.only())


def test_who_follows_the_link_has_an_account_owns_an_organization_and_is_signed_in(letterbox: Letterbox, email: str) -> None:
    visitor = letterbox.site.visitor()
    answer = finish(visitor, letter_link(letterbox, email), organization="  My   Shop ")
    assert (answer.status, answer.location) == (302, HOME)
    page = visitor.send("GET", HOME)
    assert (page.status, email in page.words, "My Shop" in page.words) == (200, True, True)
    with letterbox.site.rules():
        place = db.session.scalars(select(Membership).join(User).where(User.email == email)).one()
        assert (place.role, place.organization.name) == ("owner", "My Shop")
        kinds = db.session.scalars(select(AuditEvent.kind).where(AuditEvent.actor == email)).all()
        assert set(kinds) == {"user_created", "organization_created", "member_added", "signed_in"}


def test_nothing_is_made_before_the_link_is_followed_nor_by_looking_at_it(letterbox: Letterbox, email: str) -> None:
    letterbox.site.visitor().send("GET", letter_link(letterbox, email))
    with letterbox.site.rules():
        assert db.session.scalar(select(User).where(User.email == email)) is None


def test_the_link_works_once_and_for_a_day(letterbox: Letterbox, email: str, clock: SimpleNamespace) -> None:
    first, second = letter_link(letterbox, email), letter_link(letterbox, email)
    assert finish(letterbox.site.visitor(), first).status == 404
    assert finish(letterbox.site.visitor(), second).status == 302
    assert finish(letterbox.site.visitor(), second).status == 404
    late = letter_link(letterbox, f"late-{email}")
    clock.advance(seconds=86401)
    assert finish(letterbox.site.visitor(), late).status == 404


def test_a_link_for_another_thing_signs_nobody_up(letterbox: Letterbox) -> None:
    owner = letterbox.site.owner()
    visitor = letterbox.site.visitor()
    form = visitor.send("GET", "/password/forgot").form().fill(email=owner.email)
    visitor.send("POST", form.action, data=form.fields)
    key = link_in(letterbox.only()).partition("key=")[2]
    assert finish(visitor, f"/signup/finish?key={key}").status == 404


def test_an_address_with_an_account_reads_the_same_and_gets_a_letter_that_says_so(letterbox: Letterbox, email: str) -> None:
    owner = letterbox.site.owner()
    known, unknown = ask(letterbox.site, owner.email), ask(letterbox.site, email)
    assert known.words == unknown.words.replace(email, owner.email)
    told, new = sorted(letterbox.collect(), key=lambda letter: letter["To"] != owner.email)
    assert "You have a UAA account already" in told["Subject"]
    assert "key=" not in words_of(told)
    assert new["To"] == email


def test_what_is_refused_is_said_beside_the_field_and_the_link_stays(letterbox: Letterbox, email: str) -> None:
    taken = letterbox.site.owner().organization
    link = letter_link(letterbox, email)
    visitor = letterbox.site.visitor()
    for values, sentence in (
        ({"password": "short"}, "A password has 10 to 200 characters."),
        ({"organization": taken.upper()}, "There is an organization of this name."),
        ({"organization": "My\0Shop"}, "An organization's name has printable characters only."),
        ({"organization": "\u202eMy Shop"}, "An organization's name has printable characters only."),
        ({"organization": " "}, "An organization's name has 1 to 120 characters."),
    ):
        answer = finish(visitor, link, **values)
        assert (answer.status, sentence in answer.words) == (400, True), answer.words
    assert finish(visitor, link).status == 302


def test_sign_up_leads_on_to_where_one_wanted_to_go_and_nowhere_else(letterbox: Letterbox, email: str) -> None:
    app = letterbox.site.partner_app()
    wanted = app.authorize_link(state="a b&c").removeprefix(letterbox.site.url)
    login = letterbox.site.get(wanted)
    page = letterbox.site.get(login.location)
    link = next(str(a["href"]) for a in page.page.select("main a") if "/signup" in str(a["href"]))
    assert ask(letterbox.site, email, link).status == 200
    answer = finish(letterbox.site.visitor(), link_in(letterbox.only()))
    assert (answer.status, answer.location) == (302, wanted)
    ask(letterbox.site, f"x-{email}", "/signup?next=//evil.example/")
    evil = link_in(letterbox.only())
    assert "evil" not in evil
    assert finish(letterbox.site.visitor(), f"{evil}&next=//evil.example/").location == HOME


def test_sign_up_is_off_unless_it_is_switched_on(site: Site) -> None:
    assert site.get("/signup").status == site.get("/signup/finish").status == 404
    assert "/signup" not in site.get("/login").text


@pytest.mark.settings(sign_up=True)
def test_a_server_without_mail_says_that_it_can_make_no_accounts(site: Site) -> None:
    page = site.get("/signup")
    assert "This server can't send mail" in page.words
    assert page.page.select_one("main form") is None


def test_letters_are_counted(open_letterbox: Callable[..., Letterbox], email: str) -> None:
    letterbox = open_letterbox(sign_up=True, rate_limit_mail="2/hour")
    assert [ask(letterbox.site, email).status for _ in range(3)] == [200, 200, 429]
    assert ask(letterbox.site, "nobody").status == 400


def test_of_two_who_follow_the_link_at_once_one_wins(
    open_letterbox: Callable[..., Letterbox], pg_url: str, email: str
) -> None:
    letterbox = open_letterbox(sign_up=True, database_url=pg_url)
    link = letter_link(letterbox, email)
    tries = []
    for _ in range(4):
        visitor = letterbox.site.visitor()
        form = visitor.send("GET", link).form().fill(organization=unique("Mine"), password=PASSWORD)
        tries.append(lambda visitor=visitor, form=form: visitor.send("POST", link, data=form.fields).status)
    assert sorted(together(*tries)) == [302, 404, 404, 404]


def test_two_organizations_that_are_made_at_once_dont_get_one_name(
    open_letterbox: Callable[..., Letterbox], pg_url: str, email: str
) -> None:
    letterbox = open_letterbox(sign_up=True, database_url=pg_url)
    tries = []
    for number in range(4):
        link = letter_link(letterbox, f"{number}-{email}")
        visitor = letterbox.site.visitor()
        form = visitor.send("GET", link).form().fill(organization="One Name", password=PASSWORD)
        tries.append(
            lambda visitor=visitor, link=link, form=form: visitor.send("POST", link, data=form.fields).status
        )  # fmt: skip
    assert sorted(together(*tries)) == [302, 400, 400, 400]
