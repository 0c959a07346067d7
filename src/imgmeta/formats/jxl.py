"""JPEG XL: a bare codestream, or the container of ISO/IEC 18181-2."""

from imgmeta.formats.boxes import exif_block, top_level_boxes
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.jxl_codestream import (
    CODESTREAM_SIGNATURE,
    MAX_CODESTREAM_HEADER,
    read_codestream,
)
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.window import DamagedError, Window

__all__ = ["read_jxl"]

_METADATA = frozenset({b"Exif", b"xml "})
_PART_NUMBER_LENGTH = 4
_MAX_EXIF = 1024 * 1024
_MAX_BOX_REQUESTS = 8


def read_jxl(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the codestream's headers and the container's metadata boxes.

    Metadata boxes that are compressed with Brotli (`brob`) are not read, and neither are boxes
    after many others: `header.partial_metadata` is then set.

    Raises:
        DamagedError: there is no codestream, or its headers are incomplete.
        TransientError: from the source.
    """
    codestream = window.read(0, MAX_CODESTREAM_HEADER)
    if not codestream.startswith(CODESTREAM_SIGNATURE):
        codestream = _parse_boxes(window, header)
    if not codestream.startswith(CODESTREAM_SIGNATURE):
        msg = "without a codestream"
        raise DamagedError(msg)
    read_codestream(codestream, header)


def _parse_boxes(window: Window, header: ImageHeader) -> bytes:
    """Parse the metadata boxes and return the beginning of the codestream."""
    codestream = b""
    max_requests = window.requests + _MAX_BOX_REQUESTS
    for kind, start, length in top_level_boxes(window):
        if kind in {b"jxlc", b"jxlp"}:
            skip = _PART_NUMBER_LENGTH if kind == b"jxlp" else 0
            size = min(length - skip, MAX_CODESTREAM_HEADER - len(codestream))
            codestream += window.read(start + skip, max(size, 0))
        elif kind == b"Exif":
            header.add_exif(exif_block(window.read(start, min(length, _MAX_EXIF))))
        elif kind == b"xml " and not header.xmp:
            header.xmp = window.read(start, min(length, MAX_PACKET))
        elif kind == b"brob" and window.read(start, 4) in _METADATA:
            header.partial_metadata = True
        if window.requests >= max_requests:
            header.partial_metadata = True
            break
    return codestream
