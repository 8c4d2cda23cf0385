"""Changing a registered app: what it is called, where it may send people back to, what it may ask for, who it belongs to.

What was issued already keeps its rights, whatever is changed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .. import scopes
from ..errors import Conflict, Forbidden, Invalid
from ..models import CallbackUrl, Client, Membership
from ..words import N_, sentence
from . import audit, callbacks, logos
from .audit import AuditKind
from .logos import Logo

MAX_CALLBACK_URLS = 20
# What developers may choose; the server's own setting holds for those who choose nothing.
ACCESS_TTL = range(60, 30 * 86400 + 1)
REFRESH_TTL = range(3600, 366 * 86400 + 1)


@dataclass(frozen=True)
class Registration:
    """What a developer says of an app.

    :param scope: the rights or scopes that it may ask for, space-separated.
    """

    name: str
    callback_urls: Sequence[str]
    scope: str
    public: bool

    def checked(self) -> "Registration":
        """The same, written as it is kept. :raises Invalid: with every reason, by field."""
        errors: dict[str, list[str]] = {}
        name, scope = " ".join(self.name.split()), scopes.join(self.scope.split())
        urls = tuple(dict.fromkeys(self.callback_urls))
        if problem := name_problem(name):
            errors["name"] = [problem]
        wrong = callbacks.problems(urls, public=self.public)
        if len(urls) > MAX_CALLBACK_URLS:
            wrong.append(sentence("An app has at most %(most)s callback URLs.", most=MAX_CALLBACK_URLS))
        if wrong:
            errors["callback_urls"] = wrong
        if problem := _scope_problem(scope):
            errors["scope"] = [problem]
        if errors:
            raise Invalid(errors)
        return Registration(name, urls, scope, self.public)


@dataclass(frozen=True)
class Advanced:
    """What few apps need. :param access_token_ttl: seconds; None for the server's own. The other one likewise."""

    access_token_ttl: int | None
    refresh_token_ttl: int | None
    allows_query_credentials: bool

    def check(self) -> None:
        """:raises Invalid: a lifetime is out of bounds."""
        errors: dict[str, list[str]] = {}
        for field, allowed in (("access_token_ttl", ACCESS_TTL), ("refresh_token_ttl", REFRESH_TTL)):
            seconds = getattr(self, field)
            if seconds is not None and seconds not in allowed:
                errors[field] = [
                    sentence(
                        "Choose %(least)s to %(most)s seconds, or leave it empty.",
                        least=allowed[0],
                        most=allowed[-1],
                    )
                ]
        if errors:
            raise Invalid(errors)


def name_problem(name: str) -> str | None:
    """Why an app may not be called ``name``; None when it may."""
    if not 1 <= len(name) <= 80 or not name.isprintable():
        return N_("An app's name has 1 to 80 printable characters.")
    return None


def _scope_problem(scope: str) -> str | None:
    try:
        return None if scopes.check(scope) else N_("Choose at least one access scope.")
    except scopes.UnknownScope as error:
        return error.detail


def change(client: Client, registration: Registration, advanced: Advanced) -> list[str]:
    """Change ``client`` into what ``registration`` and ``advanced`` say; its type stays.

    :returns: which of its properties changed. :raises Invalid: something is not acceptable.
    """
    wanted = registration.checked()
    advanced.check()
    values: dict[str, Any] = {
        "name": wanted.name,
        "scope": wanted.scope,
        "access_token_ttl": advanced.access_token_ttl,
        "refresh_token_ttl": advanced.refresh_token_ttl,
        "allows_query_credentials": advanced.allows_query_credentials,
    }
    different = [field for field, value in values.items() if getattr(client, field) != value]
    for field in different:
        setattr(client, field, values[field])
    if {callback.url for callback in client.callback_urls} != set(wanted.callback_urls):
        _set_callback_urls(client, wanted.callback_urls)
        different.append("callback_urls")
    _record(client, different)
    return different


def _set_callback_urls(client: Client, urls: Sequence[str]) -> None:
    known = {callback.url: callback for callback in client.callback_urls}
    client.callback_urls = [known.get(url) or CallbackUrl(url=url) for url in urls]


def change_form(client: Client, *, shown_name: str, logo: Logo | None) -> list[str]:
    """Change what account owners see of ``client``.

    :param shown_name: empty for the app's own name. :param logo: None to keep the present one.
    :raises Invalid: the name is not acceptable.
    """
    name = " ".join(shown_name.split())
    if name and (problem := name_problem(name)):
        raise Invalid({"shown_name": [problem]})
    wanted = name if name and name != client.name else None
    different = []
    if client.consent_name != wanted:
        client.consent_name = wanted
        different.append("shown_name")
    if logo is not None and logo.digest != client.logo_digest:
        logos.keep(client, logo)
        different.append("logo")
    _record(client, different)
    return different


def remove_logo(client: Client) -> None:
    """Show the first letter of the app's name instead of a logo."""
    if client.logo_digest is not None:
        logos.remove(client)
        _record(client, ["logo"])


def transfer(client: Client, *, to: Membership) -> None:
    """Hand ``client`` over to another organization of the person behind ``to``; what it was granted stays.

    :raises Forbidden: that person doesn't manage the other organization. :raises Conflict: it is there already.
    """
    if not to.may_manage:
        raise Forbidden(N_("Only an organization that you manage can take the app over."))
    if client.organization_id == to.organization_id:
        raise Conflict(N_("The app belongs to this organization already."))
    before = client.organization
    for organization_id in (client.organization_id, to.organization_id):
        audit.record(
            AuditKind.APP_TRANSFERRED, organization_id=organization_id, subject=client.name,
            client_id=client.client_id, before=before.name if before else "", after=to.organization.name,
        )  # fmt: skip
    client.organization = to.organization


def _record(client: Client, different: list[str]) -> None:
    if different:
        audit.record(
            AuditKind.APP_CHANGED, organization_id=client.organization_id, subject=client.name,
            client_id=client.client_id, changed=different,
        )  # fmt: skip
