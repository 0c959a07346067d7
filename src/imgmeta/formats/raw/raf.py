"""Fujifilm RAF: a JPEG with EXIF data, directories that describe the sensor, and its data.

As described by LibRaw and ExifTool; there is no public specification.
"""

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.raw.embedded_jpeg import MAX_JPEG_HEADER, embedded_exif
from imgmeta.formats.window import Window

__all__ = ["read_raf"]

_JPEG_POINTER = 0x54
_DIRECTORY_POINTERS = (0x5C, 0x78)
_FULL_SIZE, _CROPPED_SIZE, _SIZE, _LAYOUT = 0x100, 0x111, 0x121, 0x130
_MAX_ENTRIES = 255
_MAX_DIRECTORY = 256 * 1024


def read_raf(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the embedded JPEG's EXIF data and from the first directory.

    The size is that of the image without the sensor's borders.

    Raises:
        DamagedError: the window's budget is spent.
        TransientError: from the source.
    """
    jpeg_offset = _unsigned(window, _JPEG_POINTER)
    jpeg_length = _unsigned(window, _JPEG_POINTER + 4)
    jpeg = window.read(jpeg_offset, min(jpeg_length, MAX_JPEG_HEADER))
    header.add_exif(embedded_exif(jpeg))
    header.frame_count = 1
    header.has_alpha = False
    for pointer in _DIRECTORY_POINTERS:
        offset = _unsigned(window, pointer)
        # The header of the first models ends before the second pointer, where the JPEG begins.
        if not header.has_size and offset and pointer < jpeg_offset:
            header.width, header.height = _image_size(_directory(window, offset))


def _unsigned(window: Window, offset: int, size: int = 4) -> int:
    return int.from_bytes(window.read(offset, size), "big")


def _directory(window: Window, offset: int) -> dict[int, bytes]:
    """Return the wanted values by their tags."""
    values: dict[int, bytes] = {}
    count = _unsigned(window, offset)
    end = offset + _MAX_DIRECTORY
    offset += 4
    while 0 < count <= _MAX_ENTRIES and offset < end:
        tag, length = _unsigned(window, offset, 2), _unsigned(window, offset + 2, 2)
        if tag in {_FULL_SIZE, _CROPPED_SIZE, _SIZE, _LAYOUT}:
            values.setdefault(tag, window.read(offset + 4, min(length, 4)))
        offset += 4 + length
        count -= 1
    return values


def _image_size(values: dict[int, bytes]) -> tuple[int, int]:
    """Return width and height; 0 if they are unknown."""
    for tag in (_CROPPED_SIZE, _SIZE, _FULL_SIZE):
        value = values.get(tag, b"")
        if len(value) == 4:
            height, width = int.from_bytes(value[:2], "big"), int.from_bytes(value[2:], "big")
            if tag == _SIZE and values.get(_LAYOUT, b"\0")[:1] >= b"\x80":
                # The pixels of a diagonal sensor are stored with every other one in the next row.
                width, height = width // 2, height * 2
            return width, height
    return 0, 0
