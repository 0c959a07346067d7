"""Image file directories of a raw file in a TIFF container, and the one of the full-size image."""

from collections.abc import Iterator
from typing import NamedTuple

from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.ifd import ByteReader, Directory, Entry, TiffReader, open_tiff
from imgmeta.formats.window import DamagedError

__all__ = [
    "COMPRESSION",
    "DNG_VERSION",
    "EXIF_IFD",
    "FULL_SIZE",
    "MAKE",
    "MODEL",
    "OLD_JPEG",
    "PRIVATE_DATA",
    "RAW_TAGS",
    "REDUCED_SIZE",
    "SUBFILE_TYPE",
    "RawImage",
    "ends_before_full_size_image",
    "first_directory",
    "full_size_image",
    "number",
    "raw_images",
]

SUBFILE_TYPE, COMPRESSION, MAKE, MODEL = 254, 259, 271, 272
EXIF_IFD, DNG_VERSION, PRIVATE_DATA = 0x8769, 0xC612, 0xC634
_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION, _SUB_IFDS = 256, 257, 258, 262, 274, 330
_CFA_REPEAT_PATTERN, _CFA_PATTERN = 0x828D, 0x828E

RAW_TAGS = frozenset(
    {
        *(SUBFILE_TYPE, _WIDTH, _HEIGHT, _BITS, COMPRESSION, _PHOTOMETRIC),
        *(MAKE, MODEL, _ORIENTATION, EXIF_IFD, _SUB_IFDS),
        *(_CFA_REPEAT_PATTERN, _CFA_PATTERN, DNG_VERSION, PRIVATE_DATA),
    }
)
"""The tags that identify a raw format and describe its images."""

OLD_JPEG = 6
"""The compression method of previews."""

FULL_SIZE, REDUCED_SIZE = 0, 1
"""The NewSubfileType of the full-size image, and that of a preview."""

_CFA, _LINEAR_RAW = 32_803, 34_892
_MAX_DIRECTORIES = 16


class RawImage(NamedTuple):
    """One of the images in a raw file: a preview, or the raw image itself.

    Attributes:
        subfile_type: NewSubfileType: 0 for the full-size image; None if absent.
        width: pixels per row; 0 if absent.
        height: rows; 0 if absent.
        bits: bits per sample; None if absent.
        compression: TIFF Compression; None if absent.
        orientation: EXIF orientation, 1 to 8; None if absent or invalid.
        is_sensor_data: whether the pixels are unprocessed sensor values.
    """

    subfile_type: int | None
    width: int
    height: int
    bits: int | None
    compression: int | None
    orientation: int | None
    is_sensor_data: bool


def first_directory(read: ByteReader) -> tuple[TiffReader, Directory]:
    """Return a reader for a raw file, and its first directory.

    Raises:
        DamagedError: there is no directory.
    """
    tiff = open_tiff(read)
    first = tiff.directory(tiff.first_offset, RAW_TAGS) if tiff else None
    if tiff is None or first is None:
        msg = "without an image file directory"
        raise DamagedError(msg)
    return tiff, first


def raw_images(tiff: TiffReader, first: Directory) -> list[RawImage]:
    """Return the images of a file in the order of its directories, at most 16.

    The subdirectories of a directory (SubIFDs) come after it, and before the next directory.
    """
    return [_image(tiff, entries) for entries in _directories(tiff, first)]


def full_size_image(images: list[RawImage]) -> RawImage | None:
    """Return the first image that is marked as the full-size one, or else the first with a size."""
    sized = [image for image in images if image.width and image.height]
    marked = (image for image in sized if image.subfile_type == FULL_SIZE)
    return next(marked, next(iter(sized), None))


def ends_before_full_size_image(
    tiff: TiffReader, first: Directory, images: list[RawImage], file_size: int
) -> bool:
    """Return whether a file begins with a preview, and ends before the full-size image's directory.

    Such a file was cut short: the size of its image is unknown.
    """
    pointers = first.entries.get(_SUB_IFDS)
    found = any(
        image.subfile_type == FULL_SIZE and image.width and image.height for image in images
    )
    if found or pointers is None or images[0].subfile_type != REDUCED_SIZE:
        return False
    # The offsets are missing if the file ends before them.
    return max(tiff.offsets(pointers), default=file_size) >= file_size


def _directories(tiff: TiffReader, first: Directory) -> Iterator[dict[int, Entry]]:
    visited = {tiff.first_offset}
    yield first.entries
    pending = [*tiff.offsets(first.entries.get(_SUB_IFDS)), first.next_offset]
    while pending and len(visited) < _MAX_DIRECTORIES:
        offset = pending.pop(0)
        directory = None if offset in visited else tiff.directory(offset, RAW_TAGS)
        visited.add(offset)
        if directory is not None:
            yield directory.entries
            children = tiff.offsets(directory.entries.get(_SUB_IFDS))
            pending = [*children, directory.next_offset, *pending]


def _image(tiff: TiffReader, entries: dict[int, Entry]) -> RawImage:
    photometric = number(tiff, entries.get(_PHOTOMETRIC))
    return RawImage(
        subfile_type=number(tiff, entries.get(SUBFILE_TYPE)),
        width=number(tiff, entries.get(_WIDTH)) or 0,
        height=number(tiff, entries.get(_HEIGHT)) or 0,
        bits=number(tiff, entries.get(_BITS)),
        compression=number(tiff, entries.get(COMPRESSION)),
        orientation=fields.orientation(number(tiff, entries.get(_ORIENTATION)) or 0),
        is_sensor_data=photometric in {_CFA, _LINEAR_RAW}
        or not entries.keys().isdisjoint({_CFA_REPEAT_PATTERN, _CFA_PATTERN}),
    )


def number(tiff: TiffReader, entry: Entry | None) -> int | None:
    """Return the first value of an integer field, or None."""
    return next(iter(tiff.integers(entry)), None)
