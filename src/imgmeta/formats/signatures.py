"""Which container a file is, by its first bytes."""

from collections.abc import Callable

from imgmeta.formats import isobmff
from imgmeta.formats.bmp import HEADER_SIZES, read_bmp
from imgmeta.formats.facts import Facts
from imgmeta.formats.gif import read_gif
from imgmeta.formats.jpeg import read_jpeg
from imgmeta.formats.png import read_png
from imgmeta.formats.tiff import read_tiff
from imgmeta.formats.webp import read_webp
from imgmeta.formats.window import Window

__all__ = ["Parser", "recognised"]

Parser = Callable[[Window, Facts], None]
"""Fills in what a container says; raises DamagedError where it goes no further."""

_PREFIXES: tuple[tuple[bytes, str, str, Parser], ...] = (
    (b"\xff\xd8", "JPEG", "image/jpeg", read_jpeg),
    (b"\x89PNG\r\n\x1a\n", "PNG", "image/png", read_png),
    (b"GIF87a", "GIF", "image/gif", read_gif),
    (b"GIF89a", "GIF", "image/gif", read_gif),
    (b"II*\0", "TIFF", "image/tiff", read_tiff),
    (b"MM\0*", "TIFF", "image/tiff", read_tiff),
    (b"II+\0", "TIFF", "image/tiff", read_tiff),
    (b"MM\0+", "TIFF", "image/tiff", read_tiff),
)


def recognised(head: bytes) -> tuple[Facts, Parser] | None:
    """Return the container's name and its parser; None for a format that is none of ours.

    Args:
        head: the first 64 bytes of the file.
    """
    for prefix, name, mime_type, parse in _PREFIXES:
        if head.startswith(prefix):
            return Facts(name, mime_type), parse
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Facts("WEBP", "image/webp"), read_webp
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in HEADER_SIZES:
        return Facts("BMP", "image/bmp"), read_bmp
    if head[4:8] == b"ftyp":
        return _heif(head)
    return None


def _heif(head: bytes) -> tuple[Facts, Parser] | None:
    end = min(len(head), int.from_bytes(head[:4], "big"))
    names = isobmff.brands(head[8:end])
    major = head[8:12]
    if major in isobmff.HEIC_BRANDS or (
        major not in isobmff.AVIF_BRANDS and names & isobmff.HEIC_BRANDS
    ):
        return Facts("HEIC", "image/heic"), isobmff.read_isobmff
    if names & isobmff.AVIF_BRANDS:
        return Facts("AVIF", "image/avif"), isobmff.read_isobmff
    if names & isobmff.STRUCTURAL_BRANDS:
        return Facts("HEIC", "image/heic"), isobmff.read_isobmff
    return None
