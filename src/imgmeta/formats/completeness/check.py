"""Whether a file has all bytes of its image, by the evidence that its format offers."""

from collections.abc import Callable
from typing import NamedTuple

from imgmeta.errors import PermanentError
from imgmeta.formats.bmp import HEADER_SIZES
from imgmeta.formats.completeness.boxes import boxes_are_complete
from imgmeta.formats.completeness.end_markers import gif_is_complete, png_is_complete
from imgmeta.formats.completeness.jpeg import jpeg_is_complete
from imgmeta.formats.completeness.lengths import bmp_is_complete, raf_is_complete, webp_is_complete
from imgmeta.formats.completeness.tiff import tiff_is_complete
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import DamagedError, Window

__all__ = ["is_complete"]


class _Evidence(NamedTuple):
    """The signature of a family of formats, its offset, and the check for that family."""

    offset: int
    signature: bytes
    check: Callable[[Window, ImageHeader], bool | None]


_EVIDENCE = (
    _Evidence(0, b"\xff\xd8", jpeg_is_complete),
    _Evidence(0, b"\x89PNG", png_is_complete),
    _Evidence(0, b"GIF8", gif_is_complete),
    _Evidence(8, b"WEBP", webp_is_complete),
    _Evidence(0, b"BM", bmp_is_complete),
    *(_Evidence(0, size.to_bytes(4, "little"), bmp_is_complete) for size in sorted(HEADER_SIZES)),
    _Evidence(0, b"II", tiff_is_complete),
    _Evidence(0, b"MM", tiff_is_complete),
    _Evidence(0, b"FUJIFILM", raf_is_complete),
    _Evidence(4, b"ftyp", boxes_are_complete),
    _Evidence(4, b"JXL ", boxes_are_complete),
)


def is_complete(window: Window, header: ImageHeader) -> bool | None:
    """Return whether the file has all bytes of its image; None if that cannot be determined.

    Data after the image, such as a video or a second image, does not matter. The check may make
    the second request for an object, but not a third. Only lengths and end markers are checked:
    blocks of zeros inside the image, as in a download that fills a file in any order, are not
    detected.

    Args:
        window: the file, after its header was parsed.
        header: the parsed header.

    Raises:
        TransientError: from the source.
    """
    start = window.read(0, 16)
    for evidence in _EVIDENCE:
        if start.startswith(evidence.signature, evidence.offset):
            try:
                return evidence.check(window, header)
            except (DamagedError, PermanentError):
                # The end of the object cannot be read, although its header could.
                return None
    return None
