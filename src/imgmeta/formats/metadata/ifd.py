"""TIFF image file directories, in TIFF files and in EXIF blocks.

TIFF 6.0, section 2; EXIF 2.32, section 4.6.2; BigTIFF as in the libtiff design note.
"""

import math
from collections.abc import Callable, Container
from struct import Struct, calcsize, unpack, unpack_from
from typing import Any, NamedTuple

from imgmeta.formats.metadata.fields import rational

__all__ = ["ByteReader", "Directory", "Entry", "TiffReader", "open_tiff"]

ByteReader = Callable[[int, int], bytes]
"""`read(offset, length)`: returns that range, or less if the data ends before."""

_ORDERS = {b"II": "<", b"MM": ">"}
_MAX_ENTRIES = 2048
_MAX_VALUES = 16
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I"}
_LONG_CODES = {16: "Q", 17: "q", 18: "Q"}
_UNSIGNED_CODES = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_CODES = _INTEGER_CODES | _LONG_CODES | {11: "f", 12: "d"}
_RATIONAL_CODES = {5: "II", 10: "ii"}
_UNDEFINED = 7
_BYTE_TYPES = frozenset({1, 6, _UNDEFINED})
_TEXT_TYPES = frozenset({1, 2, 6, 7, 129})
_VALUE_CODES = _CODES | _RATIONAL_CODES
_SIZES = {2: 1, 129: 1} | {kind: calcsize("=" + code) for kind, code in _VALUE_CODES.items()}

Entry = tuple[int, int, int, bytes]
"""A directory entry: its tag, its type, the number of values, and the value or its offset."""


class Directory(NamedTuple):
    """The wanted entries of a directory.

    Attributes:
        entries: by tag.
        entry_count: the number of entries that the directory states, wanted or not.
        next_offset: the offset of the next directory; 0 without one.
    """

    entries: dict[int, Entry]
    entry_count: int
    next_offset: int


class _Structs:
    """The structures of TIFF in one byte order, which are the same for all files."""

    def __init__(self, order: str, *, big: bool) -> None:
        self.order = order
        self.inline_size = 8 if big else 4
        self.count = Struct(order + ("Q" if big else "H"))
        self.entry = Struct(order + ("HHQ8s" if big else "HHI4s"))
        self.offset = Struct(order + ("Q" if big else "I"))
        integers = _INTEGER_CODES | _LONG_CODES
        self.integers = {kind: Struct(order + code) for kind, code in integers.items()}
        self.numbers = {
            kind: Struct(order + code) for kind, code in _VALUE_CODES.items() if kind != _UNDEFINED
        }


_CLASSIC = {"<": _Structs("<", big=False), ">": _Structs(">", big=False)}
_BIG = {"<": _Structs("<", big=True), ">": _Structs(">", big=True)}


class TiffReader:
    """Reads directories in the byte order and offset size of one TIFF header."""

    def __init__(self, read: ByteReader, order: str, first_offset: int, *, big: bool) -> None:
        """Create a reader; `order` is the byte order for `struct`, and `big` means BigTIFF."""
        self._read = read
        self.order = order
        self._structs = structs = (_BIG if big else _CLASSIC)[order]
        self._inline_size = structs.inline_size
        self._count = structs.count
        self._entry = structs.entry
        self._offset = structs.offset
        self.first_offset = first_offset

    def directory(self, offset: int, wanted: Container[int]) -> Directory | None:
        """Return the wanted entries of the directory at `offset`; None if there is none.

        A truncated table, or one with too high a count, has the available entries. Of a repeated
        tag, the first entry is used.
        """
        count = self.entry_count(offset)
        if count is None:
            return None
        start, size = offset + self._count.size, self._entry.size
        length = min(count, _MAX_ENTRIES) * size
        # The offset of the next directory follows the table.
        data = self._read(start, length + self._offset.size)
        is_complete = len(data) == length + self._offset.size
        table = data[: length if is_complete else min(len(data), length) // size * size]
        entries: dict[int, Entry] = {}
        for entry in [entry for entry in self._entry.iter_unpack(table) if entry[0] in wanted]:
            tag, kind, value_count, _ = entry
            if value_count and kind in _SIZES and tag not in entries:
                entries[tag] = entry
        if count > _MAX_ENTRIES:
            next_offset = self._read_next_offset(start + count * size) or 0
        elif is_complete:
            (next_offset,) = self._offset.unpack_from(data, length)
        else:
            next_offset = 0
        return Directory(entries, count, next_offset)

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
        count: int = self._count.unpack(raw)[0]
        return count

    def next_directory(self, directory: Directory, wanted: Container[int]) -> Directory | None:
        """Return the wanted entries of the directory after this one; None if there is none.

        A directory without entries, or with too many, does not count as one that has another.
        """
        if not 0 < directory.entry_count <= _MAX_ENTRIES:
            return None
        return self.directory(directory.next_offset, wanted)

    def directory_end(self, offset: int, count: int) -> int:
        """Return the offset just after a directory with `count` entries."""
        return offset + self._count.size + count * self._entry.size + self._offset.size

    def value_count(self, entry: Entry) -> int:
        """Return the number of values of a field."""
        return entry[2]

    def length(self, entry: Entry) -> int:
        """Return the length of a value in bytes."""
        _, kind, count, _ = entry
        return count * _SIZES[kind]

    def end_of_value(self, entry: Entry) -> int:
        """Return the offset just after a value; 0 if the directory itself has the value."""
        _, kind, count, value = entry
        size = count * _SIZES[kind]
        return 0 if size <= self._inline_size else self._offset.unpack(value)[0] + size

    def unsigned_integers(self, entry: Entry) -> tuple[int, ...] | None:
        """Return all values of an unsigned integer field.

        Returns:
            None if the field has another type, or the data ends before its last value.
        """
        _, kind, count, _ = entry
        code = _UNSIGNED_CODES.get(kind)
        if code is None:
            return None
        raw = self.data(entry, self.length(entry))
        if len(raw) < self.length(entry):
            return None
        return unpack(f"{self.order}{count}{code}", raw)

    def _read_next_offset(self, offset: int) -> int | None:
        if offset >= 1 << 62:
            return None
        raw = self._read(offset, self._offset.size)
        return int(self._offset.unpack(raw)[0]) if len(raw) == self._offset.size else None

    def data(self, entry: Entry, limit: int) -> bytes:
        """Return the first bytes of a value, at most `limit` of them."""
        _, kind, count, value = entry
        size = count * _SIZES[kind]
        if size <= self._inline_size:
            return value[: min(size, limit)]
        return self._read(self._offset.unpack(value)[0], min(size, limit))

    def text(self, entry: Entry | None, limit: int = 1024) -> str | None:
        """Return a value of any byte type as text, up to the first NUL."""
        if entry is None or entry[1] not in _TEXT_TYPES:
            return None
        raw = self.data(entry, limit).partition(b"\0")[0]
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    def integers(self, entry: Entry | None) -> tuple[int, ...]:
        """Return the first values of an integer field; empty for other types."""
        return self._unpack(entry, self._structs.integers) if entry else ()

    def integer(self, entry: Entry | None, default: int = 0) -> int:
        """Return the first value of an integer field; `default` for other types."""
        values = self._unpack(entry, self._structs.integers) if entry else ()
        return values[0] if values else default

    def offsets(self, entry: Entry | None) -> tuple[int, ...]:
        """Return the directory offsets in an integer field of more than one byte per value."""
        if entry is None or entry[1] in _BYTE_TYPES:
            return ()
        return tuple(value for value in self.integers(entry) if value > 0)

    def offset(self, entry: Entry | None) -> int:
        """Return the first directory offset in a field, as `offsets` does; 0 without one."""
        if entry is None or entry[1] in _BYTE_TYPES:
            return 0
        for value in self.integers(entry):
            if value > 0:
                return value
        return 0

    def offset_in_bytes(self, entry: Entry | None) -> int:
        """Return the directory offset in a field of four bytes; 0 if there is none."""
        if entry is None:
            return 0
        _, kind, count, value = entry
        if kind not in {1, _UNDEFINED} or count != 4:
            return 0
        return int(unpack_from(self.order + "I", value)[0])

    def numbers(self, entry: Entry | None) -> tuple[float, ...]:
        """Return the first values of a numeric field; NaN or infinity for an unknown rational."""
        values = self._unpack(entry, self._structs.numbers) if entry else ()
        if entry and entry[1] in _RATIONAL_CODES:
            return tuple(map(rational, values[::2], values[1::2]))
        return values

    def number(self, entry: Entry | None) -> float:
        """Return the first value of a numeric field as `numbers` does; NaN for other types."""
        values = self._unpack(entry, self._structs.numbers) if entry else ()
        if not values:
            return math.nan
        if entry and entry[1] in _RATIONAL_CODES:
            return rational(values[0], values[1])
        return float(values[0])

    def _unpack(self, entry: Entry, structs: dict[int, Struct]) -> tuple[Any, ...]:
        """Return the first values of a field, or their parts, if its type is in `structs`."""
        _, kind, count, value = entry
        one = structs.get(kind)
        if one is None:
            return ()
        size = count * one.size
        if size <= self._inline_size:
            data = value[:size]
        else:
            data = self._read(self._offset.unpack(value)[0], min(size, _MAX_VALUES * one.size))
        if len(data) == one.size:
            return one.unpack(data)
        return unpack_from(self.order + _VALUE_CODES[kind] * (len(data) // one.size), data)


def open_tiff(read: ByteReader) -> TiffReader | None:
    """Return a reader for the TIFF header at offset 0; None if there is none.

    Any version number but BigTIFF's 43 counts as classic TIFF: some cameras write their own.
    """
    head = read(0, 16)
    order = _ORDERS.get(head[:2])
    if order is None or len(head) < 8:
        return None
    version, first_offset = unpack_from(order + "HI", head, 2)
    if version != 43:
        return TiffReader(read, order, first_offset, big=False)
    if len(head) < 16:
        return None
    return TiffReader(read, order, unpack_from(order + "Q", head, 8)[0], big=True)
