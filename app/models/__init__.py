"""The tables, one file a noun."""

from .address_book import AddressBook, Field, FieldGroup, FieldKind
from .audit import AuditEvent
from .client import CallbackUrl, Client, ClientLogo, ClientSecret, ClientType
from .client_event import ClientEvent
from .connection import Connection, EndReason
from .contact import ChannelType, Contact, ContactChannel, FieldValue
from .contact_count import ContactCount
from .credential import AccessToken, ApiKey, AuthorizationCode, TokenFamily
from .event import Event, EventType
from .organization import LoginSession, Membership, Organization, Role, User
from .recent_request import RecentRequest
from .segment import Segment, SegmentMember, SegmentType
from .segment_count import SegmentCount
from .subscription import SubscriptionCategory
from .unsubscribed import UnsubscribedAddress, UnsubscribedBy
from .usage import CredentialKind, Usage

__all__ = [
    "AccessToken",
    "AddressBook",
    "ApiKey",
    "AuditEvent",
    "AuthorizationCode",
    "CallbackUrl",
    "ChannelType",
    "Client",
    "ClientEvent",
    "ClientLogo",
    "ClientSecret",
    "ClientType",
    "Connection",
    "Contact",
    "ContactChannel",
    "ContactCount",
    "CredentialKind",
    "EndReason",
    "Event",
    "EventType",
    "Field",
    "FieldGroup",
    "FieldKind",
    "FieldValue",
    "LoginSession",
    "Membership",
    "Organization",
    "RecentRequest",
    "Role",
    "Segment",
    "SegmentCount",
    "SegmentMember",
    "SegmentType",
    "SubscriptionCategory",
    "TokenFamily",
    "UnsubscribedAddress",
    "UnsubscribedBy",
    "Usage",
    "User",
]
