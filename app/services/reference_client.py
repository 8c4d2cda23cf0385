"""The API reference as an app of its own: people sign in to "Try it" through the same flow as to any partner app.

It is a public client that belongs to no organization. It is made when it is first used; owners see it among their
connected apps and disconnect it there, and the server's operator suspends or deletes it by its client id.
"""

from sqlalchemy import select

from ..clock import now
from ..database import table_of, upsert
from ..errors import Forbidden
from ..extensions import db
from ..models import CallbackUrl, Client, ClientType
from ..words import N_

CLIENT_ID, NAME, SCOPE = "api_reference", "API reference (Try it)", "UseRestApi"
PATH = "/docs"
# For trying out: whoever walks away from the page leaves nothing behind that works for long.
LIFETIME = 3600

_client = table_of(Client)


def ensure(issuer: str) -> Client:
    """The client, made when missing, with the callback on the server's present public address.

    :raises Forbidden: the operator has suspended or deleted it.
    """
    db.session.execute(
        upsert(_client, db.engine.dialect.name)
        .values(
            client_id=CLIENT_ID, name=NAME, client_type=ClientType.PUBLIC, scope=SCOPE, allows_query_credentials=False,
            access_token_ttl=LIFETIME, refresh_token_ttl=LIFETIME, created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=[_client.c.client_id])
    )  # fmt: skip
    client = db.session.scalars(select(Client).where(Client.client_id == CLIENT_ID).with_for_update()).one()
    if client.suspended_at is not None or client.deleted_at is not None:
        raise Forbidden(N_("The people who run this server have switched this off. Try the methods with an API key."))
    url = f"{issuer}{PATH}"
    if [callback.url for callback in client.callback_urls] != [url]:
        client.callback_urls = [CallbackUrl(url=url)]
    return client
