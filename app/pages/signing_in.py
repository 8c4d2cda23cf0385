"""Opening a session for a person whose identity is settled, in the browser that asks."""

from flask import current_app, request, session
from flask_login import login_user

from ..database import unit_of_work
from ..models import User
from ..services import login_sessions, sign_in
from ..services.audit import Actor, AuditKind
from ..settings import Settings

# What the browser holds between the two steps of a sign-in.
WAITING = "second_step"


def open_session(user: User) -> None:
    """Sign ``user`` in."""
    settings: Settings = current_app.config["SETTINGS"]
    address = request.remote_addr or ""
    with unit_of_work():
        issued = login_sessions.start(
            user, lifetime=settings.session_ttl, address=address, user_agent=request.user_agent.string
        )
        actor = Actor(user.email, user.id, address)
        sign_in.record(AuditKind.SIGNED_IN, user, account=user.email, actor=actor)
    # A new session: nothing that was planted in the old one survives (session fixation).
    session.clear()
    session.permanent = True
    user.login_secret = issued.plain
    login_user(user)


def wait_for_code(user: User) -> bool:
    """When ``user`` signs in in two steps, let this browser wait for the second; it is not signed in by that."""
    settings: Settings = current_app.config["SETTINGS"]
    with unit_of_work():
        secret = sign_in.begin_second_step(user, settings.keys)
    if secret is None:
        return False
    session.clear()
    session[WAITING] = secret
    return True
