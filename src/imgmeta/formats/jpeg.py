"""JPEG: ISO/IEC 10918-1, annex B; JFIF; EXIF 2.32, section 4.7; ICC.1:2022, annex B.4.

Older metadata blocks: Canon's CIFF in APP0, text in APP12, IPTC data in APP13.
"""

import re
import struct

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import DamagedError, Window

__all__ = ["read_jpeg"]

_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_APP0, _APP1, _APP2, _APP12, _APP13 = 0xE0, 0xE1, 0xE2, 0xEC, 0xED
_SEGMENT = struct.Struct(">BBH")
"""A prefix of all ones, the marker, and the length of the segment without these two."""

_WANTED = _START_OF_FRAME | {_APP0, _APP1, _APP2, _APP12, _APP13}
_EXIF = b"exif\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_ICC = b"ICC_PROFILE\0"
_CIFF = b"HEAPJPGM"
_MULTI_PICTURE = b"MPF\0"
_PHOTOSHOP_DUCKY = b"Ducky"
_JFIF_LENGTH = 14
_MAX_SEGMENTS = 100_000
_MAX_METADATA_SEGMENTS = 16
_MAX_EXIF = 1024 * 1024
_MAX_GARBAGE = 1024 * 1024
_MAX_PROFILE = 1024 * 1024
_SEARCH_BLOCK = 4096
_MARKER = re.compile(rb"\xff[^\x00\xff]")


class _SegmentParser:
    """Parses the segments of a file from its start to its first scan."""

    def __init__(self, window: Window, header: ImageHeader) -> None:
        self._window = window
        self._header = header
        self._profile: dict[int, bytes] = {}
        self._profile_size = 0
        self._garbage = 0
        self._last_exif = b""
        self._parsed: dict[bytes, int] = {}

    def run(self) -> None:
        try:
            self._parse_segments()
        finally:
            if self._profile:
                parts = [self._profile[number] for number in sorted(self._profile)]
                self._header.icc_profile = b"".join(parts)

    def _parse_segments(self) -> None:
        block = self._window.head
        offset, last = 2, len(block) - _SEGMENT.size
        for _ in range(_MAX_SEGMENTS):
            if offset <= last:
                prefix, marker, length = _SEGMENT.unpack_from(block, offset)
            else:
                head = self._window.read(offset, _SEGMENT.size)
                if len(head) < 2:
                    return
                prefix, marker = head[:2]
                length = int.from_bytes(head[2:], "big") if len(head) == _SEGMENT.size else 0
            if prefix != 0xFF or marker in {0x00, 0xFF}:
                offset = self._find_marker(offset)
            elif marker in _STANDALONE:
                offset += 2
            elif marker in {_START_OF_SCAN, _END_OF_IMAGE}:
                if marker == _START_OF_SCAN:
                    self._header.scan_offset = offset
                return
            else:
                if length >= 2 and marker in _WANTED:
                    self._parse_segment(marker, offset + 4, length - 2)
                offset += 2 + (length if length >= 2 else 0)
        self._header.partial_metadata = True

    def _find_marker(self, offset: int) -> int:
        """Return the offset of the next marker after fill bytes or garbage."""
        while self._garbage < _MAX_GARBAGE:
            block = self._window.read(offset, _SEARCH_BLOCK)
            match = _MARKER.search(block)
            if match is not None:
                self._garbage += match.start()
                return offset + match.start()
            if len(block) < _SEARCH_BLOCK:
                return offset + len(block)
            self._garbage += _SEARCH_BLOCK - 1
            offset += _SEARCH_BLOCK - 1
        self._header.partial_metadata = True
        msg = "without a frame header"
        raise DamagedError(msg)

    def _parse_segment(self, marker: int, offset: int, length: int) -> None:
        if marker == _APP1:
            self._parse_app1(offset, length)
        elif marker in _START_OF_FRAME:
            if not self._header.has_size and length >= 6:
                self._parse_frame(self._window.read(offset, min(length, 18)))
        elif marker == _APP2:
            self._parse_app2(offset, length)
        elif marker == _APP0 and length > _JFIF_LENGTH:
            self._parse_app0(offset, length)
        elif marker == _APP12:
            self._parse_app12(offset, length)
        elif marker == _APP13 and not self._header.iptc and self._may_parse(b"IPTC"):
            self._parse_app13(offset, length)

    def _may_parse(self, kind: bytes) -> bool:
        """Return whether another segment of this kind may be parsed, and count it."""
        self._parsed[kind] = count = self._parsed.get(kind, 0) + 1
        if count > _MAX_METADATA_SEGMENTS:
            self._header.partial_metadata = True
            return False
        return True

    def _parse_frame(self, frame: bytes) -> None:
        header = self._header
        if len(frame) < 6:
            return
        header.bit_depth, header.height, header.width, count = struct.unpack_from(">BHHB", frame)
        header.color_mode = {1: "L", 3: "RGB", 4: "CMYK"}.get(count)
        header.has_alpha = False
        header.frame_count = 1

    def _parse_app1(self, offset: int, length: int) -> None:
        start = self._window.read(offset, min(length, 35))
        exif = start[:9].lower().find(_EXIF)
        if exif >= 0:
            if not self._may_parse(_EXIF):
                return
            skipped = exif + len(_EXIF) + 1
            block = self._window.read(offset + skipped, max(0, length - skipped))
            if block[:2] not in {b"II", b"MM"} and 0 < len(self._last_exif) < _MAX_EXIF:
                # A block longer than 64 KiB continues in the next segment.
                block = self._last_exif + block
            self._last_exif = block
            self._header.add_exif(block)
            return
        xmp = start.find(_XMP[:-1])
        if xmp >= 0 and not self._header.xmp:
            self._header.xmp = self._window.read(offset, length)[xmp + len(_XMP) :]
        elif start == _EXTENDED_XMP:
            self._parse_extended_xmp(offset, length)

    # The parsers of blocks that most files do not have are imported when they are first used.

    def _parse_extended_xmp(self, offset: int, length: int) -> None:
        from imgmeta.formats.metadata.xmp import has_properties  # noqa: PLC0415 - as above

        if has_properties(self._window.read(offset, length)):
            # The rest of a packet that exceeds one segment, which is not read.
            self._header.partial_metadata = True

    def _parse_app2(self, offset: int, length: int) -> None:
        start = self._window.read(offset, min(length, 12))
        if start == _ICC:
            self._add_profile_part(self._window.read(offset + 12, length - 12))
        elif start.startswith(_MULTI_PICTURE) and self._header.multi_picture is None:
            self._header.multi_picture = offset + 4, length - 4

    def _parse_app0(self, offset: int, length: int) -> None:
        if (
            not self._header.ciff
            and self._window.read(offset + 6, 8) == _CIFF
            and self._may_parse(_CIFF)
        ):
            from imgmeta.formats.legacy.ciff import read_ciff  # noqa: PLC0415 - as above

            self._header.ciff = read_ciff(self._window.read(offset, length))

    def _parse_app12(self, offset: int, length: int) -> None:
        # Photoshop writes binary data into APP12.
        if (
            not self._header.app12
            and self._window.read(offset, 5) != _PHOTOSHOP_DUCKY
            and self._may_parse(b"APP12")
        ):
            from imgmeta.formats.legacy.app12 import read_app12  # noqa: PLC0415 - as above

            self._header.app12 = read_app12(self._window.read(offset, length))

    def _parse_app13(self, offset: int, length: int) -> None:
        from imgmeta.formats.metadata.iptc import read_iptc  # noqa: PLC0415 - as above

        self._header.iptc = read_iptc(self._window.read(offset, length))

    def _add_profile_part(self, part: bytes) -> None:
        self._profile_size += len(part)
        if len(part) > 2 and self._profile_size <= _MAX_PROFILE:
            self._profile.setdefault(part[0], part[2:])


def read_jpeg(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the segments before the first scan.

    Garbage between segments is skipped. In a truncated file, the available segments are used.

    Raises:
        DamagedError: there is no valid frame header.
        TransientError: from the source.
    """
    _SegmentParser(window, header).run()
    if not header.has_size:
        msg = "without a frame header"
        raise DamagedError(msg)
