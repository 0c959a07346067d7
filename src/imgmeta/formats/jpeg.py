"""JPEG: ISO/IEC 10918-1, annex B; JFIF; EXIF 2.32, section 4.7; ICC.1:2022, annex B.4.

And what cameras wrote before EXIF: Canon's CIFF in APP0, text in APP12; IPTC data in APP13.
"""

import re
import struct

from imgmeta.formats.facts import Facts
from imgmeta.formats.legacy.app12 import read_picture_info
from imgmeta.formats.legacy.ciff import read_ciff
from imgmeta.formats.metadata.iptc import read_iptc
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.window import DamagedError, Window

__all__ = ["read_jpeg"]

_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_APP0, _APP1, _APP2, _APP12, _APP13 = 0xE0, 0xE1, 0xE2, 0xEC, 0xED
_EXIF = b"exif\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_ICC = b"ICC_PROFILE\0"
_CIFF = b"HEAPJPGM"
_DUCKY = b"Ducky"
_JFIF_LENGTH = 14
_MAX_SEGMENTS = 4096
_MAX_EXIF = 1024 * 1024
_MAX_GARBAGE = 1024 * 1024
_MAX_PROFILE = 1024 * 1024
_PIECE = 4096
_MARKER = re.compile(rb"\xff[^\x00\xff]")


class _Walk:
    """One walk over the segments of a file, from its start to its first scan."""

    def __init__(self, window: Window, facts: Facts) -> None:
        self._window = window
        self._facts = facts
        self._profile: dict[int, bytes] = {}
        self._profile_size = 0
        self._garbage = 0
        self._exif_open = b""

    def run(self) -> None:
        offset = 2
        for _ in range(_MAX_SEGMENTS):
            head = self._window.read(offset, 4)
            if len(head) < 2:
                return
            marker = head[1]
            if head[0] != 0xFF or marker in {0x00, 0xFF}:
                offset = self._next_marker(offset)
            elif marker in _STANDALONE:
                offset += 2
            elif marker in {_START_OF_SCAN, _END_OF_IMAGE}:
                return
            else:
                length = int.from_bytes(head[2:4], "big")
                if length < 2 or len(head) < 4:
                    offset += 2
                else:
                    self._segment(marker, offset + 4, length - 2)
                    offset += 2 + length

    def _next_marker(self, offset: int) -> int:
        """Return where the next marker may be; fill bytes and garbage stand before it."""
        while self._garbage < _MAX_GARBAGE:
            piece = self._window.read(offset, _PIECE)
            match = _MARKER.search(piece)
            if match is not None:
                self._garbage += match.start()
                return offset + match.start()
            if len(piece) < _PIECE:
                return offset + len(piece)
            self._garbage += _PIECE - 1
            offset += _PIECE - 1
        msg = "without a frame header"
        raise DamagedError(msg)

    def _segment(self, marker: int, offset: int, length: int) -> None:
        if marker in _START_OF_FRAME:
            if not self._facts.has_size and length >= 6:
                self._frame(self._window.read(offset, min(length, 18)))
        elif marker == _APP1:
            self._app1(offset, length)
        elif marker == _APP2 and self._window.read(offset, min(length, 12)) == _ICC:
            self._profile_part(self._window.read(offset + 12, length - 12))
        elif marker == _APP0 and length > _JFIF_LENGTH:
            self._app0(offset, length)
        elif marker == _APP12:
            self._app12(offset, length)
        elif marker == _APP13 and not self._facts.iptc:
            self._facts.iptc = read_iptc(self._window.read(offset, length))

    def _frame(self, frame: bytes) -> None:
        facts = self._facts
        if len(frame) < 6:
            return
        facts.bit_depth, facts.height, facts.width, count = struct.unpack_from(">BHHB", frame)
        facts.color_mode = {1: "L", 3: "RGB", 4: "CMYK"}.get(count)
        facts.has_alpha = False
        facts.frame_count = 1

    def _app1(self, offset: int, length: int) -> None:
        start = self._window.read(offset, min(length, 35))
        exif = start[:9].lower().find(_EXIF)
        if exif >= 0:
            block = self._window.read(offset, length)[exif + 6 :]
            if block[:2] not in {b"II", b"MM"} and 0 < len(self._exif_open) < _MAX_EXIF:
                # A block of more than 64 KiB goes on in the next segment.
                block = self._exif_open + block
            self._exif_open = block
            self._facts.add_exif(block)
            return
        xmp = start.find(_XMP[:-1])
        if xmp >= 0 and not self._facts.xmp:
            packet = self._window.read(offset, min(length, MAX_PACKET))
            self._facts.xmp = packet[xmp + len(_XMP) :]

    def _app0(self, offset: int, length: int) -> None:
        if not self._facts.ciff and self._window.read(offset + 6, 8) == _CIFF:
            self._facts.ciff = read_ciff(self._window.read(offset, length))

    def _app12(self, offset: int, length: int) -> None:
        # Photoshop's segment of the same number holds no text.
        if not self._facts.picture_info and self._window.read(offset, 5) != _DUCKY:
            self._facts.picture_info = read_picture_info(self._window.read(offset, length))

    def _profile_part(self, part: bytes) -> None:
        self._profile_size += len(part)
        if len(part) > 2 and self._profile_size <= _MAX_PROFILE:
            self._profile.setdefault(part[0], part[2:])
            self._facts.icc_profile = b"".join(
                self._profile[number] for number in sorted(self._profile)
            )


def read_jpeg(window: Window, facts: Facts) -> None:
    """Fill in `facts` from the segments before the first scan.

    Garbage between segments is passed over. A file that ends early says what it says up to there.

    Raises:
        DamagedError: there is no frame header where one must be.
        TransientError: from the source.
    """
    _Walk(window, facts).run()
    if not facts.has_size:
        msg = "without a frame header"
        raise DamagedError(msg)
