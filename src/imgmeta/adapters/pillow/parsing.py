"""The parsing of one image with Pillow, within limits."""

import struct
import warnings
import zlib
from typing import TYPE_CHECKING, NamedTuple

from imgmeta.adapters.pillow.limited_file import LimitedFile
from imgmeta.core.objects import ByteSource
from imgmeta.core.properties import ImageProperties, Unreadable, display_size
from imgmeta.core.text import MAX_TEXT, printable, shorten
from imgmeta.errors import AdapterError
from imgmeta.formats.header import ImageHeader, image_properties
from imgmeta.formats.metadata.exif import CAMERA_TAGS, camera_fields
from imgmeta.formats.metadata.ifd import open_tiff
from imgmeta.formats.tiff import count_pages
from imgmeta.formats.window import DamagedError, Window

if TYPE_CHECKING:
    from PIL import ImageFile

__all__ = ["PILLOW_ERRORS", "parse_image"]

_FORMATS = (
    *("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"),
    *("JPEG2000", "ICO", "CUR", "ICNS", "PSD", "TGA", "PPM", "PCX", "DCX", "SGI", "DDS", "QOI"),
)
"""Still image formats that Pillow identifies by content, without video, stubs and PostScript."""

_READ_LIMIT = 2 * 1024 * 1024
"""Maximum number of bytes that Pillow may read, unless it reads the whole file at once."""

_READ_LIMITS = {
    # Pillow keeps about 300 bytes for every few bytes of a TIFF's strips or an ICNS's blocks.
    b"II": 256 * 1024,
    b"MM": 256 * 1024,
    b"icns": 256 * 1024,
    # Pillow reads Netpbm headers byte by byte, including comments of any length.
    b"P": 64 * 1024,
    # Pillow copies a comment for each of its sub-blocks.
    b"GIF8": 512 * 1024,
}
"""Lower limits for files with these signatures."""

_MAX_CALLS = 20_000
"""Maximum number of reads and seeks, which limits the time for a file of many small parts."""

_MIN_FRAME = 12
"""Minimum number of bytes that a frame takes in any format."""

_NAMES = {"MPO": "JPEG", "HEIF": "HEIC"}
_MIME_TYPES = {"JPEG": "image/jpeg", "HEIC": "image/heic"}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


class _Mode(NamedTuple):
    """Color mode, bit depth and alpha of a Pillow mode; 0 bits if it depends on the file."""

    name: str
    bits: int = 0
    alpha: bool = False


_MODES = {
    "1": _Mode("L", 1),
    "L": _Mode("L"),
    "I;16": _Mode("L", 16),
    "I;16B": _Mode("L", 16),
    "I;16L": _Mode("L", 16),
    "I": _Mode("L"),
    "F": _Mode("L", 32),
    "LA": _Mode("LA", alpha=True),
    "La": _Mode("LA", alpha=True),
    "PA": _Mode("P", alpha=True),
    "RGBA": _Mode("RGBA", alpha=True),
    "RGBa": _Mode("RGBA", alpha=True),
    "RGBX": _Mode("RGB"),
    "LAB": _Mode("Lab"),
}

# Exceptions that Pillow's plugins raise for damaged files.
PILLOW_ERRORS = (
    DamagedError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    SyntaxError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
    UserWarning,
    RuntimeWarning,
)


def parse_image(content: ByteSource) -> ImageProperties | Unreadable:
    """Return the properties of an image that is not empty, or why it is unreadable.

    Raises:
        TransientError: from the source.
    """
    window = Window(content)
    start = window.read(0, 64)
    limits = [limit for name, limit in _READ_LIMITS.items() if start.startswith(name)]
    max_bytes = min(limits, default=_READ_LIMIT)
    file = LimitedFile(window, max_bytes=max_bytes, max_calls=_MAX_CALLS)
    heic = _is_heic(start)
    if heic and not _register_heif():
        return Unreadable(reason="cannot read HEIC: pip install 'imgmeta[heic]'")
    result = _read(file, (*_FORMATS, "HEIF") if heic else _FORMATS)
    if file.failure is not None:
        raise file.failure
    return result


def _read(file: LimitedFile, formats: tuple[str, ...]) -> ImageProperties | Unreadable:
    # Imported on the first read, because importing Pillow takes longer than reading many images.
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - see above

    Image.init()
    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    known = [name for name in formats if name in Image.OPEN]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=known) as image:
                return image_properties(_header(image, file))
    except bombs:
        return Unreadable(reason="an image with more pixels than Pillow allows")
    except UnidentifiedImageError:
        return Unreadable(reason="not an image format that imgmeta reads")
    except AdapterError:
        return Unreadable(reason="the object could not be read")
    except DamagedError as error:
        return Unreadable(reason=f"a file {error}")
    except PILLOW_ERRORS as error:
        text = printable(str(error)) or type(error).__name__
        return Unreadable(reason=shorten(f"Pillow cannot read it: {text}", MAX_TEXT))


def _header(image: "ImageFile.ImageFile", file: LimitedFile) -> ImageHeader:
    mode = _MODES.get(image.mode, _Mode(image.mode))
    name = image.format or "unknown"
    mime_type = image.get_format_mimetype() or f"image/x-{name.lower()}"
    name = _NAMES.get(name, name)
    header = ImageHeader(name, _MIME_TYPES.get(name, mime_type))
    header.color_mode = mode.name
    header.has_alpha = mode.alpha or image.has_transparency_data
    header.bit_depth = mode.bits or _number(image.info.get("bit_depth"))
    header.icc_profile = _bytes(image.info.get("icc_profile"))
    header.xmp = _bytes(image.info.get("xmp"))
    header.add_exif(_bytes(image.info.get("exif")))
    header.thumbnail = b""  # `read_thumbnail` does not read these formats
    if name == "TIFF":
        _add_tiff_fields(header, file.window)
    # Pillow applies a TIFF's orientation to the size, and pillow-heif a HEIC's: undo that.
    applied = header.exif.get("orientation") if name == "TIFF" else None
    if name == "HEIC":
        applied = _number(image.info.get("original_orientation"))
        if applied is not None:
            header.exif["orientation"] = applied
    header.width, header.height = display_size(
        *image.size, applied if isinstance(applied, int) else None
    )
    if name != "TIFF":
        header.frame_count = 1 if image.format == "MPO" else _frame_count(image, file)
    return header


def _frame_count(image: "ImageFile.ImageFile", file: LimitedFile) -> int | None:
    """Return the number of frames; None if Pillow reached the end of the file to count them."""
    file.ended = False
    try:
        count = int(getattr(image, "n_frames", 1))
    except PILLOW_ERRORS:
        return None
    return None if file.ended or count * _MIN_FRAME > file.window.size else count


def _add_tiff_fields(header: ImageHeader, window: Window) -> None:
    tiff = open_tiff(window.read)
    if tiff is None:
        return
    header.frame_count = count_pages(window, tiff)
    first = tiff.directory(tiff.first_offset, CAMERA_TAGS)
    if first is not None:
        header.exif = camera_fields(tiff, first.entries)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _is_heic(start: bytes) -> bool:
    return start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS


def _register_heif() -> bool:
    """Register pillow-heif's plugin; return False if it is not installed."""
    try:
        import pillow_heif  # noqa: PLC0415 - an extra that only HEIC needs
    except ImportError:
        return False
    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType] - no type hints
    return True
