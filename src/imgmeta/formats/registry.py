"""The supported formats: name, media type, signature, parser and completeness check of each."""

from collections.abc import Callable
from typing import NamedTuple

from imgmeta.formats.bmp import HEADER_SIZES, is_bare_bitmap, read_bare_bitmap, read_bmp
from imgmeta.formats.completeness.boxes import boxes_are_complete
from imgmeta.formats.completeness.end_markers import gif_is_complete, png_is_complete
from imgmeta.formats.completeness.jpeg import jpeg_is_complete
from imgmeta.formats.completeness.lengths import bmp_is_complete, raf_is_complete, webp_is_complete
from imgmeta.formats.completeness.tiff import tiff_is_complete
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.isobmff import is_avif, is_heic, read_isobmff
from imgmeta.formats.jpeg import read_jpeg
from imgmeta.formats.raw.tiff_based import (
    is_cr2,
    is_iiq,
    read_cr2,
    read_iiq,
    read_orf,
    read_rw2,
    read_tiff_or_raw,
)
from imgmeta.formats.window import Window

__all__ = ["FORMATS", "SIGNATURE_LENGTH", "ImageFormat", "find_format"]

SIGNATURE_LENGTH = 64
"""The number of bytes from the start of a file that identify its format."""


def _is_unknown(_window: Window, _header: ImageHeader) -> None:
    """Return None, for formats that do not show whether a file is complete."""


class ImageFormat(NamedTuple):
    """A supported file format.

    Attributes:
        name: as in `ImageProperties.format`.
        mime_type: the format's media type.
        matches: whether the first bytes of a file are those of this format.
        parse: fills in the header; raises `DamagedError` if it cannot continue.
        is_complete: whether a file with this parsed header has all bytes of its image; None if
            that cannot be determined.
    """

    name: str
    mime_type: str
    matches: Callable[[bytes], bool]
    parse: Callable[[Window, ImageHeader], None]
    is_complete: Callable[[Window, ImageHeader], bool | None] = _is_unknown


def _starts_with(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda start: start.startswith(signatures)


def _is_webp(start: bytes) -> bool:
    return start[:4] == b"RIFF" and start[8:12] == b"WEBP"


def _is_bmp(start: bytes) -> bool:
    return start[:2] == b"BM" and int.from_bytes(start[14:18], "little") in HEADER_SIZES


# The parsers of formats that most runs do not read are imported when they are first used.


def _read_png(window: Window, header: ImageHeader) -> None:
    from imgmeta.formats.png import read_png  # noqa: PLC0415 - as above

    read_png(window, header)


def _read_gif(window: Window, header: ImageHeader) -> None:
    from imgmeta.formats.gif import read_gif  # noqa: PLC0415 - as above

    read_gif(window, header)


def _read_webp(window: Window, header: ImageHeader) -> None:
    from imgmeta.formats.webp import read_webp  # noqa: PLC0415 - as above

    read_webp(window, header)


def _read_raf(window: Window, header: ImageHeader) -> None:
    from imgmeta.formats.raw.raf import read_raf  # noqa: PLC0415 - as above

    read_raf(window, header)


def _read_cr3(window: Window, header: ImageHeader) -> None:
    from imgmeta.formats.raw.cr3 import read_cr3  # noqa: PLC0415 - as above

    read_cr3(window, header)


def _read_jxl(window: Window, header: ImageHeader) -> None:
    from imgmeta.formats.jxl import read_jxl  # noqa: PLC0415 - as above

    read_jxl(window, header)


def _is_cr3(start: bytes) -> bool:
    return start[4:12] == b"ftypcrx "


_JXL_CODESTREAM = b"\xff\x0a"
_JXL_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"

_RAF_SIGNATURE = b"FUJIFILMCCD-RAW"
_ORF_SIGNATURES = (b"IIRO", b"IIRS", b"MMOR")
_TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

FORMATS = (
    ImageFormat("JPEG", "image/jpeg", _starts_with(b"\xff\xd8"), read_jpeg, jpeg_is_complete),
    ImageFormat("PNG", "image/png", _starts_with(b"\x89PNG\r\n\x1a\n"), _read_png, png_is_complete),
    ImageFormat("GIF", "image/gif", _starts_with(b"GIF87a", b"GIF89a"), _read_gif, gif_is_complete),
    ImageFormat("CR2", "image/x-canon-cr2", is_cr2, read_cr2, tiff_is_complete),
    ImageFormat("IIQ", "image/x-raw", is_iiq, read_iiq, tiff_is_complete),
    ImageFormat(
        "ORF", "image/x-olympus-orf", _starts_with(*_ORF_SIGNATURES), read_orf, tiff_is_complete
    ),
    ImageFormat("RW2", "image/x-panasonic-rw2", _starts_with(b"IIU\0"), read_rw2, tiff_is_complete),
    ImageFormat(
        "TIFF", "image/tiff", _starts_with(*_TIFF_SIGNATURES), read_tiff_or_raw, tiff_is_complete
    ),
    ImageFormat(
        "RAF", "image/x-fujifilm-raf", _starts_with(_RAF_SIGNATURE), _read_raf, raf_is_complete
    ),
    ImageFormat("WEBP", "image/webp", _is_webp, _read_webp, webp_is_complete),
    ImageFormat("BMP", "image/bmp", _is_bmp, read_bmp, bmp_is_complete),
    ImageFormat("HEIC", "image/heic", is_heic, read_isobmff, boxes_are_complete),
    ImageFormat("AVIF", "image/avif", is_avif, read_isobmff, boxes_are_complete),
    ImageFormat("CR3", "image/x-canon-cr3", _is_cr3, _read_cr3, boxes_are_complete),
    ImageFormat("JXL", "image/jxl", _starts_with(_JXL_CONTAINER), _read_jxl, boxes_are_complete),
    ImageFormat("JXL", "image/jxl", _starts_with(_JXL_CODESTREAM), _read_jxl),
    # The last one, because it has no signature.
    ImageFormat("BMP", "image/bmp", is_bare_bitmap, read_bare_bitmap, bmp_is_complete),
)
"""The supported formats; the first one that matches a file is used.

Other raw formats begin like any TIFF: the parser of TIFF replaces the format's name.
"""


def find_format(start: bytes) -> ImageFormat | None:
    """Return the format of a file by its first `SIGNATURE_LENGTH` bytes; None if unsupported."""
    for image_format in FORMATS:
        if image_format.matches(start):
            return image_format
    return None
