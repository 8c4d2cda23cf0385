"""Tickets: issuing, finding and spending what opens one thing about an account, once and for a while."""

import os
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from .. import secret_values
from ..clock import now
from ..database import changed
from ..errors import NotFound
from ..extensions import db
from ..models import Ticket, TicketKind
from ..secret_values import TICKET, Issued
from ..words import N_

LIFETIMES = {
    TicketKind.SIGN_UP: timedelta(days=1),
    TicketKind.PASSWORD_RESET: timedelta(hours=1),
    TicketKind.EMAIL_CHANGE: timedelta(days=1),
    TicketKind.SECOND_STEP: timedelta(minutes=10),
}


class TicketOver(NotFound):
    detail = N_("This link was used, replaced or has expired. Ask for a new one.")


def issue(kind: TicketKind, *, email: str, user_id: int | None, keys: Sequence[str]) -> Issued[Ticket]:
    """Make a ticket whose secret can be derived again while the server has the key.

    :param keys: the server's keys, the one in use first.
    """
    nonce = os.urandom(16)
    plain = secret_values.derive(TICKET, salt=keys[0].encode(), origin=nonce.hex())
    ticket = Ticket(
        kind=kind, email=email, user_id=user_id, nonce=nonce, fingerprint=secret_values.fingerprint(plain),
        expires_at=now() + LIFETIMES[kind],
    )  # fmt: skip
    db.session.add(ticket)
    db.session.flush()
    return Issued(ticket, plain)


def secret_of(ticket: Ticket, keys: Sequence[str]) -> str | None:
    """The secret of a ticket that can still be used; None when it can't."""
    if ticket.ended_at is not None or ticket.is_expired:
        return None
    return secret_values.derive_again(TICKET, keys=keys, origin=ticket.nonce, fingerprint=ticket.fingerprint)


def get(kind: TicketKind, secret: str) -> Ticket:
    """:raises TicketOver: there is none of this kind, or it was spent, ended or has expired."""
    found = None
    if secret_values.is_well_formed(TICKET, secret):
        found = db.session.scalar(
            select(Ticket).where(
                Ticket.fingerprint == secret_values.fingerprint(secret),
                Ticket.kind == kind,
                Ticket.ended_at.is_(None),
                Ticket.expires_at > now(),
            )
        )
    if found is None:
        raise TicketOver
    return found


def spend(kind: TicketKind, secret: str) -> Ticket:
    """Use a ticket up; of simultaneous tries one succeeds. :raises TicketOver: see get()."""
    ticket = get(kind, secret)
    if not changed(update(Ticket).where(Ticket.id == ticket.id, Ticket.ended_at.is_(None)).values(ended_at=now())):
        raise TicketOver
    return ticket


def end_all(user_id: int, *kinds: TicketKind) -> None:
    """Let no ticket of these kinds open the account any more."""
    mine = (Ticket.user_id == user_id) & Ticket.kind.in_(kinds) & Ticket.ended_at.is_(None)
    changed(update(Ticket).where(mine).values(ended_at=now()))


def end_all_to(email: str, kind: TicketKind) -> None:
    """Let no older ticket of this kind that went to ``email`` open anything any more."""
    older = (Ticket.email == email) & (Ticket.kind == kind) & Ticket.ended_at.is_(None)
    changed(update(Ticket).where(older).values(ended_at=now()))
