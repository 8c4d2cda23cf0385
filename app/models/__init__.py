"""The tables, one file a noun."""

from .account_letter import AccountLetter, LetterKind
from .activity import Activity, ActivitySpan, ActivityStatus
from .address_book import AddressBook, Field, FieldGroup, FieldKind
from .audit import AuditEvent
from .balance import Balance, BalanceEntry, EntryKind
from .broadcast import BatchUnit, Broadcast, BroadcastStage
from .client import CallbackUrl, Client, ClientLogo, ClientSecret, ClientType
from .client_event import ClientEvent
from .connection import Connection, EndReason
from .contact import ChannelType, Contact, ContactChannel, FieldValue
from .contact_count import ContactCount
from .contact_import import ContactImport, ImportChunk, ImportedContact, ImportStage
from .credential import AccessToken, ApiKey, AuthorizationCode, TokenFamily
from .delivery import Delivery, DeliveryStatus, OutboxLetter, ShortLink, Stage
from .event import Event, EventType
from .invitation import Invitation
from .message import Message, MessageText
from .order import Order, OrderStatus
from .organization import LoginSession, Membership, Organization, Role, User
from .rate_limit import LimitClass, RateLimit
from .recent_request import RecentRequest
from .second_factor import RecoveryCode, SecondFactor
from .segment import Segment, SegmentMember, SegmentType
from .segment_count import SegmentCount
from .sender import Sender
from .subscription import SubscriptionCategory
from .ticket import Ticket, TicketKind
from .unsubscribed import UnsubscribedAddress, UnsubscribedBy
from .usage import CredentialKind, Usage

__all__ = [
    "AccessToken",
    "AccountLetter",
    "Activity",
    "ActivitySpan",
    "ActivityStatus",
    "AddressBook",
    "ApiKey",
    "AuditEvent",
    "AuthorizationCode",
    "Balance",
    "BalanceEntry",
    "BatchUnit",
    "Broadcast",
    "BroadcastStage",
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
    "ContactImport",
    "CredentialKind",
    "Delivery",
    "DeliveryStatus",
    "EndReason",
    "EntryKind",
    "Event",
    "EventType",
    "Field",
    "FieldGroup",
    "FieldKind",
    "FieldValue",
    "ImportChunk",
    "ImportStage",
    "ImportedContact",
    "Invitation",
    "LetterKind",
    "LimitClass",
    "LoginSession",
    "Membership",
    "Message",
    "MessageText",
    "Order",
    "OrderStatus",
    "Organization",
    "OutboxLetter",
    "RateLimit",
    "RecentRequest",
    "RecoveryCode",
    "Role",
    "SecondFactor",
    "Segment",
    "SegmentCount",
    "SegmentMember",
    "SegmentType",
    "Sender",
    "ShortLink",
    "Stage",
    "SubscriptionCategory",
    "Ticket",
    "TicketKind",
    "TokenFamily",
    "UnsubscribedAddress",
    "UnsubscribedBy",
    "Usage",
    "User",
]
