"""TIFF and BigTIFF: TIFF 6.0; TIFF/EP (ISO 12234-2); the libtiff design note on BigTIFF."""

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.metadata.exif import CAMERA_TAGS, camera_fields
from imgmeta.formats.metadata.ifd import Directory, Entry, TiffReader, open_tiff
from imgmeta.formats.metadata.iptc import MAX_IPTC, read_iptc
from imgmeta.formats.metadata.thumbnail import find_thumbnail
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.window import DamagedError, Window

__all__ = ["count_pages", "read_tiff"]

_SUBFILE_TYPE, _WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC = 254, 256, 257, 258, 262
_SAMPLES, _SUB_IFDS, _EXTRA_SAMPLES, _XMP, _ICC = 277, 330, 338, 700, 34675
_IPTC, _PHOTOSHOP = 33723, 34377
_SIZE_TAGS = frozenset({_SUBFILE_TYPE, _WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC})
_TAGS = (
    CAMERA_TAGS | _SIZE_TAGS | {_SAMPLES, _SUB_IFDS, _EXTRA_SAMPLES, _XMP, _IPTC, _PHOTOSHOP, _ICC}
)
_MODES = {0: "L", 1: "L", 2: "RGB", 3: "P", 4: "L", 5: "CMYK", 6: "YCbCr", 8: "Lab"}
_ALPHA_MODES = {"L": "LA", "RGB": "RGBA"}
_ALPHA_SAMPLES = frozenset({1, 2})
_MAX_LENGTHS = {_XMP: MAX_PACKET, _IPTC: MAX_IPTC, _PHOTOSHOP: MAX_IPTC}
_MAX_PAGES = 10_000
_MAX_PAGE_REQUESTS = 32
_MAX_PROFILE = 256 * 1024


def read_tiff(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the first directory and the directories it points to.

    If the first image is a preview, as in camera raw files, the size is that of the full image.

    Raises:
        DamagedError: there is no directory.
        TransientError: from the source.
    """
    tiff = open_tiff(window.read)
    first = tiff.directory(tiff.first_offset, _TAGS) if tiff else None
    if tiff is None or first is None:
        msg = "without an image file directory"
        raise DamagedError(msg)
    _parse_image(tiff, _main_image(tiff, first), header)
    header.exif = camera_fields(tiff, first.entries)
    if _XMP in first.entries:
        header.xmp = tiff.data(first.entries[_XMP], MAX_PACKET)
    for tag in (_IPTC, _PHOTOSHOP):
        if tag in first.entries and not header.iptc:
            header.iptc = read_iptc(tiff.data(first.entries[tag], MAX_IPTC))
    if _ICC in first.entries:
        header.icc_profile = tiff.data(first.entries[_ICC], _MAX_PROFILE)
    header.partial_metadata = any(
        tiff.length(first.entries[tag]) > limit
        for tag, limit in _MAX_LENGTHS.items()
        if tag in first.entries
    )
    # Before the pages are counted, so that its directory is not fetched twice.
    header.thumbnail_range = find_thumbnail(tiff, first, window.size)
    header.frame_count = count_pages(window, tiff)


def _main_image(tiff: TiffReader, first: Directory) -> dict[int, Entry]:
    """Return the entries of the full image: the first directory, unless that is a preview."""
    if not _number(tiff, first.entries, _SUBFILE_TYPE, 0) & 1:
        return first.entries
    for offset in (*tiff.offsets(first.entries.get(_SUB_IFDS)), first.next_offset):
        directory = tiff.directory(offset, _TAGS)
        if directory and _number(tiff, directory.entries, _SUBFILE_TYPE, 1) == 0:
            return directory.entries
    return first.entries


def _parse_image(tiff: TiffReader, entries: dict[int, Entry], header: ImageHeader) -> None:
    header.width = _number(tiff, entries, _WIDTH, 0)
    header.height = _number(tiff, entries, _HEIGHT, 0)
    header.bit_depth = _number(tiff, entries, _BITS, 1)
    mode = _MODES.get(_number(tiff, entries, _PHOTOMETRIC, -1))
    extra = tiff.integers(entries.get(_EXTRA_SAMPLES))
    header.has_alpha = not _ALPHA_SAMPLES.isdisjoint(extra)
    header.color_mode = _ALPHA_MODES.get(mode or "", mode) if header.has_alpha else mode


def _number(tiff: TiffReader, entries: dict[int, Entry], tag: int, default: int) -> int:
    return tiff.integer(entries.get(tag), default)


def count_pages(window: Window, tiff: TiffReader) -> int | None:
    """Return the number of pages.

    None means that the chain of directories is truncated, a loop or longer than 10,000.
    """
    visited: set[int] = set()
    offset: int | None = tiff.first_offset
    max_requests = window.requests + _MAX_PAGE_REQUESTS
    while offset:
        if offset in visited or len(visited) >= _MAX_PAGES or window.requests >= max_requests:
            return None
        visited.add(offset)
        offset = tiff.next_offset(offset)
    return len(visited) if offset == 0 else None
