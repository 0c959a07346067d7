"""The thumbnail in the second directory of an EXIF block or a TIFF file.

EXIF 2.32, section 4.5.5 and table 11: a JPEG (Compression 6), whose offset and length are in the
tags JPEGInterchangeFormat and JPEGInterchangeFormatLength.
"""

from typing import NamedTuple

from imgmeta.formats.metadata.ifd import Directory, TiffReader

__all__ = ["JPEG_START", "MAX_THUMBNAIL", "ByteRange", "find_thumbnail"]

MAX_THUMBNAIL = 256 * 1024
"""Maximum length of a thumbnail in bytes; a longer JPEG is a preview."""

JPEG_START = b"\xff\xd8"

_MAX_SIDE = 1024
"""Maximum width and height. The second directory of a scanned TIFF may be another page."""

_WIDTH, _HEIGHT, _COMPRESSION, _OFFSET, _LENGTH = 0x0100, 0x0101, 0x0103, 0x0201, 0x0202
_JPEG = 6
_TAGS = frozenset({_WIDTH, _HEIGHT, _COMPRESSION, _OFFSET, _LENGTH})


class ByteRange(NamedTuple):
    """A range of a file."""

    offset: int
    length: int


def find_thumbnail(tiff: TiffReader, first: Directory, size: int) -> ByteRange | None:
    """Return the range of the thumbnail in a TIFF structure of `size` bytes; None without one.

    Args:
        tiff: the reader of the structure.
        first: its first directory.
        size: its length in bytes.
    """
    directory = tiff.next_directory(first, _TAGS)
    if directory is None:
        return None
    entries = directory.entries
    width, height = tiff.integer(entries.get(_WIDTH)), tiff.integer(entries.get(_HEIGHT))
    compression = tiff.integer(entries.get(_COMPRESSION), _JPEG)
    start, length = tiff.integer(entries.get(_OFFSET)), tiff.integer(entries.get(_LENGTH))
    if compression != _JPEG or width > _MAX_SIDE or height > _MAX_SIDE:
        return None
    is_inside = 0 < start < size and 0 < length <= min(MAX_THUMBNAIL, size - start)
    return ByteRange(start, length) if is_inside else None
