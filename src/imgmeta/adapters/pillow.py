"""The property reader on Pillow: any format that Pillow knows, and a referee for our own code."""

import io
import struct
import warnings
import zlib
from typing import TYPE_CHECKING, NamedTuple

from imgmeta.core.objects import ByteSource
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.core.text import MAX_TEXT, printable, shorten
from imgmeta.errors import AdapterError
from imgmeta.formats.facts import Facts, image_properties
from imgmeta.formats.metadata.exif import CAMERA_TAGS, camera_fields
from imgmeta.formats.metadata.ifd import open_tiff
from imgmeta.formats.window import MAX_FETCHED, DamagedError, Window

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from PIL import ImageFile

__all__ = ["PillowPropertyReader"]

_FORMATS = (
    *("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"),
    *("JPEG2000", "ICO", "CUR", "ICNS", "PSD", "TGA", "PPM", "PCX", "DCX", "SGI", "DDS", "QOI"),
)
"""Formats of still images that Pillow knows by their content. No video, no stubs, no PostScript."""

_MAX_HANDED = 2 * 1024 * 1024
"""Bytes that Pillow may read in parts: some of its plugins read one at a time."""

_MAX_HANDED_OF = {
    # Of every few bytes Pillow keeps some 300: the strips of a TIFF, the blocks of an ICNS.
    b"II": 256 * 1024,
    b"MM": 256 * 1024,
    b"icns": 256 * 1024,
    # Pillow takes Netpbm's headers a byte at a time, comments of any length included.
    b"P": 64 * 1024,
}
"""The same for files that begin so."""

_BUFFER = 512
"""Bytes read ahead: Pillow's plugins jump, and what they leave unused counts too."""

_PIECE = 256 * 1024

_NAMES = {"MPO": "JPEG", "HEIF": "HEIC"}
_MIME_TYPES = {"JPEG": "image/jpeg", "HEIC": "image/heic"}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_ON_ITS_SIDE = frozenset({5, 6, 7, 8})
_UNREADABLE = "not an image format that imgmeta reads"


class _Mode(NamedTuple):
    """What a mode of Pillow's says; bits of 0: it does not say, or another number than the file."""

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

# What Pillow's plugins let escape when a file is not what it claims to be.
_PILLOW_ERRORS = (
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


class _WindowFile(io.RawIOBase):
    """A file for Pillow, read through a window; it remembers the failure of the store behind it.

    Of what is read in parts, all counts, even if it was read before: Pillow may keep each part.
    """

    def __init__(self, window: Window, allowance: int) -> None:
        super().__init__()
        self.window = window
        self.failure: AdapterError | None = None
        self._allowance = allowance
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.window.size}[whence]
        if base + offset < 0:
            msg = "before the beginning"
            raise ValueError(msg)
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        length = max(0, min(len(view), self.window.size - self._at))
        if length > self._allowance:
            msg = "whose header is longer than Pillow may read"
            raise DamagedError(msg)
        self._allowance -= length
        start = self._at
        while self._at < start + length and (piece := self._piece(start + length)):
            view[self._at - start : self._at - start + len(piece)] = piece
            self._at += len(piece)
        return self._at - start

    def readall(self) -> bytes:
        """Return the rest: of the formats that Pillow reads whole, the window's budget counts."""
        if self.window.size - self._at > MAX_FETCHED:
            msg = f"that Pillow reads whole, which is longer than {MAX_FETCHED:,} bytes"
            raise DamagedError(msg)
        pieces: list[bytes] = []
        while piece := self._piece(self.window.size):
            pieces.append(piece)
            self._at += len(piece)
        return b"".join(pieces)

    def _piece(self, end: int) -> bytes:
        try:
            return self.window.read(self._at, max(0, min(end - self._at, _PIECE)))
        except AdapterError as error:
            self.failure = error
            raise


class PillowPropertyReader:
    """Reads what Pillow can open, within a budget; HEIC with the extra `imgmeta[heic]`.

    Pillow reads WebP, AVIF and HEIC files whole: those longer than 16 MiB are unreadable here. Of
    all others it may read 2 MiB, of a TIFF or an ICNS 256 KiB, and of a Netpbm file 64 KiB.
    """

    version = 1

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        """Return the image's properties, location included.

        Raises:
            TransientError: from `content`, passed on.
        """
        if content.size <= 0:
            return Unreadable(reason="an empty file")
        window = Window(content)
        head = window.read(0, 64)
        limits = [limit for start, limit in _MAX_HANDED_OF.items() if head.startswith(start)]
        file = _WindowFile(window, min(limits, default=_MAX_HANDED))
        heic = _is_heic(head)
        if heic and not _heif_is_registered():
            return Unreadable(reason="this is HEIC: pip install 'imgmeta[heic]'")
        result = _read(file, (*_FORMATS, "HEIF") if heic else _FORMATS)
        if file.failure is not None:
            raise file.failure
        return result


def _read(file: _WindowFile, formats: tuple[str, ...]) -> ImageProperties | Unreadable:
    # Pillow is imported on the first read, not before: it takes longer than reading many images.
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - see above

    Image.init()
    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    known = [name for name in formats if name in Image.OPEN]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BufferedReader(file, _BUFFER), formats=known) as image:
                return image_properties(_facts(image, file))
    except bombs:
        return Unreadable(reason="an image of more pixels than Pillow opens")
    except UnidentifiedImageError:
        return Unreadable(reason=_UNREADABLE)
    except AdapterError:
        return Unreadable(reason="the object could not be read")
    except DamagedError as error:
        return Unreadable(reason=f"a file {error}")
    except _PILLOW_ERRORS as error:
        text = printable(str(error)) or type(error).__name__
        return Unreadable(reason=shorten(f"Pillow cannot read it: {text}", MAX_TEXT))


def _facts(image: "ImageFile.ImageFile", file: _WindowFile) -> Facts:
    mode = _MODES.get(image.mode, _Mode(image.mode))
    name = image.format or "unknown"
    mime_type = image.get_format_mimetype() or f"image/x-{name.lower()}"
    name = _NAMES.get(name, name)
    facts = Facts(name, _MIME_TYPES.get(name, mime_type))
    facts.color_mode = mode.name
    facts.has_alpha = mode.alpha or image.has_transparency_data
    facts.bit_depth = mode.bits or _number(image.info.get("bit_depth"))
    facts.icc_profile = _bytes(image.info.get("icc_profile"))
    facts.xmp = _bytes(image.info.get("xmp"))
    facts.add_exif(_bytes(image.info.get("exif")))
    if name == "TIFF":
        _add_tiff_exif(facts, file.window)
    facts.width, facts.height = image.size
    turned = facts.camera.get("orientation") if name == "TIFF" else None
    if name == "HEIC":
        # pillow-heif turns the image, and says here how it stood.
        turned = _number(image.info.get("original_orientation"))
        if turned is not None:
            facts.camera["orientation"] = turned
    if isinstance(turned, int) and turned in _ON_ITS_SIDE:
        facts.width, facts.height = facts.height, facts.width
    facts.frame_count = 1 if image.format == "MPO" else _frames(image)
    return facts


def _frames(image: "ImageFile.ImageFile") -> int | None:
    try:
        return int(getattr(image, "n_frames", 1))
    except _PILLOW_ERRORS:
        return None


def _add_tiff_exif(facts: Facts, window: Window) -> None:
    tiff = open_tiff(window.read)
    first = tiff.directory(tiff.first, CAMERA_TAGS) if tiff else None
    if tiff is not None and first is not None:
        facts.camera = camera_fields(tiff, first.entries)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS


def _heif_is_registered() -> bool:
    try:
        import pillow_heif  # noqa: PLC0415 - an extra, needed for HEIC alone
    except ImportError:
        return False
    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType] - it has no types
    return True
