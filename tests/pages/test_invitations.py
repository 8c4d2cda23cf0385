"""Inviting people: a link that works once, for one address, while the inviter may invite."""

import pytest
from flask import Flask

from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.races import together
from tests.support.sites import Site, unique

PAGE = "/settings/members"


@pytest.fixture
def owner(any_site: Site) -> Owner:
    owner = any_site.owner()
    owner.sign_in()
    return owner


def invite(by: Owner, email: str, role: str = "member") -> Answer:
    return by.submit(by.get(f"{PAGE}/invite").form().fill(email=email, role=role))


def link_in(answer: Answer) -> str:
    field = answer.page.select_one("textarea#link")
    assert field is not None, answer.words
    return field.get_text()


def join_as_new(site: Site, link: str, password: str = "a long new password") -> Answer:
    visitor = site.visitor()
    form = visitor.send("GET", link).form().fill(password=password)
    return visitor.send("POST", form.action, data=form.fields)


def test_a_new_person_joins_by_the_link_once(any_site: Site, owner: Owner) -> None:
    email = f"{unique('new')}@example.org"
    link = link_in(invite(owner, email, "admin"))
    assert email in owner.get(PAGE).words
    assert join_as_new(any_site, link).status == 302
    assert f"{email} Admin since" in owner.get(PAGE).words
    assert any_site.visitor().send("GET", link).status == 404


def test_a_person_with_an_account_joins_with_it(any_site: Site, owner: Owner) -> None:
    guest = any_site.owner()
    link = link_in(invite(owner, guest.email))
    assert guest.get(link).page.select_one("main form") is None
    guest.sign_in()
    assert guest.submit(guest.get(link).form()).status == 302
    assert owner.organization in guest.get(PAGE).page.select_one("main").get_text()  # type: ignore[union-attr]


def test_the_link_is_of_no_use_to_another_person(any_site: Site, owner: Owner) -> None:
    guest, thief = any_site.owner(), any_site.owner()
    link = link_in(invite(owner, guest.email))
    thief.sign_in()
    forms = thief.get(link).page.select("main form")
    assert [str(form["action"]).partition("?")[0] for form in forms] == ["/logout"]
    assert thief.post(link).status == 403
    # An account exists for the address: its password can't be set by the link.
    stranger = any_site.visitor()
    token = stranger.send("GET", "/login").form().values("csrf_token")[0]
    assert stranger.send("POST", link, data={"csrf_token": token, "password": "a long new password"}).status == 400


def test_a_withdrawn_or_expired_link_is_dead(any_site: Site, owner: Owner, clock) -> None:  # type: ignore[no-untyped-def]
    link = link_in(invite(owner, f"{unique('new')}@example.org"))
    assert owner.submit(owner.get(PAGE).form("form[action$='/withdraw']")).status == 302
    assert any_site.visitor().send("GET", link).status == 404
    link = link_in(invite(owner, f"{unique('new')}@example.org"))
    clock.advance(seconds=8 * 86400)
    assert any_site.visitor().send("GET", link).status == 404


def test_refused_invitations_say_why(any_site: Site, owner: Owner) -> None:
    assert "not a valid email address" in invite(owner, "nobody").words
    assert "is a member already" in invite(owner, owner.email).words
    member = any_site.member(owner.organization)
    member.sign_in()
    assert member.get(f"{PAGE}/invite").status == 403


def test_of_those_who_join_by_one_link_at_once_one_wins(pg_app: Flask) -> None:
    site = Site(pg_app)
    owner = site.owner()
    owner.sign_in()
    email = f"{unique('new')}@example.org"
    link = link_in(invite(owner, email))
    tries = []
    for number in range(5):
        visitor = site.visitor()
        form = visitor.send("GET", link).form().fill(password=f"the password of number {number}")
        tries.append(lambda visitor=visitor, form=form: visitor.send("POST", form.action, data=form.fields).status)
    statuses = sorted(together(*tries))
    assert statuses[0] == 302
    assert set(statuses[1:]) <= {400, 404}
    assert owner.get(PAGE).words.count(email) >= 1
