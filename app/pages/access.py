"""Who may see and do what in the organization that a person looks at."""

from flask import abort, make_response, render_template

from ..errors import Forbidden
from ..models import Membership
from ..words import N_
from .context import present_membership


def membership() -> Membership:
    """The signed-in person's place in the present organization; without one a page says so, with 403."""
    found = present_membership()
    if found is None:
        abort(make_response(render_template("pages/no_organization.html"), 403))
    return found


def managing_membership() -> Membership:
    """The same for what only owners and admins may do.

    :raises Forbidden: the person is neither.
    """
    found = membership()
    if not found.may_manage:
        raise Forbidden(N_("Only owners and admins of the organization can do this. Ask one of them."))
    return found
