"""TIFF and BigTIFF: TIFF 6.0; TIFF/EP (ISO 12234-2); the libtiff design note on BigTIFF."""

from imgmeta.formats.facts import Facts
from imgmeta.formats.metadata.exif import CAMERA_TAGS, camera_fields
from imgmeta.formats.metadata.ifd import Directory, Entry, Tiff, open_tiff
from imgmeta.formats.metadata.iptc import MAX_IPTC, read_iptc
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.window import DamagedError, Window

__all__ = ["read_tiff"]

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
_MAX_PAGES = 10_000
_MAX_PAGE_REQUESTS = 32
_MAX_PROFILE = 256 * 1024


def read_tiff(window: Window, facts: Facts) -> None:
    """Fill in `facts` from the first directory and those it points to.

    Where the first image is a preview, as in camera raw files, the size is that of the image.

    Raises:
        DamagedError: there is no directory with a size.
        TransientError: from the source.
    """
    tiff = open_tiff(window.read)
    first = tiff.directory(tiff.first, _TAGS) if tiff else None
    if tiff is None or first is None:
        msg = "without a directory"
        raise DamagedError(msg)
    _image(tiff, _main_image(tiff, first), facts)
    facts.camera = camera_fields(tiff, first.entries)
    if _XMP in first.entries:
        facts.xmp = tiff.data(first.entries[_XMP], MAX_PACKET)
    for tag in (_IPTC, _PHOTOSHOP):
        if tag in first.entries and not facts.iptc:
            facts.iptc = read_iptc(tiff.data(first.entries[tag], MAX_IPTC))
    if _ICC in first.entries:
        facts.icc_profile = tiff.data(first.entries[_ICC], _MAX_PROFILE)
    facts.frame_count = _pages(window, tiff, first.following)
    if not facts.has_size:
        msg = "without a size"
        raise DamagedError(msg)


def _main_image(tiff: Tiff, first: Directory) -> dict[int, Entry]:
    """Return the directory of the full image: the first one, unless that is a preview."""
    if not _number(tiff, first.entries, _SUBFILE_TYPE, 0) & 1:
        return first.entries
    for offset in (*tiff.offsets(first.entries.get(_SUB_IFDS)), first.following):
        directory = tiff.directory(offset, _TAGS)
        if directory and _number(tiff, directory.entries, _SUBFILE_TYPE, 1) == 0:
            return directory.entries
    return first.entries


def _image(tiff: Tiff, entries: dict[int, Entry], facts: Facts) -> None:
    facts.width = _number(tiff, entries, _WIDTH, 0)
    facts.height = _number(tiff, entries, _HEIGHT, 0)
    facts.bit_depth = _number(tiff, entries, _BITS, 1)
    mode = _MODES.get(_number(tiff, entries, _PHOTOMETRIC, -1))
    extra = tiff.integers(entries.get(_EXTRA_SAMPLES))
    facts.has_alpha = not _ALPHA_SAMPLES.isdisjoint(extra)
    facts.color_mode = _ALPHA_MODES.get(mode or "", mode) if facts.has_alpha else mode


def _number(tiff: Tiff, entries: dict[int, Entry], tag: int, default: int) -> int:
    values = tiff.integers(entries.get(tag))
    return values[0] if values else default


def _pages(window: Window, tiff: Tiff, following: int) -> int | None:
    """Return how many directories are chained; None if that cannot be told for a few requests."""
    seen = {tiff.first}
    last_request = window.requests + _MAX_PAGE_REQUESTS
    while following:
        if following in seen or len(seen) >= _MAX_PAGES or window.requests >= last_request:
            return None
        seen.add(following)
        after = tiff.following(following)
        if after is None:
            return len(seen) - 1
        following = after
    return len(seen)
