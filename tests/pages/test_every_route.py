"""Each address of the browser's side, also those to come: who is let in, who is told why not, who finds nothing there, and
that no form works without its token. What is new has to find its place in the tables of routes.py."""

import pytest

from app import database
from app.extensions import csrf, db

from ..support.answers import Answer
from ..support.owner import Owner
from .full_house import different, token_of
from .routes import ANYBODY, ARGUMENTS, BODIES, FOR_MEMBERS, MANAGERS, MEMBERS, OF_ONESELF, PERSON, PLACES, QUERIES, House

# Programs come with credentials of their own, or with a secret in the address (RFC 8058), and never with a cookie's.
WITHOUT_TOKEN = {
    "app.pages.unsubscribing.unsubscribe", *(f"app.oauth.views.{name}" for name in ("token", "revoke", "introspect")),
}  # fmt: skip
# What only owners may do: the role that an admin may not give, and the owner whom an admin may not touch.
FOR_OWNERS = [
    ("/settings/members/{user_id}/role", {"role": "owner"}),
    ("/settings/members/{owner_id}/role", {"role": "member"}),
    ("/settings/members/{owner_id}/remove", {}),
    ("/settings/members/invite", {"email": "more@example.org", "role": "owner"}),
]


def test_the_tables_name_nothing_that_is_gone(house: House) -> None:
    endpoints = {route.endpoint for route in house.routes}
    assert {*FOR_MEMBERS, *OF_ONESELF, *QUERIES, *BODIES, *ARGUMENTS} <= endpoints
    assert all(any(route.rule.rule.startswith(start) for route in house.routes) for start, _ in PLACES)
    assert {route.whose for route in house.routes} == {ANYBODY, PERSON, MEMBERS, MANAGERS}


def test_nothing_that_a_browser_sends_goes_without_a_token(house: House) -> None:
    assert csrf._exempt_views == WITHOUT_TOKEN
    assert {getattr(blueprint, "name", blueprint) for blueprint in csrf._exempt_blueprints} == {"api", "gateway"}


def test_every_form_is_refused_without_its_own_token_and_changes_nothing(house: House) -> None:
    before = house.stored()
    for route in house.changing():
        for fields in ({}, {"csrf_token": "forged"}, {"csrf_token": house.tokens[house.stranger]}):
            answer = house.send(house.owner, route, **fields)
            assert answer.status == 400, f"{route} with {fields}"
            assert answer.headers["Content-Type"].startswith("text/html"), route
            assert answer.page.select_one("h1") is not None, route
    assert not different(before, house.stored())
    assert house.owner.get("/settings/connected-apps").status == 200, "still signed in"


def test_visitors_are_sent_to_sign_in(house: House) -> None:
    visitor = Owner(house.site, email="", password="", organization="", organization_id=0)
    house.tokens[visitor] = token_of(visitor.browser)
    routes = [route for route in house.routes if route.whose != ANYBODY]
    for route, answer in house.try_all(visitor, routes):
        assert answer.status == 302, f"{route}: {answer.status}"
        assert answer.location.startswith("/login?next="), f"{route}: {answer.location}"


def test_what_is_another_organizations_is_not_there(house: House) -> None:
    for route, answer in house.try_all(house.stranger, [route for route in house.routes if route.names_something]):
        assert answer.status == 404, f"{route}: {answer.status} {answer.words}"
        assert "There is no" in answer.words, route
        for name in (house.name, house.owner.email, "Зерно", "Покинутий", "Нічний експорт", "new@example.org"):
            assert name not in answer.text, route
    switch = next(route for route in house.routes if route.endpoint == "pages.switch_organization")
    assert house.send(house.stranger, switch, csrf_token=house.tokens[house.stranger]).status == 404


def test_plain_members_are_told_why_not(house: House) -> None:
    routes = [route for route in house.routes if route.whose == MANAGERS and route.endpoint not in OF_ONESELF]
    for route, answer in house.try_all(house.member, routes):
        check_forbidden(answer, str(route))


def test_admins_are_told_what_only_owners_may_do(house: House) -> None:
    with house.site.rules():
        values = house.found | {"owner_id": house.owner_id()}
    before = house.stored()
    for address, fields in FOR_OWNERS:
        for person in (house.admin, house.member):
            answer = person.post(address.format(**values), **fields)
            check_forbidden(answer, address)
            if person is house.admin:
                assert "Only owners can" in answer.words
    assert not different(before, house.stored())


def check_forbidden(answer: Answer, hint: str) -> None:
    """It is refused, with a sentence that says who could do it."""
    assert answer.status == 403, f"{hint}: {answer.status} {answer.words}"
    assert "Only owners" in answer.words, hint
    assert "Ask one of them" in answer.words, hint


def test_the_owner_gets_past_all_of_these_gates(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what was refused above was refused for the one reason. Nothing of it is kept."""
    monkeypatch.setattr(database, "_commit", lambda: db.session.flush())
    kept = house.owner.browser.cookies["session"]
    for route, answer in house.try_all(house.owner, [route for route in house.routes if route.whose != ANYBODY]):
        assert answer.status in (200, 302, 303, 400), f"{route}: {answer.status} {answer.words}"
        assert not answer.location.startswith("/login?next"), route
        house.owner.browser.set_cookie("session", kept)
