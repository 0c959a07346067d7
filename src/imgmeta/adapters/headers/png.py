"""PNG: ISO/IEC 15948:2003; the extensions for EXIF (eXIf) and animation (acTL), third edition."""

import struct
import zlib
from collections.abc import Callable

from imgmeta.core.metadata import MAX_PACKET, DamagedError, Facts, Window

__all__ = ["read_png"]

_COLOR_MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_ALPHA_TYPES = frozenset({4, 6})
_MAX_PROFILE = 256 * 1024
_MAX_EXIF = 1024 * 1024
_MAX_CHUNKS = 4096
_MAX_JUMPS = 8
_TAIL = 32 * 1024
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_RAW_PROFILES = frozenset({b"Raw profile type exif", b"Raw profile type APP1"})


def read_png(window: Window, facts: Facts) -> None:
    """Fill in `facts` from the chunks around the pixels, which are passed over by their length.

    Raises:
        DamagedError: the file does not begin with its size.
        TransientError: from the source.
    """
    header = window.read(8, 25)
    if len(header) < 21 or header[4:8] != b"IHDR":
        msg = "without an image header"
        raise DamagedError(msg)
    facts.width, facts.height, facts.bit_depth, kind = struct.unpack_from(">IIBB", header, 8)
    facts.color_mode = _COLOR_MODES.get(kind)
    facts.has_alpha = kind in _ALPHA_TYPES
    facts.frame_count = 1
    offset = _chunks_before_pixels(window, facts, 33)
    if offset is not None:
        _chunks_after_pixels(window, facts, offset)


def _chunks_before_pixels(window: Window, facts: Facts, offset: int) -> int | None:
    for _ in range(_MAX_CHUNKS):
        chunk = _chunk_at(window, offset)
        if chunk is None or chunk[0] == b"IEND":
            return None
        if chunk[0] == b"IDAT":
            return offset
        _take(window, facts, *chunk)
        offset = chunk[1] + chunk[2] + 4
    return None


def _chunks_after_pixels(window: Window, facts: Facts, offset: int) -> None:
    """Look for metadata behind the pixels, at the price of a few requests.

    Pixels in few large chunks are jumped over. Where they are many, the chunks that the file ends
    with are found from its end: such a chain must close exactly where the file does.
    """
    first_request = window.requests
    for _ in range(_MAX_CHUNKS):
        if not window.holds(offset, 8) and window.requests - first_request >= _MAX_JUMPS:
            break
        chunk = _chunk_at(window, offset)
        if chunk is None or chunk[0] == b"IEND":
            return
        if chunk[0] != b"IDAT":
            _take(window, facts, *chunk)
        offset = chunk[1] + chunk[2] + 4
    _chunks_at_end(window, facts)


def _chunks_at_end(window: Window, facts: Facts) -> None:
    base = max(0, window.size - _TAIL)
    tail = window.read(base, _TAIL)
    found = [
        chain
        for name in (b"eXIf", b"iTXt", b"zTXt", b"tEXt")
        if (chain := _closing_chain(tail, name)) is not None
    ]
    for name, start, length in max(found, key=len, default=[]):
        _take(window, facts, name, base + start, length)


def _closing_chain(tail: bytes, name: bytes) -> list[tuple[bytes, int, int]] | None:
    at = tail.find(name, 4)
    for _ in range(64):
        if at < 0:
            return None
        chain: list[tuple[bytes, int, int]] = []
        offset = at - 4
        while offset + 12 <= len(tail):
            length, kind = struct.unpack_from(">I4s", tail, offset)
            if kind == b"IEND":
                return chain
            chain.append((kind, offset + 8, length))
            offset += length + 12
        at = tail.find(name, at + 1)
    return None


def _chunk_at(window: Window, offset: int) -> tuple[bytes, int, int] | None:
    head = window.read(offset, 8)
    if len(head) < 8:
        return None
    length, name = struct.unpack(">I4s", head)
    return (name, offset + 8, length) if name.isalpha() else None


def _take(window: Window, facts: Facts, name: bytes, start: int, length: int) -> None:
    take = _TAKERS.get(name)
    if take is not None:
        take(facts, window.read(start, min(length, MAX_PACKET)))


def _take_exif(facts: Facts, data: bytes) -> None:
    facts.add_exif(data)


def _take_animation(facts: Facts, data: bytes) -> None:
    if len(data) >= 4:
        facts.frame_count = int.from_bytes(data[:4], "big") or 1


def _take_transparency(facts: Facts, data: bytes) -> None:
    facts.has_alpha = facts.has_alpha or bool(data)


def _take_profile(facts: Facts, data: bytes) -> None:
    _, separator, rest = data.partition(b"\0")
    if separator and not facts.icc_profile:
        facts.icc_profile = _inflated(rest[1:], _MAX_PROFILE)


def _take_text(facts: Facts, data: bytes) -> None:
    keyword, _, text = data.partition(b"\0")
    if keyword in _RAW_PROFILES:
        facts.add_exif(_raw_profile(text))


def _take_compressed_text(facts: Facts, data: bytes) -> None:
    keyword, _, rest = data.partition(b"\0")
    if keyword in _RAW_PROFILES:
        facts.add_exif(_raw_profile(_inflated(rest[1:], 2 * _MAX_EXIF + 1024)))


def _take_international_text(facts: Facts, data: bytes) -> None:
    keyword, _, rest = data.partition(b"\0")
    if keyword != _XMP_KEYWORD or facts.xmp:
        return
    compressed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    facts.xmp = _inflated(text, MAX_PACKET) if compressed else text


def _raw_profile(text: bytes) -> bytes:
    """Return the bytes in a text as ImageMagick writes it: a name, a length, and hexadecimal."""
    lines = text.strip().split(None, 2)
    if len(lines) < 3:
        return b""
    digits = b"".join(lines[2].split())[: 2 * _MAX_EXIF]
    try:
        return bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    except ValueError:
        return b""


def _inflated(data: bytes, limit: int) -> bytes:
    """Return the beginning of what `data` inflates to; damaged or not, no more than `limit`."""
    try:
        return zlib.decompressobj().decompress(data, limit)
    except zlib.error:
        return b""


_TAKERS: dict[bytes, Callable[[Facts, bytes], None]] = {
    b"eXIf": _take_exif,
    b"acTL": _take_animation,
    b"tRNS": _take_transparency,
    b"iCCP": _take_profile,
    b"tEXt": _take_text,
    b"zTXt": _take_compressed_text,
    b"iTXt": _take_international_text,
}
