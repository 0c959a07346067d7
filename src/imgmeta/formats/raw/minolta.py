"""The image size in Minolta's data blocks, which are in the private data of Sony's first SLRs.

As described by ExifTool and dcraw; there is no public specification.
"""

from typing import Literal

from imgmeta.formats.metadata.ifd import Directory, TiffReader
from imgmeta.formats.raw.directories import PRIVATE_DATA
from imgmeta.formats.window import Window

__all__ = ["minolta_size"]

_MINOLTA_DATA = 0x7250
_BYTE_ORDERS: dict[bytes, Literal["little", "big"]] = {b"\0MRI": "little", b"\0MRM": "big"}
_SIZES = b"\0PRD"
_HEAD = 8
_MAX_DATA = 4096


def minolta_size(window: Window, tiff: TiffReader, first: Directory) -> tuple[int, int] | None:
    """Return the image size without the sensor's borders; None if there is no such data.

    The private data is Minolta's blocks (DSLR-A100), or else a directory that points to them.

    Raises:
        DamagedError: the window's budget is spent.
        TransientError: from the source.
    """
    offset = tiff.offset_in_bytes(first.entries.get(PRIVATE_DATA))
    if not offset:
        return None
    data = window.read(offset, _MAX_DATA)
    if data[:4] not in _BYTE_ORDERS:
        directory = tiff.directory(offset, {_MINOLTA_DATA})
        entry = directory.entries.get(_MINOLTA_DATA) if directory else None
        data = tiff.data(entry, _MAX_DATA) if entry else b""
    return _image_size(data)


def _image_size(data: bytes) -> tuple[int, int] | None:
    """Return the size in the block of sizes, which begin with a version of 8 bytes."""
    order = _BYTE_ORDERS.get(data[:4])
    offset = _HEAD
    while order and offset + _HEAD <= len(data):
        name, length = data[offset : offset + 4], data[offset + 4 : offset + 8]
        offset += _HEAD
        if name == _SIZES:
            sizes = data[offset + 8 : offset + 16]
            height, width = (int.from_bytes(sizes[i : i + 2], order) for i in (4, 6))
            return (width, height) if width and height else None
        offset += int.from_bytes(length, order)
    return None
