"""Logos of partner apps: pictures from strangers, recognized by content, made small, and written anew without metadata."""

import hashlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps
from sqlalchemy import select

from ..database import upsert
from ..errors import Invalid, NotFound
from ..extensions import db
from ..models import Client, ClientLogo
from ..words import N_, sentence

MAX_BYTES = 1024 * 1024
# A picture of a megabyte can say that it is gigantic, and take gigabytes to unpack.
MAX_SIDE = 4096
FORMATS = ("JPEG", "GIF", "PNG")
SMALL, LARGE = 96, 192

_TOO_WIDE = sentence(
    "The picture is wider or higher than %(most)s pixels. %(enough)s are enough.", most=MAX_SIDE, enough=LARGE
)


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
        raise _refused(N_("Choose a picture first."))
    if len(data) > MAX_BYTES:
        raise _refused(N_("The picture is larger than 1 MB. Save it smaller and try again."))
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused(_TOO_WIDE) from error
    except Exception as error:
        # Pillow's readers raise whatever happens to them on a damaged or hostile file.
        raise _refused(N_("This is not a JPG, GIF or PNG picture, whatever its name says.")) from error
    if max(picture.size) > MAX_SIDE:
        raise _refused(_TOO_WIDE)
    try:
        large = _square(picture, LARGE)
        return Logo(small=_as_png(large.resize((SMALL, SMALL), Image.Resampling.LANCZOS)), large=_as_png(large))
    except Exception as error:
        raise _refused(N_("The picture is damaged. Save it anew and try again.")) from error


def _square(picture: Image.Image, side: int) -> Image.Image:
    upright = ImageOps.exif_transpose(picture)
    fitted = ImageOps.fit(_with_colours(upright), (side, side), Image.Resampling.LANCZOS)
    # A new picture holds the pixels and nothing else: no place, no camera, no comment, no profile.
    clean = Image.new("RGBA", (side, side))
    clean.paste(fitted)
    return clean


def _with_colours(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits a pixel, which a conversion would only cut off
        picture = picture.point(lambda value: value * (1 / 256)).convert("L")
    return picture.convert("RGBA")


def _as_png(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def _refused(reason: str) -> Invalid:
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
