"""GIF: Graphics Interchange Format, version 89a; XMP Specification, part 3, section 1.1.2."""

import struct

from imgmeta.formats.facts import Facts
from imgmeta.formats.window import DamagedError, Window

__all__ = ["read_gif"]

_MAX_WALK = 4 * 1024 * 1024
_MAX_BLOCKS = 100_000
_MAX_PACKET = 128 * 1024
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF


class _Walk:
    """One walk over the blocks of a file, as far as its budget goes."""

    def __init__(self, window: Window, facts: Facts) -> None:
        self._window = window
        self._facts = facts
        self._blocks = 0

    def frames(self, offset: int) -> int | None:
        """Return how many images there are; None if the end was not reached."""
        count = 0
        while offset < _MAX_WALK:
            kind = self._window.read(offset, 2)
            if not kind or kind[0] == _TRAILER:
                return count if kind else None
            if kind[0] == _IMAGE:
                head = self._window.exactly(offset, 10)
                count += 1
                table = 3 << ((head[9] & 7) + 1) if head[9] & 0x80 else 0
                after = self._after_data(offset + 11 + table)
            elif kind[0] == _EXTENSION and len(kind) == 2:
                self._extension(kind[1], offset + 2)
                after = self._after_data(offset + 2)
            else:
                return count or None
            if after is None:
                return None
            offset = after
        return None

    def _after_data(self, offset: int) -> int | None:
        while self._blocks < _MAX_BLOCKS and offset < _MAX_WALK:
            self._blocks += 1
            length = self._window.exactly(offset, 1)[0]
            offset += 1 + length
            if not length:
                return offset
        return None

    def _extension(self, label: int, offset: int) -> None:
        if label == _GRAPHIC_CONTROL:
            control = self._window.read(offset, 2)
            if len(control) == 2 and control[1] & 1:
                self._facts.has_alpha = True
        elif (
            label == _APPLICATION
            and self._window.read(offset, 12) == b"\x0bXMP DataXMP"
            and not self._facts.xmp
        ):
            # The packet is no chain of blocks; a trailer of 258 bytes makes it look like one.
            packet = self._window.read(offset + 12, _MAX_PACKET)
            self._facts.xmp = packet.partition(b"\x01\xff\xfe")[0]


def read_gif(window: Window, facts: Facts) -> None:
    """Fill in `facts`; frames are counted only where the whole file fits the walk's budget.

    Raises:
        DamagedError: the file ends before its end.
        TransientError: from the source.
    """
    header = window.read(0, 13)
    if len(header) < 13:
        msg = "without a screen size"
        raise DamagedError(msg)
    facts.width, facts.height, flags = struct.unpack_from("<HHB", header, 6)
    facts.color_mode = "P"
    facts.bit_depth = 8
    facts.has_alpha = False
    table = 3 << ((flags & 7) + 1) if flags & 0x80 else 0
    facts.frame_count = _Walk(window, facts).frames(13 + table)
