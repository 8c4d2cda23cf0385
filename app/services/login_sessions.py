"""Browsers in which people are signed in. The cookie carries a secret; signing out ends the row, not just the cookie."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from .. import secret_values
from ..clock import now
from ..extensions import db
from ..models import LoginSession, User
from ..secret_values import LOGIN_SESSION, Issued


def start(user: User, *, lifetime: int, address: str, user_agent: str) -> Issued[LoginSession]:
    """Sign ``user`` in for ``lifetime`` seconds in one browser."""
    secret = secret_values.generate(LOGIN_SESSION)
    session = LoginSession(
        user=user,
        fingerprint=secret_values.fingerprint(secret),
        expires_at=now() + timedelta(seconds=lifetime),
        address=address[:64],
        user_agent=user_agent[:300],
    )
    db.session.add(session)
    return Issued(session, secret)


def find(secret: str) -> LoginSession | None:
    """The live session that ``secret`` opens."""
    if not secret_values.is_well_formed(LOGIN_SESSION, secret):
        return None
    session = db.session.scalar(
        select(LoginSession)
        .where(LoginSession.fingerprint == secret_values.fingerprint(secret))
        .options(joinedload(LoginSession.user))
    )
    return session if session is not None and session.is_live else None


def end(session: LoginSession) -> None:
    """Sign the browser out; a copy of its cookie is dead too."""
    session.ended_at = now()
