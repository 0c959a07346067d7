"""The chunks after the pixels of a PNG, without reading the pixels.

A PNG has no index: its chunks can be followed only one by one (ISO/IEC 15948, section 5.3). In a
bucket, one block is read from the end instead, and the chunks are located in it.
"""

import re
import struct
from typing import NamedTuple

from imgmeta.core.objects import FIRST_BLOCK, LAST_BLOCK
from imgmeta.formats.window import Window

__all__ = ["Chunk", "chunks_after_pixels"]

_PIXELS = frozenset({b"IDAT", b"fdAT", b"fcTL"})
_NAMES = re.compile(rb"IDAT|fdAT|eXIf|[iz]TXt|tEXt")
_MAX_CHUNKS = 16_384
_MAX_REST = 512 * 1024
_MAX_REST_OF_CHUNK = 1024 * 1024
_MAX_TAIL = 256 * 1024
_MIN_TAIL = 32 * 1024
_HEAD = struct.Struct(">I4s")


class Chunk(NamedTuple):
    """A chunk's name, and the offset and length of its data."""

    name: bytes
    start: int
    length: int

    @property
    def end(self) -> int:
        """The offset after the chunk's checksum."""
        return self.start + self.length + 4


def chunks_after_pixels(
    window: Window, offset: int, *, is_expected: bool
) -> tuple[list[Chunk], bool]:
    """Return the chunks other than pixels from `offset`, and whether these are all.

    Args:
        window: the file.
        offset: the offset of the first pixel chunk.
        is_expected: whether the file has no metadata before the pixels, so that more than the
            last few bytes may be read.

    Raises:
        DamagedError: the window's budget is spent.
        TransientError: from the source.
    """
    return _Search(window, is_expected=is_expected).run(offset)


class _Search:
    def __init__(self, window: Window, *, is_expected: bool) -> None:
        self._window = window
        self._is_expected = is_expected
        self._found: list[Chunk] = []
        self._longest = 0

    def run(self, offset: int) -> tuple[list[Chunk], bool]:
        end = self._follow(offset, only_cached=True)
        if end is None:
            return self._found, True
        is_complete = self._search_tail(end)
        if not is_complete and self._window.is_local:
            self._found.clear()
            is_complete = self._follow(offset, only_cached=False) is None
        return self._found, is_complete

    def _follow(self, offset: int, *, only_cached: bool) -> int | None:
        """Collect chunks from `offset`; return the offset where that is too expensive, or None."""
        for _ in range(_MAX_CHUNKS):
            if self._window.size - offset < _HEAD.size:
                return None
            if only_cached and not self._window.is_cached(offset, _HEAD.size):
                return offset
            head = self._window.read_if_cheap(offset, _HEAD.size)
            if head is None:
                return offset
            length, name = _HEAD.unpack(head)
            if name == b"IEND" or not name.isalpha():
                return None
            if name not in _PIXELS:
                self._found.append(Chunk(name, offset + 8, length))
            elif name == b"IDAT":
                self._longest = max(self._longest, length)
            offset += length + 12
        return offset

    def _search_tail(self, offset: int) -> bool:
        """Collect the chunks in a block from the end; return whether these are all.

        Args:
            offset: the offset of a chunk before that block.
        """
        window = self._window
        # A chunk that begins in the first block is read on in the same request.
        is_split = offset > FIRST_BLOCK and any(chunk.end == offset for chunk in self._found)
        rest = window.size - (FIRST_BLOCK if is_split else offset)
        length = _MAX_TAIL if self._is_expected else min(_MIN_TAIL + self._longest, _MAX_TAIL)
        if is_split:
            is_rest = rest <= _MAX_REST_OF_CHUNK
        else:
            is_rest = rest <= (_MAX_REST if self._is_expected else length)
        # At least as much as the check for completeness needs, which may not make a third request.
        length = min(max(rest if is_rest else length, LAST_BLOCK), window.size)
        base = window.size - length
        tail = window.read_if_cheap(base, length)
        if tail is None:
            return False
        if is_rest:
            return self._follow(offset, only_cached=True) is None
        chunks = _chunks_to_the_end(tail)
        self._found += [
            chunk._replace(start=base + chunk.start)
            for chunk in chunks
            if chunk.name not in _PIXELS
        ]
        if chunks and chunks[0].name in _PIXELS:
            return True
        first = base + (chunks[0].start - 8 if chunks else tail.rfind(b"\0\0\0\0IEND"))
        # Encoders write pixel chunks of equal length. If the first chunk in the block begins where
        # another one ends, nothing else is between them.
        stride = self._longest + 12
        return (first - offset) % stride == 0 and first - stride < base


def _chunks_to_the_end(tail: bytes) -> list[Chunk]:
    """Return the longest run of chunks up to `IEND`, which is not included."""
    visited = set[int]()
    for match in _NAMES.finditer(tail):
        chunks: list[Chunk] = []
        offset = match.start() - 4
        while 0 <= offset <= len(tail) - 12 and offset not in visited:
            visited.add(offset)
            length, name = _HEAD.unpack_from(tail, offset)
            if name == b"IEND":
                return chunks
            if not name.isalpha():
                break
            chunks.append(Chunk(name, offset + 8, length))
            offset += length + 12
    return []
