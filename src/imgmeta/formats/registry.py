"""The supported formats: name, media type, signature and parser of each."""

from collections.abc import Callable
from typing import NamedTuple

from imgmeta.formats.bmp import HEADER_SIZES, is_bare_bitmap, read_bare_bitmap, read_bmp
from imgmeta.formats.gif import read_gif
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.isobmff import is_avif, is_heic, read_isobmff
from imgmeta.formats.jpeg import read_jpeg
from imgmeta.formats.jxl import is_jxl, read_jxl
from imgmeta.formats.png import read_png
from imgmeta.formats.raw.cr3 import is_cr3, read_cr3
from imgmeta.formats.raw.raf import RAF_SIGNATURE, read_raf
from imgmeta.formats.raw.tiff_based import (
    is_cr2,
    is_iiq,
    read_cr2,
    read_iiq,
    read_orf,
    read_rw2,
    read_tiff_or_raw,
)
from imgmeta.formats.webp import read_webp
from imgmeta.formats.window import Window

__all__ = ["FORMATS", "SIGNATURE_LENGTH", "ImageFormat", "find_format"]

SIGNATURE_LENGTH = 64
"""The number of bytes from the start of a file that identify its format."""


class ImageFormat(NamedTuple):
    """A supported file format.

    Attributes:
        name: as in `ImageProperties.format`.
        mime_type: the format's media type.
        matches: whether the first bytes of a file are those of this format.
        parse: fills in the header; raises `DamagedError` if it cannot continue.
    """

    name: str
    mime_type: str
    matches: Callable[[bytes], bool]
    parse: Callable[[Window, ImageHeader], None]


def _starts_with(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda start: start.startswith(signatures)


def _is_webp(start: bytes) -> bool:
    return start[:4] == b"RIFF" and start[8:12] == b"WEBP"


def _is_bmp(start: bytes) -> bool:
    return start[:2] == b"BM" and int.from_bytes(start[14:18], "little") in HEADER_SIZES


_ORF_SIGNATURES = (b"IIRO", b"IIRS", b"MMOR")
_TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

FORMATS = (
    ImageFormat("JPEG", "image/jpeg", _starts_with(b"\xff\xd8"), read_jpeg),
    ImageFormat("PNG", "image/png", _starts_with(b"\x89PNG\r\n\x1a\n"), read_png),
    ImageFormat("GIF", "image/gif", _starts_with(b"GIF87a", b"GIF89a"), read_gif),
    ImageFormat("CR2", "image/x-canon-cr2", is_cr2, read_cr2),
    ImageFormat("IIQ", "image/x-raw", is_iiq, read_iiq),
    ImageFormat("ORF", "image/x-olympus-orf", _starts_with(*_ORF_SIGNATURES), read_orf),
    ImageFormat("RW2", "image/x-panasonic-rw2", _starts_with(b"IIU\0"), read_rw2),
    ImageFormat("TIFF", "image/tiff", _starts_with(*_TIFF_SIGNATURES), read_tiff_or_raw),
    ImageFormat("RAF", "image/x-fujifilm-raf", _starts_with(RAF_SIGNATURE), read_raf),
    ImageFormat("WEBP", "image/webp", _is_webp, read_webp),
    ImageFormat("BMP", "image/bmp", _is_bmp, read_bmp),
    ImageFormat("HEIC", "image/heic", is_heic, read_isobmff),
    ImageFormat("AVIF", "image/avif", is_avif, read_isobmff),
    ImageFormat("CR3", "image/x-canon-cr3", is_cr3, read_cr3),
    ImageFormat("JXL", "image/jxl", is_jxl, read_jxl),
    # The last one, because it has no signature.
    ImageFormat("BMP", "image/bmp", is_bare_bitmap, read_bare_bitmap),
)
"""The supported formats; the first one that matches a file is used.

Other raw formats begin like any TIFF: the parser of TIFF replaces the format's name.
"""


def find_format(start: bytes) -> ImageFormat | None:
    """Return the format of a file by its first `SIGNATURE_LENGTH` bytes; None if unsupported."""
    return next((image_format for image_format in FORMATS if image_format.matches(start)), None)
