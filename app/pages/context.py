"""What every page knows: who is signed in, in which organization, and how a time is written."""

from datetime import datetime
from typing import Any

from flask import Flask, g, request, session
from flask_babel import format_datetime, gettext
from flask_login import current_user
from markupsafe import Markup, escape
from werkzeug.local import LocalProxy

from ..extensions import login_manager
from ..middleware import SCRIPTED
from ..models import Membership, Organization, User
from ..services import login_sessions, organizations
from ..services.audit import Actor, act_as
from ..settings import PRODUCT_NAME


def register(app: Flask) -> None:
    """Load the signed-in person, and give templates what all of them need."""
    login_manager.login_view = "pages.login"
    login_manager.login_message = None
    login_manager.user_loader(_load_user)
    app.context_processor(_for_templates)
    app.template_filter("when")(when)
    app.template_filter("moment")(moment)


def _load_user(secret: str) -> User | None:
    login_session = login_sessions.find(secret)
    if login_session is None:
        return None
    g.login_session = login_session
    user = login_session.user
    act_as(Actor(name=user.email, user_id=user.id, address=request.remote_addr or ""))
    return user


def present_membership() -> Membership | None:
    """The signed-in person's place in the organization that they look at."""
    if not current_user.is_authenticated:
        return None
    memberships = organizations.memberships_of(current_user)
    chosen = session.get("organization_id") or current_user.last_organization_id
    return next((m for m in memberships if m.organization_id == chosen), memberships[0] if memberships else None)


def _for_templates() -> dict[str, Any]:
    return {
        "product_name": PRODUCT_NAME,
        "may_script": request.path.startswith(SCRIPTED),
        "organization": LocalProxy(_present_organization),
        "memberships": lambda: organizations.memberships_of(current_user),
    }


def _present_organization() -> Organization | None:
    membership = present_membership()
    return membership.organization if membership else None


def when(instant: datetime | None) -> Markup:
    """A time for people: the day and minute in UTC, with the exact instant for machines and on hover.

    The script of the settings' pages writes it anew in the reader's zone.
    """
    if instant is None:
        return escape(gettext("never"))
    exact = instant.strftime("%Y-%m-%d %H:%M:%S UTC")
    return Markup('<time datetime="{}" title="{}" data-utc="{}">{}</time>').format(
        instant.isoformat(timespec="seconds"), exact, exact, moment(instant)
    )


def moment(instant: datetime) -> str:
    """A time in plain words, where no element can stand: the day and minute in UTC."""
    return f"{format_datetime(instant, 'd MMM y, HH:mm', rebase=False)} UTC"
