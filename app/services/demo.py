"""The demo: an account to sign in to and a partner app to connect, in a database that is empty otherwise.

Its password is known to everybody: it is for trying the product out on one's own computer.
"""

from dataclasses import dataclass, field

from sqlalchemy import select

from ..errors import Conflict
from ..extensions import db
from ..models import ChannelType, Client, Organization, User
from . import clients, contacts, senders, users
from .contact_drafts import Channel, ContactDraft

EMAIL, PASSWORD, ORGANIZATION = "demo@example.com", "demo-password", "Demo Store"
DEVELOPER_EMAIL, DEVELOPER, APP = "developer@example.com", "Demo Developer", "Demo App"
CALLBACK_URL = "http://127.0.0.1:8081/test/callback"
_CONTACTS = (
    ("Ada", "Lovelace", "ada@example.com", "+447700900101"),
    ("Mary", "Shelley", "mary@example.com", "+447700900102"),
    ("Lesya", "Ukrainka", "lesya@example.com", "+380670000103"),
    ("Alan", "Turing", "alan@example.com", None),
    ("Grace", "Hopper", "grace@example.com", None),
)


@dataclass(frozen=True)
class Demo:
    """:param client_secret: shown when the demo is made, and never again."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)


def find() -> Demo | None:
    """The demo; None when there is none, or when its password or app is not what it was."""
    query = select(Client.client_id).join(Organization)
    client_id = db.session.scalar(
        query.where(Organization.name == DEVELOPER, Client.name == APP, Client.deleted_at.is_(None))
        .order_by(Client.id)
        .limit(1)
    )
    if client_id is None or users.find_by_password(EMAIL, PASSWORD) is None:
        return None
    return Demo(client_id)


def is_possible() -> bool:
    """Whether the database is empty."""
    return not any(db.session.scalar(select(model.id).limit(1)) for model in (User, Organization, Client))


def make() -> Demo:
    """Make the demo.

    :raises Conflict: the database is not empty.
    """
    if not is_possible():
        raise Conflict("The demo is for an empty database, and this one is in use.")
    _, owner = users.create(email=EMAIL, password=PASSWORD, organization=ORGANIZATION)
    _, developer = users.create(email=DEVELOPER_EMAIL, password=PASSWORD, organization=DEVELOPER)
    client, secret = clients.register(
        developer.organization, name=APP, callback_urls=[CALLBACK_URL], scope="UseRestApi"
    )  # fmt: skip
    for first_name, last_name, email, phone in _CONTACTS:
        channels = [Channel(ChannelType.EMAIL, email)] + ([Channel(ChannelType.SMS, phone)] if phone else [])
        contacts.save(
            owner.organization.id,
            ContactDraft(
                channels=channels,
                profile={"first_name": first_name, "last_name": last_name},
                segment_names=["Demo"],
            ),
        )
    senders.add(owner.organization.id, ChannelType.EMAIL, f'"{ORGANIZATION}" <shop@example.com>')
    senders.add(owner.organization.id, ChannelType.SMS, "DemoStore")
    return Demo(client.client_id, secret)
