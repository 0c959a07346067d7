"""The gray values of embedded thumbnails, which Pillow decodes within limits."""

import io
import warnings
from typing import TYPE_CHECKING

from imgmeta.adapters.pillow.parsing import PILLOW_ERRORS
from imgmeta.core.perceptual_hashes import SIDE, without_bars
from imgmeta.core.properties import ImageProperties

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAX_PIXELS", "gray_values"]

MAX_PIXELS = 1024 * 1024
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
    if thumbnail.count(_START_OF_SCAN) > _MAX_SCANS:
        return None
    gray = _decode(thumbnail)
    return None if gray is None else _reduced(gray, image)


def _decode(thumbnail: bytes) -> "Image | None":
    """Return a thumbnail in shades of gray; None if it is damaged or too large."""
    from PIL import Image  # noqa: PLC0415 - slow to import, and needed here only

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(thumbnail), formats=("JPEG",)) as opened:
                if opened.width * opened.height > MAX_PIXELS:
                    return None
                return opened.convert("L")
    except (Image.DecompressionBombError, *PILLOW_ERRORS):
        return None


def _reduced(gray: "Image", image: ImageProperties) -> bytes:
    """Return the gray values of a thumbnail as displayed, reduced to the size of the hash."""
    from PIL import Image  # noqa: PLC0415 - as in `_decode`

    shape = (image.width or gray.width, image.height or gray.height)
    part = gray.crop(without_bars(gray.tobytes(), gray.width, gray.height, shape))
    orientation = image.orientation or 1
    if (part.width - part.height) * (shape[0] - shape[1]) < 0:
        # One is upright and the other is not: this thumbnail has been rotated already.
        part = gray.crop(
            without_bars(gray.tobytes(), gray.width, gray.height, (shape[1], shape[0]))
        )
        orientation = 1
    if orientation in _TRANSPOSITIONS:
        part = part.transpose(Image.Transpose[_TRANSPOSITIONS[orientation]])
    resize = part.resize  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - needs NumPy
    return resize((SIDE, SIDE), Image.Resampling.LANCZOS).tobytes()
