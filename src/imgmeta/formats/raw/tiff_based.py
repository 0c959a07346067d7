"""Raw formats in a TIFF container.

CR2, ORF, RW2 and IIQ have a signature of their own. DNG, NEF, NRW, ARW, SR2, PEF, SRW and 3FR begin
like any TIFF. Tags of TIFF/EP (ISO 12234-2), of the DNG Specification 1.7 and of the makers.
"""

import struct

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.exif import ExifBlock
from imgmeta.formats.metadata.ifd import Directory, TiffReader
from imgmeta.formats.raw.directories import (
    EXIF_IFD,
    FULL_SIZE,
    OLD_JPEG,
    RawImage,
    ends_before_full_size_image,
    first_directory,
    full_size_image,
    number,
    raw_images,
)
from imgmeta.formats.raw.embedded_jpeg import MAX_JPEG_HEADER, embedded_exif
from imgmeta.formats.raw.identification import has_raw_maker, identify_raw
from imgmeta.formats.raw.minolta import minolta_size
from imgmeta.formats.tiff import read_tiff
from imgmeta.formats.window import Window

__all__ = [
    "RAW_MIME_TYPES",
    "read_cr2",
    "read_iiq",
    "read_orf",
    "read_rw2",
    "read_tiff_or_raw",
]

RAW_MIME_TYPES = {
    "3FR": "image/x-hasselblad-3fr",
    "ARW": "image/x-sony-arw",
    "DNG": "image/x-adobe-dng",
    "NEF": "image/x-nikon-nef",
    "NRW": "image/x-nikon-nrw",
    "PEF": "image/x-pentax-pef",
    "SR2": "image/x-sony-sr2",
    "SRW": "image/x-samsung-srw",
}
"""Media types of the formats that are only found by the content of their directories."""

_EXIF_WIDTH, _EXIF_HEIGHT = 0xA002, 0xA003
_PANASONIC_BORDERS = (4, 5, 6, 7)
_PANASONIC_BITS, _PANASONIC_ISO, _PANASONIC_JPEG = 0x0A, 0x17, 0x2E
_PANASONIC_TAGS = frozenset({*_PANASONIC_BORDERS, _PANASONIC_BITS, _PANASONIC_ISO, _PANASONIC_JPEG})
_PHASE_ONE_WIDTH, _PHASE_ONE_HEIGHT = 0x10C, 0x10D
_PHASE_ONE_NOTE = 8
_MAX_PHASE_ONE_ENTRIES = 300

_Size = tuple[int, int]


def read_tiff_or_raw(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from a TIFF; a raw file gets the name of its format and its full size.

    Raises:
        DamagedError: there is no directory.
        TransientError: from the source.
    """
    read_tiff(window, header)
    tiff, first = first_directory(window.read)
    if has_raw_maker(tiff, first):
        images = raw_images(tiff, first)
        name = identify_raw(tiff, first, images)
        if name is not None:
            header.format, header.mime_type = name, RAW_MIME_TYPES[name]
            _use_images(header, images)
        if ends_before_full_size_image(tiff, first, images, window.size):
            header.width = header.height = 0
        size = minolta_size(window, tiff, first) if name == "ARW" else None
        if size is not None:
            header.width, header.height = size


def read_orf(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from an Olympus ORF.

    Raises:
        DamagedError: there is no directory.
        TransientError: from the source.
    """
    read_tiff(window, header)
    tiff, first = first_directory(window.read)
    _use_images(header, raw_images(tiff, first))


def read_cr2(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from a Canon CR2.

    The size is that in the EXIF data. The other images are previews, and the sensor's image, which
    has a border.

    Raises:
        DamagedError: there is no directory.
        TransientError: from the source.
    """
    read_tiff(window, header)
    tiff, first = first_directory(window.read)
    _use_images(header, raw_images(tiff, first))
    size = _exif_size(tiff, first)
    if size is not None:
        header.width, header.height = size


def read_iiq(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from a Phase One or Leaf IIQ.

    The size is that in the EXIF data or in Phase One's own directory. The first image is a preview.

    Raises:
        DamagedError: there is no directory.
        TransientError: from the source.
    """
    read_tiff(window, header)
    tiff, first = first_directory(window.read)
    size = _exif_size(tiff, first) or _phase_one_size(window)
    if size is not None:
        header.width, header.height = size
    _set_raw_values(header, bits=None)


def read_rw2(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from a Panasonic RW2 or Leica RWL, which has tags of its own.

    The size is that of the sensor without its borders. The EXIF data of the embedded JPEG
    supplements that of the file.

    Raises:
        DamagedError: there is no directory.
        TransientError: from the source.
    """
    read_tiff(window, header)
    tiff, _ = first_directory(window.read)
    directory = tiff.directory(tiff.first_offset, _PANASONIC_TAGS)
    entries = directory.entries if directory else {}
    top, left, bottom, right = (number(tiff, entries.get(tag)) or 0 for tag in _PANASONIC_BORDERS)
    header.width, header.height = right - left, bottom - top
    _set_raw_values(header, bits=number(tiff, entries.get(_PANASONIC_BITS)))
    iso = fields.iso_sensitivity(number(tiff, entries.get(_PANASONIC_ISO)) or 0)
    if iso is not None:
        header.exif.setdefault("iso", iso)
    if _PANASONIC_JPEG in entries:
        jpeg = tiff.data(entries[_PANASONIC_JPEG], MAX_JPEG_HEADER)
        exif = ExifBlock(embedded_exif(jpeg))
        header.exif = fields.merge(header.exif, exif.fields())
        header.thumbnail = exif.thumbnail()


def _use_images(header: ImageHeader, images: list[RawImage]) -> None:
    """Use the values of the full-size image; a JPEG's bits are not those of the sensor data.

    The orientation may be stated by the full-size image, the first one, or any other.
    """
    image = full_size_image(images)
    header.width, header.height = (image.width, image.height) if image else (0, 0)
    _set_raw_values(header, bits=image.bits if image and image.compression != OLD_JPEG else None)
    if image and image.orientation is not None and image.subfile_type == FULL_SIZE:
        header.exif["orientation"] = image.orientation
    for other in images:
        if other.orientation is not None:
            header.exif.setdefault("orientation", other.orientation)


def _set_raw_values(header: ImageHeader, *, bits: int | None) -> None:
    """Replace the values of a preview by those of sensor data, which have no color mode."""
    header.bit_depth, header.color_mode, header.has_alpha = bits, None, False
    # Its directories are different sizes of one image, not pages.
    header.frame_count = 1


def _exif_size(tiff: TiffReader, first: Directory) -> _Size | None:
    """Return PixelXDimension and PixelYDimension."""
    for offset in tiff.offsets(first.entries.get(EXIF_IFD))[:1]:
        exif = tiff.directory(offset, {_EXIF_WIDTH, _EXIF_HEIGHT})
        entries = exif.entries if exif else {}
        width, height = (number(tiff, entries.get(tag)) for tag in (_EXIF_WIDTH, _EXIF_HEIGHT))
        if width and height:
            return width, height
    return None


def _phase_one_size(window: Window) -> _Size | None:
    """Return the size in Phase One's directory, whose entries are 16 bytes long."""
    note = window.read(_PHASE_ONE_NOTE, 12)
    order = "<" if note[:1] == b"I" else ">"
    (start,) = struct.unpack_from(order + "I", note.ljust(12, b"\0"), 8)
    start += _PHASE_ONE_NOTE
    count = window.read(start, 8)
    if len(count) < 8:
        return None
    (length,) = struct.unpack_from(order + "I", count)
    table = window.read(start + 8, 16 * min(length, _MAX_PHASE_ONE_ENTRIES))
    values = dict(struct.iter_unpack(order + "I8xI", table[: len(table) // 16 * 16]))
    width, height = values.get(_PHASE_ONE_WIDTH), values.get(_PHASE_ONE_HEIGHT)
    return (width, height) if width and height else None
