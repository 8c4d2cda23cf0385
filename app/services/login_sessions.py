"""Browsers in which people are signed in. The cookie carries a secret; signing out ends the row, not just the cookie."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from .. import secret_values
from ..clock import now
from ..errors import NotFound
from ..extensions import db
from ..models import LoginSession, User
from ..secret_values import LOGIN_SESSION, Issued
from ..words import N_


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


def list_of(user: User) -> Sequence[LoginSession]:
    """The browsers in which ``user`` is signed in, the latest first."""
    query = select(LoginSession).where(*_live(user)).order_by(LoginSession.id.desc())
    return db.session.scalars(query).all()


def get(user: User, session_id: int) -> LoginSession:
    """:raises NotFound: ``user`` is not signed in by a session of this number."""
    session = db.session.scalar(select(LoginSession).where(LoginSession.id == session_id, *_live(user)))
    if session is None:
        raise NotFound(N_("There is no such sign-in."))
    return session


def end_all(user: User, *, but: LoginSession | None = None) -> None:
    """Sign ``user`` out in every browser except that of ``but``."""
    for session in list_of(user):
        if but is None or session.id != but.id:
            end(session)


def _live(user: User) -> tuple[ColumnElement[bool], ...]:
    return LoginSession.user_id == user.id, LoginSession.ended_at.is_(None), LoginSession.expires_at > now()


def end(session: LoginSession) -> None:
    """Sign the browser out; a copy of its cookie is dead too."""
    session.ended_at = now()
