"""Logos of partner apps: pictures from strangers, recognized by content, made small, and written anew without metadata."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select

from ..database import upsert
from ..errors import Invalid, NotFound
from ..extensions import db
from ..models import Client, ClientLogo
from ..words import N_

MAX_BYTES = 1024 * 1024
# A picture of a megabyte can say that it is gigantic, and take gigabytes to unpack.
MAX_SIDE = 4096
FORMATS = ("JPEG", "GIF", "PNG")
SMALL, LARGE = 96, 192


@dataclass(frozen=True)
class Logo:
    """A picture that may be shown: PNG, square, in two sizes, without whatever else came with it."""

    small: bytes
    large: bytes

    @property
    def digest(self) -> str:
        """Names the content, so that it can be kept by browsers for ever."""
        return hashlib.sha256(self.small + self.large).hexdigest()


def read(data: bytes) -> Logo:
    """The logo in ``data``: its centred square. Of an animation, the first picture.

    :raises Invalid: with the reason.
    """
    if not data:
        raise refused(N_("Choose a picture first."))
    if len(data) > MAX_BYTES:
        raise refused(N_("The picture is larger than 1 MB. Save it smaller and try again."))
    from . import pictures  # Pillow is for who uploads a logo, not for all who see one

    large, small = pictures.read(data)
    return Logo(small=small, large=large)


def refused(reason: str) -> Invalid:
    """What is said beside the field."""
    return Invalid({"logo": [reason]})


def keep(client: Client, logo: Logo) -> None:
    """Make ``logo`` the one of ``client``."""
    values = {"small": logo.small, "large": logo.large}
    db.session.execute(
        upsert(ClientLogo, db.engine.dialect.name)
        .values(client_id=client.id, **values)
        .on_conflict_do_update(index_elements=[ClientLogo.client_id], set_=values)
    )
    client.logo_digest = logo.digest


def remove(client: Client) -> None:
    """Take the logo of ``client`` away."""
    client.logo_digest = None
    logo = db.session.get(ClientLogo, client.id)
    if logo is not None:
        db.session.delete(logo)


def get(client_id: str, digest: str, size: int) -> bytes:
    """The PNG of ``size`` pixels. :raises NotFound: the app has no such logo, or not any more."""
    column = {SMALL: ClientLogo.small, LARGE: ClientLogo.large}.get(size)
    if column is not None:
        png = db.session.scalar(
            select(column)
            .join(Client, Client.id == ClientLogo.client_id)
            .where(Client.client_id == client_id, Client.logo_digest == digest, Client.deleted_at.is_(None))
        )
        if png is not None:
            return png
    raise NotFound(N_("There is no such logo."))
