"""The six groups of API methods, in the documentation's order. A method is declared by a decorator of its group."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .. import scopes
from ..scopes import Scope
from ..words import N_
from .endpoint import ENDPOINTS, Endpoint

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class MethodGroup:
    """A group of methods, all behind the same scope.

    :param scope: what a caller needs; the one without a name needs a valid credential only.
    """

    number: int
    title: str
    scope: Scope

    def get(self, number: str, path: str, **declaration: Any) -> Callable[[Handler], Handler]:
        return self._declare("GET", number, path, **declaration)

    def post(self, number: str, path: str, **declaration: Any) -> Callable[[Handler], Handler]:
        return self._declare("POST", number, path, **declaration)

    def put(self, number: str, path: str, **declaration: Any) -> Callable[[Handler], Handler]:
        return self._declare("PUT", number, path, **declaration)

    def delete(self, number: str, path: str, **declaration: Any) -> Callable[[Handler], Handler]:
        return self._declare("DELETE", number, path, **declaration)

    def _declare(self, verb: str, number: str, path: str, **declaration: Any) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            ENDPOINTS.append(Endpoint(number=number, verb=verb, path=path, group=self, handler=handler, **declaration))
            return handler

        return declare


GENERAL = MethodGroup(1, N_("General methods"), scopes.GENERAL)
UPDATING_CONTACTS = MethodGroup(2, N_("Updating contacts and segments"), scopes.WRITE_CONTACTS)
READING_CONTACTS = MethodGroup(3, N_("Reading contacts and segments"), scopes.READ_CONTACTS)
CONTACT_ACTIVITY = MethodGroup(4, N_("Contact activity"), scopes.READ_ACTIVITY)
EVENTS = MethodGroup(5, N_("Managing events"), scopes.WRITE_EVENTS)
MESSAGES = MethodGroup(6, N_("Managing messages"), scopes.SEND_MESSAGES)

GROUPS = (GENERAL, UPDATING_CONTACTS, READING_CONTACTS, CONTACT_ACTIVITY, EVENTS, MESSAGES)
