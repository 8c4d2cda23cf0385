"""Organizations, the people in them, and the browsers in which these are signed in."""

from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..clock import now
from ..database import Base, UtcDateTime
from .facts import Created, Expiring, Numbered, enum_column


class Role(StrEnum):
    """What a member may do: owners and admins connect apps and make keys; only owners appoint owners."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


MANAGERS = (Role.OWNER, Role.ADMIN)


class Organization(Numbered, Created, Base):
    __tablename__ = "organization"

    name: Mapped[str] = mapped_column(String(120), index=True)
    # A name of the time zone database; UTC when not set.
    time_zone: Mapped[str | None] = mapped_column(String(64))

    memberships: Mapped[list["Membership"]] = relationship(back_populates="organization")


class User(Numbered, Created, UserMixin, Base):
    __tablename__ = "user_account"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    # One of languages.py, once chosen; until then each browser says its own.
    language: Mapped[str | None] = mapped_column(String(8))
    # A number that is looked for among the person's places, which may have changed since.
    last_organization_id: Mapped[int | None] = mapped_column(BigInteger)

    memberships: Mapped[list["Membership"]] = relationship(back_populates="user")

    __allow_unmapped__ = True
    login_secret: str = ""

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the secret of the login session, not the person's number."""
        return self.login_secret


class Membership(Created, Base):
    __tablename__ = "membership"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, index=True)
    role: Mapped[Role] = mapped_column(enum_column(Role))

    organization: Mapped[Organization] = relationship(back_populates="memberships")
    user: Mapped[User] = relationship(back_populates="memberships")

    @property
    def may_manage(self) -> bool:
        """Whether this person may connect apps, make keys and register apps."""
        return self.role in MANAGERS


class LoginSession(Numbered, Created, Expiring, Base):
    """One browser in which a person is signed in. The cookie holds the secret; ending the row ends the sign-in."""

    __tablename__ = "login_session"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()

    @property
    def is_live(self) -> bool:
        return self.ended_at is None and self.expires_at > now()
