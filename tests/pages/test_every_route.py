"""Each address of the browser's side, also those to come: who is let in, who is told why not, who finds nothing there, and
that no form works without its token. What is new has to find its place in the tables below."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from werkzeug.routing import AnyConverter, Rule

from app import database
from app.application import FOR_PROGRAMS
from app.extensions import csrf, db

from ..support.answers import Answer
from ..support.apps import dispose, open_app
from ..support.databases import SqliteTemplate
from ..support.owner import Owner
from ..support.sites import Site
from .full_house import SETTINGS, FullHouse, different, token_of

# For whom an address is: everybody; whoever is signed in, on their own behalf; all members; only owners and admins.
ANYBODY, PERSON, MEMBERS, MANAGERS = "anybody", "person", "members", "managers"
# By the beginning of the address; the first that fits.
PLACES = (
    ("/settings/account", PERSON),
    ("/settings/organization/switch", PERSON),
    ("/settings/organization", MEMBERS),
    ("/settings/", MANAGERS),
    ("/uaa/oauth/authorize", MANAGERS),
    *((f"/{name}", ANYBODY) for name in (
        ".well-known/", "account/email", "confirm/", "docs", "healthz", "invitation", "l/", "language", "letter/", "login",
        "logos/", "logout", "metrics", "openapi.json", "password/", "readyz", "signup", "t/", "unsubscribe/", "view/",
    )),
)  # fmt: skip
# Addresses below /settings/ that plain members may open.
FOR_MEMBERS = {"pages.connected_apps", "pages.connected_app", "pages.list_api_keys", "pages.list_members"}
# What members may do to themselves alone.
OF_ONESELF = {"pages.remove_member"}
# Programs come with credentials of their own, or with a secret in the address (RFC 8058), and never with a cookie's.
WITHOUT_TOKEN = {
    "app.pages.unsubscribing.unsubscribe", *(f"app.oauth.views.{name}" for name in ("token", "revoke", "introspect")),
}  # fmt: skip
# What is to be sent so that it depends on the one thing whether this person may.
QUERIES = {"oauth.authorize": "app", "oauth.authorize_as_documented": "app"}
BODIES: dict[str, dict[str, str]] = {
    "pages.change_role": {"role": "member"},
    "pages.switch_organization": {"organization": "{organization_id}"},
    "oauth.authorize": {"decision": "allow", "scope": "UseRestApi"},
    "oauth.authorize_as_documented": {"decision": "allow", "scope": "UseRestApi"},
}
# Arguments that mean different things at different addresses.
ARGUMENTS = {"pages.account_letter": {"letter_id": "account_letter_id"}}
# What only owners may do: the role that an admin may not give, and the owner whom an admin may not touch.
FOR_OWNERS = [
    ("/settings/members/{user_id}/role", {"role": "owner"}),
    ("/settings/members/{owner_id}/role", {"role": "member"}),
    ("/settings/members/{owner_id}/remove", {}),
    ("/settings/members/invite", {"email": "more@example.org", "role": "owner"}),
]


class Route:
    """One address with one verb."""

    def __init__(self, rule: Rule, verb: str) -> None:
        self.rule, self.verb, self.endpoint = rule, verb, str(rule.endpoint)

    def __str__(self) -> str:
        return f"{self.verb} {self.rule.rule}"

    @property
    def whose(self) -> str:
        if self.endpoint in FOR_MEMBERS:
            return MEMBERS
        found = [who for start, who in PLACES if self.rule.rule.startswith(start)]
        assert found or self.rule.rule == "/", f"say in tests/pages/test_every_route.py for whom {self.rule.rule} is"
        return found[0] if found else ANYBODY

    @property
    def names_something(self) -> bool:
        """Whether it is about one thing of an organization, or of a person."""
        return self.whose != ANYBODY and bool(self.rule.arguments)


class House(FullHouse):
    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.found = self.examples()
        self.tokens = {person: token_of(person) for person in (self.owner, self.admin, self.member, self.stranger)}
        self.routes = list(_routes(site))

    def address(self, route: Route) -> str:
        values: dict[str, Any] = {}
        for name in route.rule.arguments:
            converter = route.rule._converters[name]
            key = ARGUMENTS.get(route.endpoint, {}).get(name, name)
            known = next(iter(sorted(converter.items))) if isinstance(converter, AnyConverter) else self.found.get(key)
            assert known is not None or route.whose == ANYBODY, f"say in full_house.py what stands for <{name}>"
            values[name] = 1 if known is None else known
        with self.site.app.test_request_context():
            built = route.rule.build(values)
        assert built is not None
        return built[1] + (f"?{self.app.authorize_link().partition('?')[2]}" if route.endpoint in QUERIES else "")

    def send(self, person: Owner, route: Route, **fields: str) -> Answer:
        """As a form of this person's browser does, where it is one."""
        place = {"organization_id": str(self.owner.organization_id)}
        body = {name: value.format(**place) for name, value in BODIES.get(route.endpoint, {}).items()}
        data = None if route.verb == "GET" else body | fields
        return person.browser.send(route.verb, self.address(route), data=data)

    def try_all(self, person: Owner, routes: list[Route]) -> Iterator[tuple[Route, Answer]]:
        """Send each with a good token, and see that nothing has changed after all of them."""
        before = self.stored()
        for route in routes:
            yield route, self.send(person, route, csrf_token=self.tokens[person])
        assert not different(before, self.stored())

    def changing(self) -> list[Route]:
        return [route for route in self.routes if route.verb != "GET" and not _is_exempt(self.site, route)]


def _routes(site: Site) -> Iterator[Route]:
    for rule in site.app.url_map.iter_rules():
        if rule.rule.startswith((*FOR_PROGRAMS, "/gateway/", "/static/")):
            continue
        for verb in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(rule, verb)


def _is_exempt(site: Site, route: Route) -> bool:
    view = site.app.view_functions[route.endpoint]
    return f"{view.__module__}.{view.__name__}" in csrf._exempt_views


@pytest.fixture(scope="module")
def house(sqlite_template: SqliteTemplate) -> Iterator[House]:
    with TemporaryDirectory(prefix="uaa-") as folder:
        sqlite_template.copy_to(Path(folder))
        app = open_app(Path(folder), **SETTINGS)
        site = Site(app)
        yield House(site)
        site.close()
        dispose(app)


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
    house.tokens[visitor] = token_of(visitor)
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
