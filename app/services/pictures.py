"""Drawing logos, by Pillow; for ``logos`` alone."""

from io import BytesIO

from PIL import Image, ImageOps

from ..words import N_, sentence
from .logos import FORMATS, LARGE, MAX_SIDE, SMALL, refused

_TOO_WIDE = sentence(
    "The picture is wider or higher than %(most)s pixels. %(enough)s are enough.", most=MAX_SIDE, enough=LARGE
)


def read(data: bytes) -> tuple[bytes, bytes]:
    """The picture in ``data`` as two PNGs: the large one and the small one.

    :raises Invalid: with the reason.
    """
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise refused(_TOO_WIDE) from error
    except Exception as error:
        # Pillow's readers raise whatever happens to them on a damaged or hostile file.
        raise refused(N_("This is not a JPG, GIF or PNG picture, whatever its name says.")) from error
    if max(picture.size) > MAX_SIDE:
        raise refused(_TOO_WIDE)
    try:
        large = _square(picture, LARGE)
        return _as_png(large), _as_png(large.resize((SMALL, SMALL), Image.Resampling.LANCZOS))
    except Exception as error:
        raise refused(N_("The picture is damaged. Save it anew and try again.")) from error


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
