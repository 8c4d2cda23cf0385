"""Pictures for tests: good ones, and those that nobody should send."""

import struct
import zlib
from io import BytesIO

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 200), colour: str = "#c0392b", **options: object) -> bytes:
    """A picture of one colour."""
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **options)
    return file.getvalue()


def halves(*, orientation: int | None = None) -> bytes:
    """A JPEG whose left half is red and whose right half is blue, perhaps with an EXIF orientation and a place."""
    image = Image.new("RGB", (400, 400), "#ff0000")
    image.paste("#0000ff", (200, 0, 400, 400))
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
        exif[0x010E] = "taken at home"
    file = BytesIO()
    image.save(file, "JPEG", exif=exif, quality=95)
    return file.getvalue()


def stripes() -> bytes:
    """A PNG three times as wide as high: red, green in the middle, blue; with a comment."""
    from PIL.PngImagePlugin import PngInfo

    image = Image.new("RGB", (600, 200), "#ff0000")
    image.paste("#00ff00", (200, 0, 400, 200))
    image.paste("#0000ff", (400, 0, 600, 200))
    info = PngInfo()
    info.add_text("Comment", "made by somebody")
    file = BytesIO()
    image.save(file, "PNG", pnginfo=info)
    return file.getvalue()


def animation() -> bytes:
    """A GIF of two pictures: green, then red."""
    file = BytesIO()
    frames = [Image.new("RGB", (100, 100), colour) for colour in ("#00ff00", "#ff0000")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=50, loop=0)
    return file.getvalue()


def of_length(length: int) -> bytes:
    """A good PNG of exactly ``length`` bytes, filled up with an unknown chunk that readers skip."""
    start = picture()
    head, end = start[:-12], start[-12:]
    filler = bytes(length - len(start) - 12)
    return head + _chunk(b"fiLl", filler) + end


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A small PNG that says it is gigantic, and unpacks to what it says."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A PNG of one pixel whose packed comment unpacks to hundreds of megabytes."""
    start = picture(size=(1, 1))
    comment = b"Comment\0\0" + zlib.compress(bytes(300 * 1024 * 1024), 9)
    return start[:33] + _chunk(b"zTXt", comment) + start[33:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>'
SCRIPT = b"#!/bin/sh\necho this is no picture\n"
HTML_AS_GIF = b"GIF89a<script>alert(1)</script>"
