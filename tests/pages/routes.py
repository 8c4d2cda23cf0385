"""The addresses of the browser's side: for whom each is, and a house in which all of them can be asked for.

What is new has to find its place in the tables below."""

from collections.abc import Iterator
from typing import Any

from werkzeug.routing import AnyConverter, Rule

from app.application import FOR_PROGRAMS
from app.extensions import csrf

from ..support.answers import Answer
from ..support.owner import Owner
from ..support.sites import Site
from .full_house import FullHouse, different, token_of

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
        self.tokens = {person: token_of(person.browser) for person in (self.owner, self.admin, self.member, self.stranger)}
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
        data = None if route.verb == "GET" else self.fields(route) | fields
        return person.browser.send(route.verb, self.address(route), data=data)

    def fields(self, route: Route) -> dict[str, str]:
        """What is sent to it besides the token."""
        place = {"organization_id": str(self.owner.organization_id)}
        return {name: value.format(**place) for name, value in BODIES.get(route.endpoint, {}).items()}

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
