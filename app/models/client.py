"""Partner apps (OAuth clients), their callback URLs and their secrets."""

from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Base, UtcDateTime
from .facts import Created, Numbered, enum_column
from .organization import Organization


class ClientType(StrEnum):
    """RFC 6749 section 2.1, and the protected resources that ask the introspection endpoint (RFC 7662)."""

    CONFIDENTIAL = "confidential"
    PUBLIC = "public"
    RESOURCE_SERVER = "resource_server"


class Client(Numbered, Created, Base):
    """A partner app. Deleted ones stay as rows, so that what they were granted keeps its history.

    One that describes itself by a metadata document has that document's https address as ``client_id``, belongs to no
    organization, and is read again after ``metadata_expires_at``.

    :param consent_name: what account owners see instead of ``name``. :param logo_digest: names its logo's content.
    """

    __tablename__ = "client"

    client_id: Mapped[str] = mapped_column(String(500), unique=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    consent_name: Mapped[str | None] = mapped_column(String(80))
    logo_digest: Mapped[str | None] = mapped_column(String(64))
    client_type: Mapped[ClientType] = mapped_column(enum_column(ClientType))
    scope: Mapped[str] = mapped_column(Text)
    resource: Mapped[str | None] = mapped_column(String(2000))
    allows_query_credentials: Mapped[bool] = mapped_column(default=True)
    access_token_ttl: Mapped[int | None]
    refresh_token_ttl: Mapped[int | None]
    metadata_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization: Mapped[Organization | None] = relationship()
    callback_urls: Mapped[list["CallbackUrl"]] = relationship(
        back_populates="client", order_by="CallbackUrl.id", cascade="all, delete-orphan"
    )
    secrets: Mapped[list["ClientSecret"]] = relationship(
        back_populates="client", order_by="ClientSecret.id", cascade="all, delete-orphan"
    )

    @property
    def shown_name(self) -> str:
        """The name that account owners know it by."""
        return self.consent_name or self.name

    @property
    def is_public(self) -> bool:
        return self.client_type is ClientType.PUBLIC

    @property
    def is_described(self) -> bool:
        """Whether nobody registered it here: what is known of it is what its own metadata document says."""
        return self.metadata_expires_at is not None

    @property
    def is_built_in(self) -> bool:
        """Whether it is a part of this server, as the API reference is."""
        return self.organization_id is None and not self.is_described

    @property
    def made_by(self) -> str:
        """Who stands behind it: the developer's organization, or the host of its metadata document, or this server's."""
        if self.organization is not None:
            return self.organization.name
        return urlsplit(self.client_id if self.is_described else self.callback_urls[0].url).netloc


class CallbackUrl(Numbered, Base):
    """A redirection endpoint of a client (RFC 6749 section 3.1.2)."""

    __tablename__ = "callback_url"
    __table_args__ = (UniqueConstraint("client_id", "url"),)

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    url: Mapped[str] = mapped_column(String(2000))

    client: Mapped[Client] = relationship(back_populates="callback_urls")


class ClientSecret(Numbered, Created, Base):
    __tablename__ = "client_secret"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    hint: Mapped[str] = mapped_column(String(40))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(back_populates="secrets")


class ClientLogo(Base):
    """The logo of a client as PNG, in two sizes."""

    __tablename__ = "client_logo"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), primary_key=True, autoincrement=False)
    small: Mapped[bytes] = mapped_column(LargeBinary)
    large: Mapped[bytes] = mapped_column(LargeBinary)
