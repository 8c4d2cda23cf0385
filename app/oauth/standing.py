"""Where an app stands with the person in front of the browser: what it holds already, and what was declined lately."""

from dataclasses import dataclass

from flask import session
from flask_login import current_user

from .. import scopes
from ..models import Connection, Organization
from ..services import callbacks, connections
from .authorization_request import AuthorizationRequest

_REMEMBERED = 20


@dataclass(frozen=True)
class Standing:
    """:param connection: the live one with ``organization``. :param declined: single scopes refused in this session."""

    organization: Organization
    connection: Connection | None
    declined: frozenset[str]

    @property
    def held(self) -> str:
        """What the app holds at present, as a scope string."""
        return self.connection.scope if self.connection else ""

    def new_in(self, scope: str) -> frozenset[str]:
        """The single scopes in ``scope`` that are neither held nor lately declined."""
        return scopes.expand(scope) - scopes.expand(self.held) - self.declined

    def settles(self, asked: AuthorizationRequest) -> Connection | None:
        """The connection that answers ``asked`` without a page; None when the person has to be asked."""
        if self.connection is None or "consent" in asked.prompt or is_on_a_device(asked):
            return None
        # What was approved is not said to be for another service than this one.
        if asked.resource_server is not None:
            return None
        if self.new_in(asked.scope) or not scopes.within(asked.scope, self.held):
            return None
        return self.connection


def is_on_a_device(asked: AuthorizationRequest) -> bool:
    """Whether it is a public client on a person's device, which anyone could claim to be.

    Its identifier is no secret, and any program can listen there.
    """
    return asked.client.is_public and callbacks.leads_to_a_device(asked.redirect_uri)


def find(asked: AuthorizationRequest, organization: Organization) -> Standing:
    """The standing of the app that asks with ``organization``."""
    return Standing(
        organization=organization,
        connection=connections.find_live(user=current_user, organization=organization, client=asked.client),
        declined=frozenset(session.get("declined", {}).get(_key(asked, organization), "").split()),
    )


def remember(asked: AuthorizationRequest, organization: Organization, granted: str) -> None:
    """Keep for this session which organization was chosen, and what of ``asked`` was not granted."""
    declined = dict(session.get("declined", {}))
    declined.pop(_key(asked, organization), None)
    refused = scopes.expand(asked.scope) - scopes.expand(granted)
    if refused:
        declined[_key(asked, organization)] = " ".join(sorted(refused))
    session["declined"] = dict(list(declined.items())[-_REMEMBERED:])
    session["organization_id"] = organization.id


def _key(asked: AuthorizationRequest, organization: Organization) -> str:
    return f"{asked.client.id}/{organization.id}"
