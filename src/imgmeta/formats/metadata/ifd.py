"""TIFF image file directories, in TIFF files and in EXIF blocks.

TIFF 6.0, section 2; EXIF 2.32, section 4.6.2; BigTIFF as in the libtiff design note.
"""

import struct
from collections.abc import Callable, Container
from typing import Any, NamedTuple

from imgmeta.formats.metadata.fields import rational

__all__ = ["ByteReader", "Directory", "Entry", "TiffReader", "open_tiff"]

ByteReader = Callable[[int, int], bytes]
"""`read(offset, length)`: returns that range, or less if the data ends before."""

_MAX_ENTRIES = 2048
_MAX_VALUES = 16
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I"}
_LONG_CODES = {16: "Q", 17: "q", 18: "Q"}
_UNSIGNED_CODES = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_CODES = _INTEGER_CODES | _LONG_CODES | {11: "f", 12: "d"}
_RATIONAL_CODES = {5: "II", 10: "ii"}
_TEXT_TYPES = frozenset({1, 2, 6, 7, 129})
_SIZES = {2: 1, 129: 1} | {
    kind: struct.calcsize("=" + code) for kind, code in (_CODES | _RATIONAL_CODES).items()
}


class Entry(NamedTuple):
    """A directory entry: its type, the number of values, and the value or its offset."""

    kind: int
    value_count: int
    value: bytes


class Directory(NamedTuple):
    """The wanted entries of a directory, and the offset of the next directory or 0."""

    entries: dict[int, Entry]
    next_offset: int


class TiffReader:
    """Reads directories in the byte order and offset size of one TIFF header."""

    def __init__(self, read: ByteReader, order: str, first_offset: int, *, big: bool) -> None:
        """Create a reader; `order` is the byte order for `struct`, and `big` means BigTIFF."""
        self._read = read
        self.order = order
        self._inline_size = 8 if big else 4
        self._count = struct.Struct(order + ("Q" if big else "H"))
        self._entry = struct.Struct(order + ("HHQ8s" if big else "HHI4s"))
        self._offset = struct.Struct(order + ("Q" if big else "I"))
        self.first_offset = first_offset

    def directory(self, offset: int, wanted: Container[int]) -> Directory | None:
        """Return the wanted entries of the directory at `offset`; None if there is none.

        A truncated table, or one with too high a count, has the available entries. Of a repeated
        tag, the first entry is used.
        """
        count = self.entry_count(offset)
        if count is None:
            return None
        start = offset + self._count.size
        size = self._entry.size
        table = self._read(start, min(count, _MAX_ENTRIES) * size)
        entries: dict[int, Entry] = {}
        for tag, kind, number, value in self._entry.iter_unpack(
            table[: len(table) - len(table) % size]
        ):
            if tag in wanted and number and tag not in entries and kind in _SIZES:
                entries[tag] = Entry(kind, number, value)
        return Directory(entries, self._read_next_offset(start + count * size) or 0)

    def next_offset(self, offset: int) -> int | None:
        """Return the offset of the directory after the one at `offset`, without its entries.

        0 means that it is the last, None that there is no complete directory at `offset`.
        """
        count = self.entry_count(offset)
        if count is None or not 0 < count <= _MAX_ENTRIES:
            return None
        return self._read_next_offset(offset + self._count.size + count * self._entry.size)

    def entry_count(self, offset: int) -> int | None:
        """Return the number of entries of the directory at `offset`; None if there is none."""
        raw = self._read(offset, self._count.size) if offset > 0 else b""
        if len(raw) < self._count.size:
            return None
        return int(self._count.unpack(raw)[0])

    def directory_end(self, offset: int, count: int) -> int:
        """Return the offset just after a directory with `count` entries."""
        return offset + self._count.size + count * self._entry.size + self._offset.size

    def length(self, entry: Entry) -> int:
        """Return the length of a value in bytes."""
        return entry.value_count * _SIZES[entry.kind]

    def end_of_value(self, entry: Entry) -> int:
        """Return the offset just after a value; 0 if the directory itself has the value."""
        size = self.length(entry)
        return 0 if size <= self._inline_size else self._offset.unpack(entry.value)[0] + size

    def unsigned_integers(self, entry: Entry) -> tuple[int, ...] | None:
        """Return all values of an unsigned integer field.

        Returns:
            None if the field has another type, or the data ends before its last value.
        """
        code = _UNSIGNED_CODES.get(entry.kind)
        if code is None:
            return None
        raw = self.data(entry, self.length(entry))
        if len(raw) < self.length(entry):
            return None
        return struct.unpack(f"{self.order}{entry.value_count}{code}", raw)

    def _read_next_offset(self, offset: int) -> int | None:
        if offset >= 1 << 62:
            return None
        raw = self._read(offset, self._offset.size)
        return int(self._offset.unpack(raw)[0]) if len(raw) == self._offset.size else None

    def data(self, entry: Entry, limit: int) -> bytes:
        """Return the first bytes of a value, at most `limit` of them."""
        size = self.length(entry)
        if size <= self._inline_size:
            return entry.value[: min(size, limit)]
        return self._read(self._offset.unpack(entry.value)[0], min(size, limit))

    def text(self, entry: Entry | None, limit: int = 1024) -> str | None:
        """Return a value of any byte type as text, up to the first NUL."""
        if entry is None or entry.kind not in _TEXT_TYPES:
            return None
        raw = self.data(entry, limit).partition(b"\0")[0]
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    def integers(self, entry: Entry | None) -> tuple[int, ...]:
        """Return the first values of an integer field; empty for other types."""
        if entry is None or not (entry.kind in _INTEGER_CODES or entry.kind in _LONG_CODES):
            return ()
        return self._unpack(entry, _CODES[entry.kind])

    def offsets(self, entry: Entry | None) -> tuple[int, ...]:
        """Return the directory offsets in an integer field of more than one byte per value."""
        if entry is None or entry.kind in {1, 6, 7}:
            return ()
        return tuple(value for value in self.integers(entry) if value > 0)

    def offset_in_bytes(self, entry: Entry | None) -> int:
        """Return the directory offset in a field of four bytes; 0 if there is none."""
        if entry is None or entry.kind not in {1, 7} or entry.value_count != 4:
            return 0
        return int(struct.unpack_from(self.order + "I", entry.value)[0])

    def numbers(self, entry: Entry | None) -> tuple[float, ...]:
        """Return the first values of a numeric field; NaN or infinity for an unknown rational."""
        if entry is None or entry.kind == 7:
            return ()
        pair = _RATIONAL_CODES.get(entry.kind)
        if pair is None:
            return self._unpack(entry, _CODES[entry.kind]) if entry.kind in _CODES else ()
        values = self._unpack(entry, pair)
        return tuple(map(rational, values[::2], values[1::2]))

    def _unpack(self, entry: Entry, code: str) -> tuple[Any, ...]:
        size = _SIZES[entry.kind]
        raw = self.data(entry, _MAX_VALUES * size)
        return struct.unpack_from(self.order + code * (len(raw) // size), raw)


def open_tiff(read: ByteReader) -> TiffReader | None:
    """Return a reader for the TIFF header at offset 0; None if there is none.

    Any version number but BigTIFF's 43 counts as classic TIFF: some cameras write their own.
    """
    head = read(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    version, first_offset = struct.unpack_from(order + "HI", head, 2)
    if version != 43:
        return TiffReader(read, order, first_offset, big=False)
    if len(head) < 16:
        return None
    return TiffReader(read, order, struct.unpack_from(order + "Q", head, 8)[0], big=True)
