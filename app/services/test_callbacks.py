"""The built-in callback of every registered app, for its own developers to try it out.

It counts as registered only while somebody asks who manages the app's organization. Nobody else can be sent there, and
what is sent there is shown to that person alone.
"""

from ..models import Client, User
from . import organizations

PATH = "/settings/partner-apps/{client_id}/test-callback"


def url_of(client: Client, *, issuer: str) -> str:
    """The test callback of ``client``."""
    return f"{issuer}{PATH.format(client_id=client.client_id)}"


def may_use(user: User, client: Client, url: str, *, issuer: str) -> bool:
    """Whether ``url`` is the test callback of ``client``, and ``user`` manages the organization that it belongs to."""
    return url == url_of(client, issuer=issuer) and any(
        organization.id == client.organization_id for organization in organizations.managed_by(user)
    )
