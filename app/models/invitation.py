"""Invitations: who may become a member of an organization by a link that was sent to one address."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Base, UtcDateTime
from .facts import Created, Expiring, Numbered, enum_column
from .organization import Organization, Role, User


class Invitation(Numbered, Created, Expiring, Base):
    """The link holds the secret; it works once, until it expires or is withdrawn.

    :param nonce: from which, and the server's key, the secret is derived.
    """

    __tablename__ = "invitation"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    inviter_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[Role] = mapped_column(enum_column(Role))
    nonce: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization: Mapped[Organization] = relationship()
    inviter: Mapped[User] = relationship()
