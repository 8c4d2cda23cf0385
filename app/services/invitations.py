"""Inviting people into an organization by a link that works once, for the invited address, while the inviter may."""

import os
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import joinedload

from .. import secret_values
from ..clock import now
from ..database import changed
from ..errors import Conflict, Forbidden, NotFound
from ..extensions import db
from ..models import Invitation, LetterKind, Membership, Organization, Role, User
from ..secret_values import INVITATION, Issued
from ..words import N_, sentence
from . import account_mail, audit, members, organizations, users
from .audit import AuditKind

LIFETIME = timedelta(days=7)


def invite(email: str, role: Role, *, by: Membership, keys: Sequence[str]) -> Issued[Invitation]:
    """Invite the person with this address, by a letter too; an older invitation of the same address ends.

    :param keys: the server's keys, the one in use first.
    :raises Invalid: it is no address. :raises Conflict: the person belongs to the organization already.
    :raises Forbidden: ``by`` may not give this role.
    """
    members.check_appointable(role, by)
    email = users.check_email(email)
    user = users.find(email)
    if user is not None and db.session.get(Membership, (by.organization_id, user.id)) is not None:
        raise Conflict(sentence("%(email)s is a member already.", email=email))
    for older in db.session.scalars(_open(by.organization).where(Invitation.email == email)):
        older.ended_at = now()
    nonce = os.urandom(16)
    plain = secret_values.derive(INVITATION, salt=keys[0].encode(), origin=nonce.hex())
    invitation = Invitation(
        organization=by.organization, inviter=by.user, email=email, role=role, nonce=nonce,
        fingerprint=secret_values.fingerprint(plain), expires_at=now() + LIFETIME,
    )  # fmt: skip
    db.session.add(invitation)
    db.session.flush()
    account_mail.post(LetterKind.INVITATION, email, organization_id=by.organization_id, invitation_id=invitation.id)
    audit.record(AuditKind.MEMBER_INVITED, organization_id=by.organization_id, subject=email, role=role)
    return Issued(invitation, plain)


def search(organization: Organization, words: str = "", *, limit: int, before: int | None = None) -> Sequence[Invitation]:
    """The invitations of ``organization`` that wait for an answer, the newest first.

    :param words: part of the invited address. :param before: the number of the last invitation already seen.
    """
    query = _open(organization).options(joinedload(Invitation.inviter))
    if words:
        query = query.where(Invitation.email.icontains(words, autoescape=True))
    if before is not None:
        query = query.where(Invitation.id < before)
    return db.session.scalars(query.order_by(Invitation.id.desc()).limit(limit)).all()


def _open(organization: Organization) -> Select[Invitation]:
    return select(Invitation).where(
        Invitation.organization_id == organization.id, Invitation.ended_at.is_(None), Invitation.expires_at > now()
    )


def withdraw(organization: Organization, invitation_id: int) -> None:
    """End an invitation. :raises NotFound: there is none of this number that waits for an answer."""
    found = db.session.scalar(_open(organization).where(Invitation.id == invitation_id))
    if found is None:
        raise NotFound(N_("There is no such invitation."))
    found.ended_at = now()
    audit.record(AuditKind.INVITATION_WITHDRAWN, organization_id=organization.id, subject=found.email)


def get(secret: str) -> Invitation:
    """:raises NotFound: the link is wrong, was used, has expired, was withdrawn, or its inviter may not invite any more."""
    found = db.session.scalar(
        select(Invitation).where(
            Invitation.fingerprint == secret_values.fingerprint(secret),
            Invitation.ended_at.is_(None),
            Invitation.expires_at > now(),
        )
    )
    inviter = db.session.get(Membership, (found.organization_id, found.inviter_id)) if found else None
    if found is None or inviter is None or found.role not in members.appointable(inviter):
        raise NotFound(N_("This invitation was used, withdrawn or has expired. Ask for a new one."))
    return found


def accept(secret: str, user: User) -> Membership:
    """Make ``user`` a member; of simultaneous tries one succeeds.

    :raises Forbidden: it is for another address.
    """
    invitation = get(secret)
    if invitation.email != user.email:
        raise Forbidden(
            sentence("This invitation is for %(email)s. Sign in with that address to accept it.", email=invitation.email)
        )
    _spend(invitation)
    present = db.session.get(Membership, (invitation.organization_id, user.id))
    return present or organizations.add_member(invitation.organization, user, invitation.role)


def accept_as_new(secret: str, *, password: str) -> Membership:
    """Make an account for the invited address, and make it a member.

    :raises Invalid: the password is too short or too long. :raises Conflict: the address has an account.
    """
    invitation = get(secret)
    user = users.add(email=invitation.email, password=password)
    _spend(invitation)
    return organizations.add_member(invitation.organization, user, invitation.role)


def _spend(invitation: Invitation) -> None:
    waiting = update(Invitation).where(Invitation.id == invitation.id, Invitation.ended_at.is_(None))
    if not changed(waiting.values(ended_at=now())):
        raise NotFound(N_("This invitation was used, withdrawn or has expired. Ask for a new one."))
