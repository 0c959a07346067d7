"""Locations of the items of a HEIF meta box: ISO/IEC 14496-12, section 8.11.3 (`iloc`)."""

from collections.abc import Iterator
from typing import NamedTuple

__all__ = [
    "IN_FILE",
    "IN_META",
    "MAX_EXTENTS",
    "ItemLocation",
    "UnsignedReader",
    "extents_in_file",
    "find_location",
]

IN_FILE, IN_META = 0, 1
"""Construction methods: offsets in the file, and in the `idat` box of the meta box."""

MAX_EXTENTS = 16
"""Maximum number of extents of an item that `find_location` returns."""

_MAX_ITEMS = 16_384
_MAX_ALL_EXTENTS = 65_536


class UnsignedReader:
    """Reads consecutive unsigned integers; those after the end are zero."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def read(self, size: int) -> int:
        """Return the next integer of `size` bytes."""
        end = self.offset + size
        value = int.from_bytes(self.data[self.offset : end], "big")
        self.offset = end
        return value

    @property
    def at_end(self) -> bool:
        """Whether all bytes were read."""
        return self.offset >= len(self.data)


class ItemLocation(NamedTuple):
    """The construction method of an item, and its extents: pairs of offset and length."""

    method: int
    extents: tuple[tuple[int, int], ...]


class _Table:
    """The header of an `iloc` box, and a reader of the rest."""

    def __init__(self, iloc: bytes) -> None:
        self._reader = UnsignedReader(iloc)
        self._version = self._reader.read(4) >> 24
        sizes = self._reader.read(2)
        self._offset_size, self._length_size = sizes >> 12, sizes >> 8 & 15
        self._base_size, self._index_size = sizes >> 4 & 15, sizes & 15 if self._version else 0
        self._id_size = 4 if self._version > 1 else 2

    def items(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield ID, construction method, base offset and number of extents of each item.

        The caller reads or skips the extents before the next item.
        """
        reader = self._reader
        for _ in range(min(reader.read(self._id_size), _MAX_ITEMS)):
            if reader.at_end:
                return
            item = reader.read(self._id_size)
            method = reader.read(2) & 15 if self._version else IN_FILE
            reader.read(2)
            yield item, method, reader.read(self._base_size), reader.read(2)

    def skip(self, count: int) -> None:
        """Skip this number of extents."""
        self._reader.offset += count * (self._index_size + self._offset_size + self._length_size)

    def extents(self, base: int, count: int) -> Iterator[tuple[int, int]]:
        """Yield offset and length of this number of extents, fewer at the end of the box."""
        for _ in range(count):
            if self._reader.at_end:
                return
            self._reader.read(self._index_size)
            offset = base + self._reader.read(self._offset_size)
            yield offset, self._reader.read(self._length_size)


def find_location(iloc: bytes, wanted: int) -> ItemLocation | None:
    """Return the location of an item in the body of an `iloc` box; None if it is not there."""
    table = _Table(iloc)
    for item, method, base, count in table.items():
        if item == wanted:
            return ItemLocation(method, tuple(table.extents(base, min(count, MAX_EXTENTS))))
        table.skip(count)
    return None


def extents_in_file(iloc: bytes) -> Iterator[tuple[int, int]]:
    """Yield offset and length of the extents of all items whose offsets are in the file."""
    table = _Table(iloc)
    remaining = _MAX_ALL_EXTENTS
    for _, method, base, count in table.items():
        if count > remaining:
            return
        remaining -= count
        if method == IN_FILE:
            yield from table.extents(base, count)
        else:
            table.skip(count)
