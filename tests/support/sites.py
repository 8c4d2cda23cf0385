"""The product as it is reached from outside, and the making of whatever a test needs to be there already."""

import itertools
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.database import unit_of_work
from app.errors import NotFound
from app.extensions import db
from app.models import Organization, Role, User
from app.services import api_keys, clients, organizations, users

from .answers import Answer
from .owner import Owner
from .partner_app import CALLBACK, PartnerApp
from .visitors import HttpVisitor, InProcessVisitor, Visitor

_numbers = itertools.count(1)


def unique(word: str) -> str:
    """A name that nothing else in the tests has."""
    return f"{word}-{next(_numbers)}-{uuid.uuid4().hex[:6]}"


class Site:
    """One running product.

    :param app: an application on its database, for the rules.
    :param address: where it listens; None when requests are made in this process.
    """

    def __init__(self, app: Flask, address: str | None = None) -> None:
        self.app = app
        self._address = address
        self._visitors: list[Visitor] = []
        self._program: Visitor | None = None

    @property
    def url(self) -> str:
        """The public address, which is also the issuer."""
        return self._address or str(self.app.config["SETTINGS"].issuer)

    def visitor(self) -> Visitor:
        """Someone new, without cookies."""
        visitor = HttpVisitor(self._address) if self._address else InProcessVisitor(self.app, self.url)
        self._visitors.append(visitor)
        return visitor

    def send(self, method: str, address: str, **request: Any) -> Answer:
        """Send one request as a program does."""
        if self._program is None:
            self._program = self.visitor()
        return self._program.send(method, address, **request)

    def get(self, address: str, **request: Any) -> Answer:
        return self.send("GET", address, **request)

    def post(self, address: str, **request: Any) -> Answer:
        return self.send("POST", address, **request)

    def close(self) -> None:
        for visitor in self._visitors:
            visitor.close()

    @contextmanager
    def rules(self) -> Iterator[None]:
        """Inside, rules can be called; what they change is committed at the end."""
        with self.app.app_context(), unit_of_work():
            yield

    def owner(
        self, *, email: str | None = None, password: str = "correct horse battery", organization: str | None = None
    ) -> Owner:
        """A new person, in an organization of their own or in a named one (whose first member becomes its owner)."""
        email, organization = email or f"{unique('owner')}@example.org", organization or unique("Shop")
        with self.rules():
            _, membership = users.create(email=email, password=password, organization=organization)
            number = membership.organization.id
        return Owner(self, email=email, password=password, organization=organization, organization_id=number)

    def join(self, owner: Owner, organization: str, role: Role = Role.MEMBER) -> None:
        """Make ``owner`` a member of one more organization, which is made when new."""
        with self.rules():
            user = _user(owner.email)
            organizations.add_member(_organization(organization), user, role)

    def member(self, organization: str, *, role: Role = Role.MEMBER) -> Owner:
        """One more person in ``organization``, with ``role``."""
        person = self.owner(organization=organization)
        with self.rules():
            organizations.get_membership(_user(person.email), person.organization_id).role = role
        return person

    def partner_app(
        self, *, organization: str | None = None, name: str = "Partner", callback_urls: Sequence[str] = (CALLBACK,),
        scope: str = "UseRestApi", public: bool = False,
    ) -> PartnerApp:  # fmt: skip
        """A newly registered app, by default of a developer's organization of its own."""
        with self.rules():
            developer = _organization(organization or unique("Developer"))
            client, secret = clients.register(developer, name=name, callback_urls=callback_urls, scope=scope, public=public)
            client_id = client.client_id
        return PartnerApp(self, client_id=client_id, secret=secret, callback_urls=tuple(callback_urls))

    def api_key(self, organization: str, *, scope: str = "UseRestApi", label: str = "test") -> str:
        """A new API key of ``organization``."""
        with self.rules():
            return api_keys.create(_organization(organization), author=None, label=label, scope=scope).plain

    def suspend(self, partner_app: PartnerApp) -> None:
        with self.rules():
            clients.suspend(clients.get(partner_app.client_id))

    def resume(self, partner_app: PartnerApp) -> None:
        with self.rules():
            clients.resume(clients.get(partner_app.client_id))

    def delete(self, partner_app: PartnerApp) -> None:
        with self.rules():
            clients.delete(clients.get(partner_app.client_id))


def _organization(name: str) -> Organization:
    try:
        return organizations.get_by_name(name)
    except NotFound:
        return organizations.create(name)


def _user(email: str) -> User:
    return db.session.scalars(select(User).where(User.email == email)).one()
