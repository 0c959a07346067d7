"""PNG: ISO/IEC 15948:2003; the extensions for EXIF (eXIf) and animation (acTL), third edition."""

import struct
import zlib
from collections.abc import Callable

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.metadata.fields import CameraFields, capture_time
from imgmeta.formats.metadata.iptc import read_iptc
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.png_tail import Chunk, chunks_after_pixels
from imgmeta.formats.raw_profile import decode_raw_profile
from imgmeta.formats.window import DamagedError, Window

__all__ = ["read_png"]

_COLOR_MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_ALPHA_TYPES = frozenset({4, 6})
_MAX_PROFILE = 256 * 1024
_MAX_EXIF = 1024 * 1024
_MAX_TEXT = 2 * _MAX_EXIF + 1024
_MAX_DATE = 256
_MIN_FRAME = 54
_MAX_CHUNKS_BEFORE_PIXELS = 100_000
_MAX_CHUNKS_OF_TYPE = 5
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_METADATA = _TEXTS | {b"eXIf"}
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_XMP_PROFILE = b"Raw profile type xmp"
_IPTC_PROFILES = frozenset({b"Raw profile type iptc", b"Raw profile type 8bim"})
_RAW_PROFILES = _IPTC_PROFILES | {
    *(b"Raw profile type exif", b"Raw profile type APP1", _XMP_PROFILE),
}
_CREATION_TIME = b"Creation Time"
_KEYWORDS = _RAW_PROFILES | {_XMP_KEYWORD, _CREATION_TIME}
_APP1_XMP = b"http://ns.adobe.com/xap/1.0/\0"


def read_png(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the chunks before and after the pixels.

    Raises:
        DamagedError: the file does not begin with an image header.
        TransientError: from the source.
    """
    start = 8
    if window.read(start, 8)[4:] == b"CgBI":
        # Xcode puts a chunk of four bytes before the image header.
        start += 16
    ihdr = window.read(start, 25)
    if len(ihdr) < 21 or ihdr[4:8] != b"IHDR":
        msg = "without an image header"
        raise DamagedError(msg)
    header.width, header.height, header.bit_depth, kind = struct.unpack_from(">IIBB", ihdr, 8)
    header.color_mode = _COLOR_MODES.get(kind)
    header.has_alpha = kind in _ALPHA_TYPES
    header.frame_count = 1
    parser = _ChunkParser(window, header)
    pixels = parser.parse_before_pixels(start + 25)
    if pixels is not None:
        parser.parse_after_pixels(pixels)
    elif header.frame_count == 1:
        # Unknown: the chunk that makes the file an animation may be missing.
        header.frame_count = 0
    # A frame takes at least an fcTL chunk and an empty fdAT chunk.
    if header.frame_count > max(1, window.size // _MIN_FRAME):
        header.frame_count = None


class _ChunkParser:
    """Parses the chunks of a file and skips its pixels."""

    def __init__(self, window: Window, header: ImageHeader) -> None:
        self._window = window
        self._header = header
        self._parsed: dict[bytes, int] = {}

    def parse_before_pixels(self, offset: int) -> int | None:
        """Parse the chunks from `offset`; return the offset of the pixels, or None."""
        for _ in range(_MAX_CHUNKS_BEFORE_PIXELS):
            chunk = self._chunk_at(offset)
            if chunk is None or chunk.name == b"IEND":
                return None
            if chunk.name == b"IDAT":
                return offset
            self._parse(chunk)
            offset = chunk.end
        self._header.partial_metadata = True
        return None

    def parse_after_pixels(self, offset: int) -> None:
        """Parse the chunks after the pixels, whose first chunk is at `offset`."""
        has_metadata = bool(self._header.exif_block_count or self._header.xmp)
        chunks, are_all = chunks_after_pixels(self._window, offset, is_expected=not has_metadata)
        for chunk in chunks:
            self._parse(chunk)
        if not are_all:
            self._header.partial_metadata = True

    def _chunk_at(self, offset: int) -> Chunk | None:
        head = self._window.read(offset, 8)
        if len(head) < 8:
            return None
        length, name = struct.unpack(">I4s", head)
        return Chunk(name, offset + 8, length) if name.isalpha() else None

    def _parse(self, chunk: Chunk) -> None:
        parse = _PARSERS.get(chunk.name)
        if parse is None:
            return
        if chunk.name in _TEXTS:
            start = self._window.read(chunk.start, min(chunk.length, 80))
            if start.partition(b"\0")[0] not in _KEYWORDS:
                return
        if chunk.name in _METADATA and chunk.length > MAX_PACKET:
            self._header.partial_metadata = True
        if self._parsed.get(chunk.name, 0) >= _MAX_CHUNKS_OF_TYPE:
            self._header.partial_metadata |= chunk.name in _METADATA
            return
        self._parsed[chunk.name] = self._parsed.get(chunk.name, 0) + 1
        parse(self._header, self._window.read(chunk.start, min(chunk.length, MAX_PACKET)))


def _parse_animation(header: ImageHeader, data: bytes) -> None:
    if len(data) >= 4:
        header.frame_count = int.from_bytes(data[:4], "big") or 1


def _parse_transparency(header: ImageHeader, data: bytes) -> None:
    header.has_alpha = header.has_alpha or bool(data)


def _parse_profile(header: ImageHeader, data: bytes) -> None:
    _, separator, rest = data.partition(b"\0")
    if separator and not header.icc_profile:
        header.icc_profile = _inflate(rest[1:], _MAX_PROFILE)


def _parse_text(header: ImageHeader, data: bytes) -> None:
    keyword, _, text = data.partition(b"\0")
    _add_text(header, keyword, text)


def _parse_compressed_text(header: ImageHeader, data: bytes) -> None:
    keyword, _, rest = data.partition(b"\0")
    _add_text(header, keyword, _inflate(rest[1:], _MAX_TEXT))


def _parse_international_text(header: ImageHeader, data: bytes) -> None:
    keyword, _, rest = data.partition(b"\0")
    compressed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    _add_text(header, keyword, _inflate(text, _MAX_TEXT) if compressed else text)


def _add_text(header: ImageHeader, keyword: bytes, text: bytes) -> None:
    """Parse a metadata block written as text, in any of the three text chunks."""
    if keyword == _CREATION_TIME:
        header.text_time = header.text_time or _creation_time(text)
        return
    profile = decode_raw_profile(text, _MAX_EXIF) if keyword in _RAW_PROFILES else b""
    if keyword in _IPTC_PROFILES:
        header.iptc = header.iptc or read_iptc(profile)
        return
    if keyword == _XMP_KEYWORD:
        packet = text
    elif keyword == _XMP_PROFILE:
        packet = profile
    elif profile.startswith(_APP1_XMP):
        packet = profile[len(_APP1_XMP) :]
    else:
        header.add_exif(profile)
        return
    header.xmp = header.xmp or packet[:MAX_PACKET]


def _creation_time(text: bytes) -> CameraFields:
    return capture_time(text[:_MAX_DATE].decode("latin-1"), "PNG:Creation Time")


def _inflate(data: bytes, limit: int) -> bytes:
    """Return at most `limit` decompressed bytes; empty if `data` is damaged."""
    try:
        return zlib.decompressobj().decompress(data, limit)
    except zlib.error:
        return b""


_PARSERS: dict[bytes, Callable[[ImageHeader, bytes], None]] = {
    b"eXIf": ImageHeader.add_exif,
    b"acTL": _parse_animation,
    b"tRNS": _parse_transparency,
    b"iCCP": _parse_profile,
    b"tEXt": _parse_text,
    b"zTXt": _parse_compressed_text,
    b"iTXt": _parse_international_text,
}
