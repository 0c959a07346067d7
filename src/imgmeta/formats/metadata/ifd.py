"""TIFF image file directories, in TIFF files and in the EXIF blocks of all others.

TIFF 6.0, section 2; EXIF 2.32, section 4.6.2; BigTIFF as in the libtiff design note.
"""

import math
import struct
from collections.abc import Callable, Container
from typing import NamedTuple

__all__ = ["ByteReader", "Directory", "Entry", "Tiff", "open_tiff"]

ByteReader = Callable[[int, int], bytes]
"""`read(offset, length)`: the bytes there, fewer where the data end."""

_MAX_ENTRIES = 2048
_MAX_VALUES = 16
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I"}
_LONG_CODES = {16: "Q", 17: "q", 18: "Q"}
_CODES = _INTEGER_CODES | _LONG_CODES | {11: "f", 12: "d"}
_RATIONAL_CODES = {5: "II", 10: "ii"}
_TEXT_TYPES = frozenset({1, 2, 6, 7, 129})
_SIZES = {2: 1, 129: 1} | {
    kind: struct.calcsize("=" + code) for kind, code in (_CODES | _RATIONAL_CODES).items()
}


class Entry(NamedTuple):
    """One field of a directory: its type, how many values, and the value or where it is."""

    kind: int
    length: int
    value: bytes


class Directory(NamedTuple):
    """The wanted entries of one directory, and the offset of the next (0: there is none)."""

    entries: dict[int, Entry]
    following: int


class Tiff:
    """Directories read through `read`, in the byte order and size of one TIFF header."""

    __slots__ = ("_entry", "_head", "_inline", "_next", "_order", "_read", "first")

    def __init__(self, read: ByteReader, order: str, first: int, *, big: bool) -> None:
        """Take a reader, the byte order for `struct`, and the first directory's offset."""
        self._read = read
        self._order = order
        self._inline = 8 if big else 4
        self._head = struct.Struct(order + ("Q" if big else "H"))
        self._entry = struct.Struct(order + ("HHQ8s" if big else "HHI4s"))
        self._next = struct.Struct(order + ("Q" if big else "I"))
        self.first = first

    def directory(self, offset: int, wanted: Container[int]) -> Directory | None:
        """Return the directory at `offset` with only its wanted entries.

        A count that is too high, or a table that is cut short, gives the entries that are there.
        Of a tag that stands twice, the first counts. None: there is no directory at all.
        """
        head = self._head
        start = offset + head.size
        raw = self._read(offset, head.size)
        if offset <= 0 or len(raw) < head.size:
            return None
        (count,) = head.unpack(raw)
        size = self._entry.size
        table = self._read(start, min(count, _MAX_ENTRIES) * size)
        entries: dict[int, Entry] = {}
        for tag, kind, number, value in self._entry.iter_unpack(
            table[: len(table) - len(table) % size]
        ):
            if tag in wanted and number and tag not in entries and kind in _SIZES:
                entries[tag] = Entry(kind, number, value)
        return Directory(entries, self._following(start + count * size))

    def following(self, offset: int) -> int | None:
        """Return the offset of the directory after the one at `offset`; None: there is none here.

        Reads no entry. 0 means that it is the last.
        """
        raw = self._read(offset, self._head.size)
        if offset <= 0 or len(raw) < self._head.size:
            return None
        (count,) = self._head.unpack(raw)
        if not 0 < count <= _MAX_ENTRIES:
            return None
        return self._following(offset + self._head.size + count * self._entry.size)

    def _following(self, offset: int) -> int:
        if offset >= 1 << 62:
            return 0
        raw = self._read(offset, self._next.size)
        return int(self._next.unpack(raw)[0]) if len(raw) == self._next.size else 0

    def data(self, entry: Entry, limit: int) -> bytes:
        """Return the first bytes of a value, at most `limit` of them."""
        length = min(entry.length * _SIZES[entry.kind], limit)
        if entry.length * _SIZES[entry.kind] <= self._inline:
            return entry.value[:length]
        return self._read(self._next.unpack(entry.value)[0], length)

    def text(self, entry: Entry | None, limit: int = 1024) -> str | None:
        """Return a value as text, whichever of the byte types it is written in."""
        if entry is None or entry.kind not in _TEXT_TYPES:
            return None
        raw = self.data(entry, limit).partition(b"\0")[0]
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    def integers(self, entry: Entry | None) -> tuple[int, ...]:
        """Return the first values of an integer field; none of a field of another type."""
        if entry is None or not (entry.kind in _INTEGER_CODES or entry.kind in _LONG_CODES):
            return ()
        code, size = _CODES[entry.kind], _SIZES[entry.kind]
        raw = self.data(entry, _MAX_VALUES * size)
        return struct.unpack_from(f"{self._order}{len(raw) // size}{code}", raw)

    def offsets(self, entry: Entry | None) -> tuple[int, ...]:
        """Return where other directories are, if these values can be offsets."""
        if entry is None or entry.kind in {1, 6, 7}:
            return ()
        return tuple(value for value in self.integers(entry) if value > 0)

    def numbers(self, entry: Entry | None) -> tuple[float, ...]:
        """Return the first values of a numeric field; NaN for 0/0, infinity for others over 0."""
        if entry is None or entry.kind == 7:
            return ()
        pair = _RATIONAL_CODES.get(entry.kind)
        if pair is None:
            if entry.kind not in _CODES:
                return ()
            size = _SIZES[entry.kind]
            raw = self.data(entry, _MAX_VALUES * size)
            return struct.unpack_from(f"{self._order}{len(raw) // size}{_CODES[entry.kind]}", raw)
        raw = self.data(entry, _MAX_VALUES * 8)
        values = struct.unpack_from(f"{self._order}{len(raw) // 8 * 2}{pair[0]}", raw)
        return tuple(
            above / below if below else math.inf if above else math.nan
            for above, below in zip(values[::2], values[1::2], strict=True)
        )


def open_tiff(read: ByteReader) -> Tiff | None:
    """Return the TIFF whose header `read` finds at offset 0; None if there is none.

    The classic version number 42 is not insisted on: some cameras write their own.
    """
    head = read(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    version, first = struct.unpack_from(order + "HI", head, 2)
    if version != 43:
        return Tiff(read, order, first, big=False)
    if len(head) < 16:
        return None
    return Tiff(read, order, struct.unpack_from(order + "Q", head, 8)[0], big=True)
