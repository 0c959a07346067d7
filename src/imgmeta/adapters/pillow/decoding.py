"""Embedded thumbnails, decoded by Pillow within limits: gray values, and small pictures."""

import io
import warnings
from typing import TYPE_CHECKING

from imgmeta.adapters.pillow.parsing import PILLOW_ERRORS
from imgmeta.core.perceptual_hashes import SIDE, without_bars
from imgmeta.core.pictures import Picture
from imgmeta.core.properties import ImageProperties

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAX_PICTURE_SIDE", "MAX_PIXELS", "gray_values", "small_picture"]

MAX_PIXELS = 1024 * 1024

MAX_PICTURE_SIDE = 160
"""Maximum width and height of a small picture: the size of the thumbnails of most cameras."""

_QUALITY = 75

_MAX_SCANS = 64
"""Maximum number of scans: libjpeg visits each pixel of a progressive JPEG in each scan."""

_START_OF_SCAN = b"\xff\xda"

_TRANSPOSITIONS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
"""How Pillow displays an image with each EXIF orientation; it rotates counterclockwise."""


def gray_values(thumbnail: bytes, image: ImageProperties) -> bytes | None:
    """Return the gray values of a JPEG thumbnail as displayed, in the size of a hash.

    Black bars are cut off, and the orientation of the image is applied.

    Args:
        thumbnail: the thumbnail.
        image: the properties of the image.

    Returns:
        None if the thumbnail is damaged, has more than `MAX_PIXELS`, or takes too long to decode.
    """
    gray = _decode(thumbnail, "L")
    return None if gray is None else _resized(_displayed(gray, image), (SIDE, SIDE)).tobytes()


def small_picture(thumbnail: bytes, image: ImageProperties) -> Picture | None:
    """Return a JPEG thumbnail as displayed, reduced and encoded again, without its metadata.

    The arguments are those of `gray_values`, and so is None.
    """
    decoded = _decode(thumbnail, "RGB")
    if decoded is None:
        return None
    shown = _displayed(decoded, image)
    scale = min(1.0, MAX_PICTURE_SIDE / max(shown.size))
    size = (max(1, round(shown.width * scale)), max(1, round(shown.height * scale)))
    small = shown if size == shown.size else _resized(shown, size)
    small.info.clear()  # Pillow would write its comment and its profile
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return Picture(file.getvalue(), "image/jpeg", *small.size)


def _decode(thumbnail: bytes, mode: str) -> "Image | None":
    """Return a thumbnail in a color mode; None if it is damaged or too large."""
    from PIL import Image  # noqa: PLC0415 - slow to import, and needed here only

    if thumbnail.count(_START_OF_SCAN) > _MAX_SCANS:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(thumbnail), formats=("JPEG",)) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    return None
                return opened.convert(mode)
    except (Image.DecompressionBombError, *PILLOW_ERRORS):
        return None


def _displayed(picture: "Image", image: ImageProperties) -> "Image":
    """Return a thumbnail as displayed, without black bars."""
    from PIL import Image  # noqa: PLC0415 - as in `_decode`

    gray = picture.convert("L").tobytes()
    shape = (image.width or picture.width, image.height or picture.height)
    part = picture.crop(without_bars(gray, picture.width, picture.height, shape))
    orientation = image.orientation or 1
    if (part.width - part.height) * (shape[0] - shape[1]) < 0:
        # One is upright and the other is not: this thumbnail has been rotated already.
        turned = (shape[1], shape[0])
        part = picture.crop(without_bars(gray, picture.width, picture.height, turned))
        orientation = 1
    if orientation in _TRANSPOSITIONS:
        part = part.transpose(Image.Transpose[_TRANSPOSITIONS[orientation]])
    return part


def _resized(picture: "Image", size: tuple[int, int]) -> "Image":
    from PIL import Image  # noqa: PLC0415 - as in `_decode`

    resize = picture.resize  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - needs NumPy
    return resize(size, Image.Resampling.LANCZOS)
