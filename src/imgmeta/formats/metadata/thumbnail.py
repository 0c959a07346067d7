"""The thumbnail in the second directory of an EXIF block or a TIFF file.

EXIF 2.32, section 4.5.5 and table 11: a JPEG (Compression 6), whose offset and length are in the
tags JPEGInterchangeFormat and JPEGInterchangeFormatLength.
"""

from typing import NamedTuple

from imgmeta.formats.metadata.ifd import TiffReader, open_tiff

__all__ = ["JPEG_START", "MAX_THUMBNAIL", "ByteRange", "exif_thumbnail", "find_thumbnail"]

MAX_THUMBNAIL = 256 * 1024
"""Maximum length of a thumbnail in bytes; a longer JPEG is a preview."""

JPEG_START = b"\xff\xd8"

_MAX_SIDE = 1024
"""Maximum width and height. The second directory of a scanned TIFF may be another page."""

_WIDTH, _HEIGHT, _COMPRESSION, _OFFSET, _LENGTH = 0x0100, 0x0101, 0x0103, 0x0201, 0x0202
_JPEG = 6
_DEFAULTS = {_WIDTH: 0, _HEIGHT: 0, _COMPRESSION: _JPEG, _OFFSET: 0, _LENGTH: 0}
"""The tags of a thumbnail, and their values if they are absent."""


class ByteRange(NamedTuple):
    """A range of a file."""

    offset: int
    length: int


def find_thumbnail(tiff: TiffReader, size: int) -> ByteRange | None:
    """Return the range of the thumbnail in a TIFF structure of `size` bytes; None without one."""
    offset = tiff.next_offset(tiff.first_offset)
    directory = tiff.directory(offset, _DEFAULTS) if offset else None
    if directory is None:
        return None
    width, height, compression, start, length = (
        next(iter(tiff.integers(directory.entries.get(tag))), default)
        for tag, default in _DEFAULTS.items()
    )
    if compression != _JPEG or max(width, height) > _MAX_SIDE:
        return None
    is_inside = 0 < start < size and 0 < length <= min(MAX_THUMBNAIL, size - start)
    return ByteRange(start, length) if is_inside else None


def exif_thumbnail(block: bytes) -> bytes:
    """Return the thumbnail in an EXIF block as a JPEG; empty if there is none.

    The block may begin with `Exif` and two NULs, as in a JPEG.
    """
    if block[:4].lower() == b"exif":
        block = block[6:]
    tiff = open_tiff(lambda offset, length: block[offset : offset + length])
    place = find_thumbnail(tiff, len(block)) if tiff else None
    if place is None:
        return b""
    thumbnail = block[place.offset : place.offset + place.length]
    return thumbnail if thumbnail.startswith(JPEG_START) else b""
