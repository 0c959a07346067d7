"""JPEG: the end marker, and the data after it that the file lists.

ISO/IEC 10918-1, sections B.1.1 and B.2.1; CIPA DC-007 (Multi-Picture Format); Google's Motion Photo
and Ultra HDR formats, whose XMP properties state the lengths of the appended files.
"""

import re
import struct

from imgmeta.core.objects import FIRST_BLOCK, LAST_BLOCK
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.metadata.ifd import open_tiff
from imgmeta.formats.window import Window

__all__ = ["jpeg_is_complete"]

_EOI = b"\xff\xd9"
_FILL = b"\0\xff\r\n "
"""Bytes that cameras and transfers append to fill a block."""

_ENDS_OF_TRAILERS = (
    b"SEFT",  # Samsung
    b"cbipcbbl",  # Photo Mechanic
    b"\xa1\xb2\xc3\xd4",  # FotoStation
    b"CANON OPTIONAL DATA",
    *(b"AXS!", b"AXS*"),  # AFCP
)
"""Signatures in the last bytes of complete trailers, as ExifTool's documentation lists them."""

_MAX_END = 64
_ZIP_END = b"PK\5\6"
_NOT_IN_SCANS = re.compile(rb"\xff[^\0\xff\xc4\xda-\xdd\xfe\xd0-\xd7]")
"""A marker that is not allowed between the first scan and the end marker."""

_FOREIGN = re.compile(rb"ftyp|moov|mdat|stco|co64|stsz|udta|RIFF|Exif|SEFH|http://")
_MIN_SCAN = 64
_STUFFED = b"\xff\0"
"""A byte of a scan that is not a marker: tables of a video hardly contain it."""

_SEARCH_BLOCK = 4096

_ITEM_LENGTH = re.compile(rb"Item:Length\s*(?:=\s*[\"']|>)\s*(\d{1,12})")
_VIDEO_LENGTH = re.compile(rb"MicroVideoOffset\s*(?:=\s*[\"']|>)\s*(\d{1,12})")
_MP_ENTRIES = 0xB002
_MP_ENTRY = 16
_PILLOW_IMAGES = 3
_MAX_INDEX = 64 * 1024


def jpeg_is_complete(window: Window, header: ImageHeader) -> bool | None:
    """Return whether the file has an end marker after the last scan, and all images it lists.

    None if the file ends with unknown data that cannot be part of a scan.
    """
    if header.scan_offset is None:
        return False if window.truncated else None
    if window.is_local and window.read_if_cheap(window.size - len(_EOI), len(_EOI)) == _EOI:
        return True
    tail = window.read_if_cheap(max(0, window.size - LAST_BLOCK), LAST_BLOCK)
    if tail is None:
        return None
    if tail.endswith(_EOI):
        return True
    return _examine(window, header, header.scan_offset, _without_zeros(window, tail))


def _names_a_video(xmp: bytes) -> bool:
    return b"MicroVideoOffset" in xmp or b"video/" in xmp


def _examine(window: Window, header: ImageHeader, scan_offset: int, tail: bytes) -> bool | None:
    """Return the result for a file that does not end with an end marker."""
    if tail.rstrip(_FILL).endswith(_EOI) or _ZIP_END in tail:
        return True
    if any(signature in tail[-_MAX_END:] for signature in _ENDS_OF_TRAILERS):
        return True
    for has_images in (_has_listed_images, _has_appended_files):
        result = has_images(window, header)
        if result is not None:
            return result
    if window.size <= FIRST_BLOCK:
        return _EOI in window.read(scan_offset, window.size - scan_offset)
    if _EOI in tail:
        return True
    return _judge_by_tail(tail, has_video=_names_a_video(header.xmp))


def _judge_by_tail(tail: bytes, *, has_video: bool) -> bool | None:
    """Return the result for a file whose last bytes have no end marker.

    Args:
        tail: the last bytes.
        has_video: whether XMP names a video. A bucket allows no request for the start of it.
    """
    if not has_video:
        return False if _is_scan(tail) else None
    if len(tail) >= _MIN_SCAN and (_NOT_IN_SCANS.search(tail) or _FOREIGN.search(tail)):
        return True
    return False if _STUFFED in tail else None


def _without_zeros(window: Window, tail: bytes) -> bytes:
    """Return the last bytes before the zeros at the end, which only a local file is searched for.

    A download that reserves the space of the file leaves them, and some cameras fill up a block.
    """
    data = tail.rstrip(b"\0")
    if data or not window.is_local:
        return data
    start, end = 0, window.size
    while end - start > _SEARCH_BLOCK:
        middle = (start + end) // 2
        if any(window.read_if_cheap(middle, _SEARCH_BLOCK) or b""):
            start = middle
        else:
            end = middle
    start = max(0, start - LAST_BLOCK)
    return (window.read_if_cheap(start, end + _SEARCH_BLOCK - start) or b"").rstrip(b"\0")


def _is_scan(tail: bytes) -> bool:
    """Return whether these bytes may be those of a scan rather than of appended data."""
    if len(tail) < _MIN_SCAN or _NOT_IN_SCANS.search(tail) or _FOREIGN.search(tail):
        return False
    return b"\xff" in tail or not tail.isascii()


def _has_listed_images(window: Window, header: ImageHeader) -> bool | None:
    """Return whether the file has all images of its Multi-Picture index; None without an index."""
    if header.multi_picture is None:
        return None
    base, length = header.multi_picture
    index = window.read(base, min(length, _MAX_INDEX))
    tiff = open_tiff(lambda offset, size: index[offset : offset + size])
    directory = tiff.directory(tiff.first_offset, {_MP_ENTRIES}) if tiff else None
    if tiff is None or directory is None or _MP_ENTRIES not in directory.entries:
        return None
    data = tiff.data(directory.entries[_MP_ENTRIES], _MAX_INDEX)
    images = struct.iter_unpack(f"{tiff.order}4xII4x", data[: len(data) // _MP_ENTRY * _MP_ENTRY])
    sizes, end = [0], 0
    for size, offset in images:
        sizes.append(size)
        end = max(end, size + (base + offset if offset else 0))  # 0: the first image
    if end > window.size and len(sizes) > _PILLOW_IMAGES:
        # Pillow's length of the third and later images is too long: it is the end of the image
        # without the length of the image before.
        end = sum(sizes[-2:])
    if end > window.size:
        return False
    last = window.read_if_cheap(max(0, end - _MAX_END), min(end, _MAX_END))
    return True if last is None or last.rstrip(_FILL).endswith(_EOI) else None


def _has_appended_files(window: Window, header: ImageHeader) -> bool | None:
    """Return whether the first image ends where the appended files that XMP lists begin.

    Returns:
        None if XMP states no length, or the place cannot be read cheaply.
    """
    lengths = [int(match[1]) for match in _ITEM_LENGTH.finditer(header.xmp)]
    video = _VIDEO_LENGTH.search(header.xmp)
    # The first item is the image itself, mostly without a length.
    totals = {sum(lengths), sum(lengths[1:]), int(video[1]) if video else 0} - {0}
    if not totals:
        return None
    for total in totals:
        start = window.size - total
        if start > 0:
            data = window.read_if_cheap(max(0, start - _MAX_END), min(start, _MAX_END) + 8)
            if data is None:
                return None
            if data[:-8].rstrip(_FILL).endswith(_EOI) or data[-4:] == b"ftyp":
                return True
    return False
