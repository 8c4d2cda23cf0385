"""Every page at two widths, light and dark: no violation of axe-core's rules, nothing moving, nothing cut off, no error.

The pictures are in screenshots/. An address to come has to be named here, or the first test fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from app.models import TicketKind
from tests.support.owner import Owner
from tests.support.partner_app import Proof

from .looking import looking
from .town import Town

GUIDES = ("quick-start", "errors", "rate-limits", "pagination", "refreshing", "disconnect-reasons", "from-api-keys")
PARTNER_APP = (
    "", "/authorization-form", "/preview", "/secrets", "/events", "/numbers", "/danger", "/delete", "/quick-start",
    "/test-callback",
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """One page. :param who: looks at it; None is somebody who is not signed in. :param status: of the answer."""

    name: str
    address: str
    who: Owner | None = None
    status: int = 200

    @property
    def is_foreign(self) -> bool:
        """Whether it is the HTML of whoever wrote the message: contained, and theirs to answer for."""
        return self.name in ("message-view", "message-letter", "outbox-email-html")


def views(town: Town) -> Iterator[View]:
    yield from _of_visitors(town)
    yield from _of_the_owner(town)
    yield from _of_the_newcomer(town)
    yield View("members-of-a-member", "/settings/members", town.member)
    yield View("connected-apps-of-a-member", "/settings/connected-apps", town.member)
    yield View("not-for-members", "/settings/security", town.member, 403)
    yield View("consent-not-allowed", town.stripo.authorize_link(), town.member, 403)


def _of_visitors(town: Town) -> Iterator[View]:
    yield View("login", "/login")
    yield View("login-for-an-app", f"/login?next={quote(town.stripo.authorize_link())}")
    yield View("sign-up", "/signup")
    yield View("sign-up-finish", f"/signup/finish?key={town.ticket(TicketKind.SIGN_UP, 'new@harbour.example')}")
    yield View("sign-up-link-over", "/signup/finish?key=old", status=404)
    yield View("password-forgot", "/password/forgot")
    yield View("password-reset", f"/password/reset?key={town.ticket(TicketKind.PASSWORD_RESET, town.owner.email)}")
    yield View("password-link-over", "/password/reset?key=old", status=404)
    yield View("email-confirm", f"/account/email?key={town.ticket(TicketKind.EMAIL_CHANGE, town.owner.email)}")
    yield View("email-link-over", "/account/email?key=old", status=404)
    yield View("invitation-new", f"/invitation?key={town.invitation('new@harbour.example')}")
    yield View("invitation-known", f"/invitation?key={town.invitation(town.newcomer.email)}")
    yield View("invitation-over", "/invitation?key=old", status=404)
    yield View("login-code", "/login/code", town.careful)
    for name in ("confirm", "unsubscribe", "view", "letter"):
        yield View(f"message-{name}", town.public_link(name))
    yield View("docs", "/docs")
    for guide in GUIDES:
        yield View(f"docs-{guide}", f"/docs/guides/{guide}")
    yield View("error-not-found", "/nothing-here", status=404)
    yield View("error-unknown-app", town.stripo.authorize_link(client_id="unknown"), status=400)


def _of_the_owner(town: Town) -> Iterator[View]:
    for name in ("connected-apps", "api-keys", "members", "imports", "outbox", "security", "partner-apps", "account"):
        yield View(name, f"/settings/{name}", town.owner)
    for name in ("partner-apps/new", "api-keys/new", "members/invite", "account/email", "account/second-step"):
        yield View(name.replace("/", "-"), f"/settings/{name}", town.owner)
    for page in PARTNER_APP:
        yield View(f"app{page.replace('/', '-')}", f"/settings/partner-apps/{town.app.client_id}{page}", town.owner)
    yield View("connected-app", f"/settings/connected-apps/{town.connection}", town.owner)
    yield View("connected-app-paused", f"/settings/connected-apps/{town.paused}", town.owner)
    yield View("connected-apps-nothing-found", "/settings/connected-apps?words=nothing", town.owner)
    yield View("outbox-email", f"/settings/outbox/{town.letter}", town.owner)
    yield View("outbox-email-html", f"/settings/outbox/{town.letter}/html", town.owner)
    yield View("outbox-letter", f"/settings/outbox/letters/{town.account_letter}", town.owner)
    yield View("consent-of-a-public-app", town.till.authorize_link(**Proof.new().parameters), town.owner)
    yield View("consent", town.stripo.authorize_link(prompt="consent"), town.owner)
    yield View("consent-as-documented", town.stripo.authorize_link(path=DOCUMENTED, prompt="consent"), town.owner)
    yield View("invitation-of-another", f"/invitation?key={town.invitation('someone@harbour.example')}", town.owner)


def _of_the_newcomer(town: Town) -> Iterator[View]:
    for name in ("connected-apps", "api-keys", "members", "imports", "outbox", "security", "partner-apps"):
        yield View(f"{name}-empty", f"/settings/{name}", town.newcomer)
    yield View("consent-first", town.app.authorize_link(scope="UseEventsAndContacts"), town.newcomer)


DOCUMENTED = "/uaa/oauth/authorize/oauth/authorize"


def without_pages(town: Town) -> Iterator[str]:
    """Addresses that answer with something else, or lead on."""
    yield from ("/", "/healthz", "/readyz", "/openapi.json", "/static/css/uaa.css", "/settings/organization")
    yield from ("/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource")
    yield from ("/settings/security.json", "/settings/partner-apps/check-callback?url=x")
    yield from (f"/logos/{town.app.client_id}/{town.logo_digest}/96.png", town.public_link("opened"))
    yield from (town.public_link("clicked"), town.short_link)


def test_every_address_is_looked_at(town: Town) -> None:
    rules = town.site.app.url_map.iter_rules()
    shown = {rule.endpoint for rule in rules if "GET" in (rule.methods or ()) and is_for_people(rule.rule)}
    addresses = town.site.app.url_map.bind("")
    seen = {addresses.match(view.address.partition("?")[0])[0] for view in views(town) if view.name != "error-not-found"}
    for address in without_pages(town):
        seen.add(addresses.match(address.partition("?")[0])[0])
        answer = town.owner.browser.send("GET", address)
        assert answer.status in (200, 302), address
        assert answer.status == 302 or "text/html" not in answer.headers["Content-Type"], f"{address} is a page: look at it"
    assert shown - seen == set(), "name these addresses in this file"


def is_for_people(rule: str) -> bool:
    return not rule.startswith(("/api/", "/metrics"))


@pytest.mark.timeout(400)
def test_every_page_is_good(town: Town, chromium: Browser) -> None:
    people: dict[Owner | None, list[View]] = {}
    town.careful.sign_in()
    for view in views(town):
        people.setdefault(view.who, []).append(view)
    with looking(chromium) as eye:
        for who, theirs in people.items():
            eye.page.context.clear_cookies()
            if who:
                eye.page.context.add_cookies(town.cookies_of(who))  # type: ignore[arg-type]
            for view in theirs:
                assert eye.open(town.site.url + view.address) == view.status, view
                if view.is_foreign:
                    eye.shoot(f"{view.name}-{eye.size[0]}")
                else:
                    eye.look(view.name)
