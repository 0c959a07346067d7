"""The supported formats: name, media type, signature, parser and completeness check of each."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from imgmeta.formats.completeness.jpeg import jpeg_is_complete
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.jpeg import read_jpeg
from imgmeta.formats.signatures import (
    is_avif,
    is_bare_bitmap,
    is_bmp,
    is_cr2,
    is_cr3,
    is_heic,
    is_iiq,
    is_webp,
    starts_with,
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


_Function = Callable[[Window, ImageHeader], Any]


def _imported(module: str, name: str) -> _Function:
    """Return a function of a module that most runs do not need: it is imported by the first call.

    Args:
        module: the name of the module below `imgmeta.formats`.
        name: the name of the function.
    """

    @cache
    def load() -> _Function:
        function: _Function = getattr(import_module(f"imgmeta.formats.{module}"), name)
        return function

    def call(window: Window, header: ImageHeader) -> object:
        return load()(window, header)

    return call


_read_isobmff = _imported("isobmff", "read_isobmff")
_read_jxl = _imported("jxl", "read_jxl")
_bmp_is_complete = _imported("completeness.lengths", "bmp_is_complete")
_boxes_are_complete = _imported("completeness.boxes", "boxes_are_complete")
_tiff_is_complete = _imported("completeness.tiff", "tiff_is_complete")

_JXL_CODESTREAM = b"\xff\x0a"
_JXL_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"

_RAF_SIGNATURE = b"FUJIFILMCCD-RAW"
_ORF_SIGNATURES = (b"IIRO", b"IIRS", b"MMOR")
_TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

FORMATS = (
    ImageFormat("JPEG", "image/jpeg", starts_with(b"\xff\xd8"), read_jpeg, jpeg_is_complete),
    ImageFormat(
        "PNG",
        "image/png",
        starts_with(b"\x89PNG\r\n\x1a\n"),
        _imported("png", "read_png"),
        _imported("completeness.end_markers", "png_is_complete"),
    ),
    ImageFormat(
        "GIF",
        "image/gif",
        starts_with(b"GIF87a", b"GIF89a"),
        _imported("gif", "read_gif"),
        _imported("completeness.end_markers", "gif_is_complete"),
    ),
    ImageFormat(
        "CR2",
        "image/x-canon-cr2",
        is_cr2,
        _imported("raw.tiff_based", "read_cr2"),
        _tiff_is_complete,
    ),
    ImageFormat(
        "IIQ", "image/x-raw", is_iiq, _imported("raw.tiff_based", "read_iiq"), _tiff_is_complete
    ),
    ImageFormat(
        "ORF",
        "image/x-olympus-orf",
        starts_with(*_ORF_SIGNATURES),
        _imported("raw.tiff_based", "read_orf"),
        _tiff_is_complete,
    ),
    ImageFormat(
        "RW2",
        "image/x-panasonic-rw2",
        starts_with(b"IIU\0"),
        _imported("raw.tiff_based", "read_rw2"),
        _tiff_is_complete,
    ),
    ImageFormat(
        "TIFF",
        "image/tiff",
        starts_with(*_TIFF_SIGNATURES),
        _imported("raw.tiff_based", "read_tiff_or_raw"),
        _tiff_is_complete,
    ),
    ImageFormat(
        "RAF",
        "image/x-fujifilm-raf",
        starts_with(_RAF_SIGNATURE),
        _imported("raw.raf", "read_raf"),
        _imported("completeness.lengths", "raf_is_complete"),
    ),
    ImageFormat(
        "WEBP",
        "image/webp",
        is_webp,
        _imported("webp", "read_webp"),
        _imported("completeness.lengths", "webp_is_complete"),
    ),
    ImageFormat("BMP", "image/bmp", is_bmp, _imported("bmp", "read_bmp"), _bmp_is_complete),
    ImageFormat("HEIC", "image/heic", is_heic, _read_isobmff, _boxes_are_complete),
    ImageFormat("AVIF", "image/avif", is_avif, _read_isobmff, _boxes_are_complete),
    ImageFormat(
        "CR3", "image/x-canon-cr3", is_cr3, _imported("raw.cr3", "read_cr3"), _boxes_are_complete
    ),
    ImageFormat("JXL", "image/jxl", starts_with(_JXL_CONTAINER), _read_jxl, _boxes_are_complete),
    ImageFormat("JXL", "image/jxl", starts_with(_JXL_CODESTREAM), _read_jxl),
    # The last one, because it has no signature.
    ImageFormat(
        "BMP", "image/bmp", is_bare_bitmap, _imported("bmp", "read_bare_bitmap"), _bmp_is_complete
    ),
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
