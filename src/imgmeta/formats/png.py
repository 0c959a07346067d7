"""PNG: ISO/IEC 15948:2003; the extensions for EXIF (eXIf) and animation (acTL), third edition."""

import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

from imgmeta.formats.facts import Facts
from imgmeta.formats.metadata.iptc import read_iptc
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.window import DamagedError, Window

__all__ = ["read_png"]

_COLOR_MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_ALPHA_TYPES = frozenset({4, 6})
_MAX_PROFILE = 256 * 1024
_MAX_EXIF = 1024 * 1024
_MAX_TEXT = 2 * _MAX_EXIF + 1024
_MAX_CHUNKS = 4096
_MAX_JUMPS = 8
_LARGE = 256 * 1024
_TAIL = 32 * 1024
_MAX_TAKEN = 4
_MAX_CANDIDATES = 64
_METADATA = (b"eXIf", b"iTXt", b"zTXt", b"tEXt")
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_XMP_KEYWORD = b"XML:com.adobe.xmp"
_XMP_PROFILE = b"Raw profile type xmp"
_IPTC_PROFILE = b"Raw profile type iptc"
_RAW_PROFILES = frozenset(
    {b"Raw profile type exif", b"Raw profile type APP1", _XMP_PROFILE, _IPTC_PROFILE}
)
_KEYWORDS = _RAW_PROFILES | {_XMP_KEYWORD}
_APP1_XMP = b"http://ns.adobe.com/xap/1.0/\0"


class _Chunk(NamedTuple):
    """A chunk: its name, and where its data are."""

    name: bytes
    start: int
    length: int

    @property
    def following(self) -> int:
        return self.start + self.length + 4


def read_png(window: Window, facts: Facts) -> None:
    """Fill in `facts` from the chunks around the pixels, which are passed over by their length.

    Raises:
        DamagedError: the file does not begin with its size.
        TransientError: from the source.
    """
    start = 8
    if window.read(start, 8)[4:] == b"CgBI":
        # Xcode puts a chunk of its own first, of four bytes.
        start += 16
    header = window.read(start, 25)
    if len(header) < 21 or header[4:8] != b"IHDR":
        msg = "without an image header"
        raise DamagedError(msg)
    facts.width, facts.height, facts.bit_depth, kind = struct.unpack_from(">IIBB", header, 8)
    facts.color_mode = _COLOR_MODES.get(kind)
    facts.has_alpha = kind in _ALPHA_TYPES
    facts.frame_count = 1
    walk = _Walk(window, facts)
    pixels = walk.before_pixels(start + 25)
    if pixels is not None:
        walk.after_pixels(pixels)


class _Walk:
    """One walk over the chunks of a file."""

    def __init__(self, window: Window, facts: Facts) -> None:
        self._window = window
        self._facts = facts
        self._taken: dict[bytes, int] = {}

    def before_pixels(self, offset: int) -> int | None:
        """Take the chunks from `offset`; return where the pixels begin, if they do."""
        for _ in range(_MAX_CHUNKS):
            chunk = self._chunk_at(offset)
            if chunk is None or chunk.name == b"IEND":
                return None
            if chunk.name == b"IDAT":
                return offset
            self._take(chunk)
            offset = chunk.following
        return None

    def after_pixels(self, offset: int) -> None:
        """Take the chunks behind the pixels, at the price of a few requests.

        Pixels in few large chunks are jumped over. Where they are many, the chunks that the file
        ends with are found from its end.
        """
        last_request = self._window.requests + _MAX_JUMPS
        for _ in range(_MAX_CHUNKS):
            chunk = self._chunk_at(offset)
            if chunk is None or chunk.name == b"IEND":
                return
            if chunk.name != b"IDAT":
                self._take(chunk)
            offset = chunk.following
            if not self._window.holds(offset, 8) and (
                chunk.length < _LARGE or self._window.requests >= last_request
            ):
                break
        self._at_end()

    def _at_end(self) -> None:
        base = max(0, self._window.size - _TAIL)
        tail = self._window.read(base, _TAIL)
        chains = [_closing_chain(tail, name) for name in _METADATA]
        for chunk in max(chains, key=len):
            self._take(chunk._replace(start=base + chunk.start))

    def _chunk_at(self, offset: int) -> _Chunk | None:
        head = self._window.read(offset, 8)
        if len(head) < 8:
            return None
        length, name = struct.unpack(">I4s", head)
        return _Chunk(name, offset + 8, length) if name.isalpha() else None

    def _take(self, chunk: _Chunk) -> None:
        take = _TAKERS.get(chunk.name)
        if take is None or self._taken.get(chunk.name, 0) >= _MAX_TAKEN:
            return
        if chunk.name in _TEXTS:
            start = self._window.read(chunk.start, min(chunk.length, 80))
            if start.partition(b"\0")[0] not in _KEYWORDS:
                return
        self._taken[chunk.name] = self._taken.get(chunk.name, 0) + 1
        take(self._facts, self._window.read(chunk.start, min(chunk.length, MAX_PACKET)))


def _closing_chain(tail: bytes, name: bytes) -> list[_Chunk]:
    """Return the chunks from one of this name on, if their chain closes where the file does."""
    at = tail.find(name, 4)
    for _ in range(_MAX_CANDIDATES):
        chain: list[_Chunk] = []
        offset = at - 4
        while offset >= 0 and offset + 12 <= len(tail):
            length, kind = struct.unpack_from(">I4s", tail, offset)
            if kind == b"IEND":
                return chain
            chain.append(_Chunk(kind, offset + 8, length))
            offset += length + 12
        if at < 0:
            break
        at = tail.find(name, at + 1)
    return []


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
    _add_text(facts, keyword, text)


def _take_compressed_text(facts: Facts, data: bytes) -> None:
    keyword, _, rest = data.partition(b"\0")
    _add_text(facts, keyword, _inflated(rest[1:], _MAX_TEXT))


def _take_international_text(facts: Facts, data: bytes) -> None:
    keyword, _, rest = data.partition(b"\0")
    compressed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    _add_text(facts, keyword, _inflated(text, _MAX_TEXT) if compressed else text)


def _add_text(facts: Facts, keyword: bytes, text: bytes) -> None:
    """Take metadata that are written as text, whichever kind of chunk it stands in."""
    profile = _raw_profile(text) if keyword in _RAW_PROFILES else b""
    if keyword == _IPTC_PROFILE:
        facts.iptc = facts.iptc or read_iptc(profile)
        return
    if keyword == _XMP_KEYWORD:
        packet = text
    elif keyword == _XMP_PROFILE:
        packet = profile
    elif profile.startswith(_APP1_XMP):
        packet = profile[len(_APP1_XMP) :]
    else:
        facts.add_exif(profile)
        return
    facts.xmp = facts.xmp or packet[:MAX_PACKET]


def _raw_profile(text: bytes) -> bytes:
    """Return the bytes in a text as ImageMagick writes it: a name, a length, and hexadecimal."""
    lines = text.strip().split(b"\n", 2)
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
