"""GIF: Graphics Interchange Format, version 89a.

Metadata: XMP Specification, part 3, section 1.1.2; ICC profiles as in ICC.1:2001, annex B.5.
"""

import struct

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window

__all__ = ["read_gif"]

_MAX_PARSED = 4 * 1024 * 1024
_MAX_BLOCKS = 100_000
_MAX_PACKET = 128 * 1024
_MAX_PROFILE = 256 * 1024
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_XMP, _ICC = b"\x0bXMP DataXMP", b"\x0bICCRGBG1012"


class _BlockParser:
    """Parses the blocks of a file up to a limit of bytes and of data sub-blocks."""

    def __init__(self, window: Window, header: ImageHeader) -> None:
        self._window = window
        self._header = header
        self._blocks = 0
        self._parsed: set[bytes] = set()

    def count_frames(self, offset: int) -> int | None:
        """Return the number of images; None if the file's trailer was not reached."""
        count = 0
        while offset < _MAX_PARSED:
            kind = self._window.read(offset, 2)
            if not kind or kind[0] == _TRAILER:
                self._header.ended = bool(kind)
                return count if kind else None
            if kind[0] == _IMAGE:
                descriptor = self._window.read_exact(offset, 10)
                count += 1
                if not self._header.has_size:
                    # Other readers also use the first frame's size if the screen has none.
                    self._header.width, self._header.height = struct.unpack_from(
                        "<HH", descriptor, 5
                    )
                table = 3 << ((descriptor[9] & 7) + 1) if descriptor[9] & 0x80 else 0
                after = self._skip_data(offset + 11 + table)
            elif kind[0] == _EXTENSION and len(kind) == 2:
                self._parse_extension(kind[1], offset + 2)
                after = self._skip_data(offset + 2)
            elif kind[0] == 0 and self._blocks < _MAX_BLOCKS:
                # Some writers pad blocks with zeros.
                self._blocks += 1
                after = offset + 1
            else:
                return None
            if after is None:
                return None
            offset = after
        return None

    def _skip_data(self, offset: int) -> int | None:
        while self._blocks < _MAX_BLOCKS and offset < _MAX_PARSED:
            self._blocks += 1
            length = self._window.read_exact(offset, 1)[0]
            offset += 1 + length
            if not length:
                return offset
        return None

    def _parse_extension(self, label: int, offset: int) -> None:
        if label == _GRAPHIC_CONTROL:
            control = self._window.read(offset, 2)
            if len(control) == 2 and control[1] & 1:
                self._header.has_alpha = True
        elif label == _APPLICATION:
            name = self._window.read(offset, 12)
            if name in {_XMP, _ICC} and name not in self._parsed:
                self._parsed.add(name)
                self._parse_metadata(name, offset + 12)

    def _parse_metadata(self, name: bytes, offset: int) -> None:
        if name == _ICC:
            self._header.icc_profile = self._read_data(offset, _MAX_PROFILE)
        else:
            # The packet is not split into sub-blocks: a trailer of 258 bytes ends it.
            packet = self._window.read(offset, _MAX_PACKET)
            self._header.xmp, end, _ = packet.partition(b"\x01\xff\xfe")
            self._header.partial_metadata = not end and len(packet) == _MAX_PACKET

    def _read_data(self, offset: int, limit: int) -> bytes:
        """Return the joined content of the sub-blocks from `offset`, up to about `limit` bytes."""
        data = bytearray()
        while self._blocks < _MAX_BLOCKS and len(data) < limit:
            self._blocks += 1
            size = self._window.read_exact(offset, 1)[0]
            if not size:
                break
            data += self._window.read(offset + 1, size)
            offset += 1 + size
        return bytes(data)


def read_gif(window: Window, header: ImageHeader) -> None:
    """Fill in `header`, but not the frame count of a file longer than 4 MiB.

    Raises:
        DamagedError: the file is truncated.
        TransientError: from the source.
    """
    screen = window.read(0, 13)
    if len(screen) < 13:
        return
    header.width, header.height, flags = struct.unpack_from("<HHB", screen, 6)
    header.color_mode = "P"
    header.bit_depth = 8
    header.has_alpha = False
    table = 3 << ((flags & 7) + 1) if flags & 0x80 else 0
    header.frame_count = _BlockParser(window, header).count_frames(13 + table)
    if header.ended is None and not window.truncated and not header.xmp:
        # XMP is mostly at the end.
        header.partial_metadata = True
