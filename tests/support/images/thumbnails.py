"""EXIF blocks with a thumbnail, and photos that have one."""

import io
import struct

from PIL import Image, ImageDraw, ImageOps

from support.images.samples import LONG, SHORT, Order, app1_exif

__all__ = ["STORED", "UPRIGHT", "encoded", "exif_with_thumbnail", "pattern", "photo"]


def exif_with_thumbnail(  # noqa: PLR0913 - each argument is a value that a file may have
    thumbnail: bytes,
    *,
    order: Order = "<",
    orientation: int = 1,
    offset: int | None = None,
    length: int | None = None,
    compression: int | None = 6,
) -> bytes:
    """Return an EXIF block with a thumbnail, or with wrong values of its tags."""
    fields = {} if compression is None else {0x0103: (SHORT, compression)}
    start = 26 + 2 + 12 * (len(fields) + 2) + 4
    fields[0x0201] = (LONG, start if offset is None else offset)
    fields[0x0202] = (LONG, len(thumbnail) if length is None else length)
    block = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "IH", 8, 1)
    block += struct.pack(order + "HHIHHI", 0x0112, SHORT, 1, orientation, 0, 26)
    block += struct.pack(order + "H", len(fields))
    for tag, (kind, value) in fields.items():
        inline = (
            struct.pack(order + "HH", value, 0)
            if kind == SHORT
            else struct.pack(order + "I", value)
        )
        block += struct.pack(order + "HHI", tag, kind, 1) + inline
    return block + bytes(4) + thumbnail


def pattern(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Return a picture with a few shapes; different seeds give different pictures."""
    image = Image.new("RGB", (320, 240), (seed * 53 % 256, seed * 97 % 256, seed * 29 % 256))
    draw = ImageDraw.Draw(image)
    for number in range(1, 7):
        left, top = seed * number * 37 % 280, seed * number * number * 61 % 200
        shade = (seed * number * 71 + number * 40) % 256
        draw.ellipse((left, top, left + 90, top + 70), fill=(shade, shade, 255 - shade))
    return image.resize(size)


UPRIGHT = pattern(3)
STORED = {
    1: UPRIGHT,
    2: ImageOps.mirror(UPRIGHT),
    3: UPRIGHT.rotate(180),
    4: ImageOps.flip(UPRIGHT),
    5: UPRIGHT.transpose(Image.Transpose.TRANSPOSE),
    6: UPRIGHT.rotate(90, expand=True),
    7: UPRIGHT.transpose(Image.Transpose.TRANSVERSE),
    8: UPRIGHT.rotate(270, expand=True),
}
"""How a camera stores the picture UPRIGHT, by orientation."""


def encoded(image: Image.Image, *, quality: int = 80) -> bytes:
    """Return an image as a JPEG."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def photo(
    thumbnail: Image.Image | bytes,
    *,
    orientation: int = 1,
    size: tuple[int, int] = (400, 300),
    comment: bytes = b"",
) -> bytes:
    """Return a JPEG with a thumbnail; the image itself is gray."""
    data = thumbnail if isinstance(thumbnail, bytes) else encoded(thumbnail)
    block = exif_with_thumbnail(data, orientation=orientation)
    image = encoded(Image.new("L", size, 128))
    return image[:2] + app1_exif(block) + image[2:] + comment
