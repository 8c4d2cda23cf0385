"""A person with a browser: signs in, approves or refuses apps, disconnects them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .answers import Answer, Form

if TYPE_CHECKING:
    from .sites import Site

CONSENT = "form.consent"


class Owner:
    """A person of an organization, in front of one browser."""

    def __init__(self, site: "Site", *, email: str, password: str, organization: str, organization_id: int) -> None:
        self.site = site
        self.email, self.password = email, password
        self.organization, self.organization_id = organization, organization_id
        self.browser = site.visitor()

    def new_browser(self) -> "Owner":
        """The same person at another browser, not signed in there."""
        return Owner(
            self.site, email=self.email, password=self.password, organization=self.organization,
            organization_id=self.organization_id,
        )  # fmt: skip

    def new_browser_signed_in(self) -> "Owner":
        """The same person at another browser, signed in there."""
        person = self.new_browser()
        person.sign_in()
        return person

    def get(self, address: str) -> Answer:
        """Open an address and follow redirects, but only within the site."""
        answer = self.browser.send("GET", address)
        return self._follow(answer)

    def submit(self, form: Form, *, button: tuple[str, str] | None = None) -> Answer:
        """Send ``form`` with its present values, as pressing ``button`` does. Redirects are not followed."""
        return self.browser.send("POST", form.action, data=form.fields + ([button] if button else []))

    def post(self, address: str, *, token_from: str = "/settings/connected-apps", **fields: Any) -> Answer:
        """Post ``fields`` with the CSRF token of the page at ``token_from``."""
        token = self.get(token_from).page.select_one("input[name=csrf_token]")
        assert token is not None, f"no form on {token_from}"
        return self.browser.send("POST", address, data={"csrf_token": str(token["value"])} | fields)

    def sign_in(self, *, password: str | None = None, next: str | None = None) -> Answer:
        """Sign in at the login page; the answer is that to the form."""
        page = self.browser.send("GET", "/login", params={"next": next} if next else None)
        return self._sign_in_on(page, password)

    def _sign_in_on(self, page: Answer, password: str | None = None) -> Answer:
        return self.submit(page.form().fill(email=self.email, password=password or self.password))

    def sign_out(self) -> Answer:
        return self.post("/logout")

    def open_consent(self, link: str) -> Answer:
        """Follow an authorize link as far as it leads within the site, signing in on the way."""
        answer = self.get(link)
        if answer.page.select_one("input[type=password]"):
            answer = self._follow(self._sign_in_on(answer))
        return answer

    def decide(
        self, page: Answer, decision: str = "allow", *, scope: Iterable[str] | None = None, organization: int | None = None
    ) -> Answer:
        """Answer a consent page; ``scope`` names what is ticked instead of what was ticked at first."""
        form = page.form(CONSENT)
        if scope is not None:
            form.fill(scope=scope)
        if organization is not None:
            form.fill(organization=str(organization))
        return self.submit(form, button=("decision", decision))

    def approve(self, link: str, *, scope: Iterable[str] | None = None, organization: int | None = None) -> Answer:
        """Follow an authorize link and allow; the answer is the redirect to the callback.

        What an earlier approval holds already is answered without a page.
        """
        page = self.open_consent(link)
        return page if page.status == 302 else self.decide(page, scope=scope, organization=organization)

    def refuse(self, link: str) -> Answer:
        return self.decide(self.open_consent(link), "deny")

    def disconnect(self, name: str) -> Answer:
        """Disconnect the app of this name on the page of connected apps."""
        page = self.get("/settings/connected-apps")
        for card in page.page.select("article.connection"):
            heading = card.select_one("h2")
            if heading is not None and heading.get_text(strip=True) == name:
                form = card.select_one("form[action$='/disconnect']")
                assert form is not None, "no way to disconnect"
                return self.submit(Form(form, page.address))
        raise AssertionError(f"{name} is not connected: {page.words}")

    def _follow(self, answer: Answer) -> Answer:
        for _ in range(10):
            if answer.status not in (301, 302, 303, 307, 308) or not self._is_here(answer.location):
                return answer
            answer = self.browser.send("GET", answer.location)
        raise AssertionError("too many redirects")

    def _is_here(self, location: str) -> bool:
        return not urlsplit(location).netloc or location.startswith(self.site.url + "/")
