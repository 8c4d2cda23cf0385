"""The tables, one file a noun."""

from .audit import AuditEvent
from .client import CallbackUrl, Client, ClientSecret, ClientType
from .client_event import ClientEvent
from .connection import Connection, EndReason
from .credential import AccessToken, ApiKey, AuthorizationCode, TokenFamily
from .organization import LoginSession, Membership, Organization, Role, User

__all__ = [
    "AccessToken",
    "ApiKey",
    "AuditEvent",
    "AuthorizationCode",
    "CallbackUrl",
    "Client",
    "ClientEvent",
    "ClientSecret",
    "ClientType",
    "Connection",
    "EndReason",
    "LoginSession",
    "Membership",
    "Organization",
    "Role",
    "TokenFamily",
    "User",
]
