"""Locations of the items of a HEIF meta box: ISO/IEC 14496-12, section 8.11.3 (`iloc`)."""

from collections.abc import Iterator
from typing import NamedTuple

__all__ = [
    "IN_FILE",
    "IN_META",
    "MAX_EXTENTS",
    "ItemLocation",
    "ItemLocations",
    "extents_in_file",
]

IN_FILE, IN_META = 0, 1
"""Construction methods: offsets in the file, and in the `idat` box of the meta box."""

MAX_EXTENTS = 16
"""Maximum number of extents of an item that `ItemLocations` returns."""

_MAX_ITEMS = 16_384
_MAX_ALL_EXTENTS = 65_536


class ItemLocation(NamedTuple):
    """The construction method of an item, and its extents: pairs of offset and length."""

    method: int
    extents: tuple[tuple[int, int], ...]


_Item = tuple[int, int, int, int, int]
"""An item's ID, construction method, base offset, number of extents, and where these begin."""


class _Table:
    """The rows of an `iloc` box, whose header says how long their numbers are.

    Numbers after the end of a truncated box are zero.
    """

    def __init__(self, iloc: bytes) -> None:
        self._data = iloc
        self._version = iloc[0] if iloc else 0
        sizes = int.from_bytes(iloc[4:6], "big")
        self._offset_size, self._length_size = sizes >> 12, sizes >> 8 & 15
        self._base_size, self._index_size = sizes >> 4 & 15, sizes & 15 if self._version else 0
        self._id_size = 4 if self._version > 1 else 2

    def items(self) -> Iterator[_Item]:
        """Yield the row of each item."""
        data, number = self._data, int.from_bytes
        id_size, base_size, has_method = self._id_size, self._base_size, self._version > 0
        extent_size = self._index_size + self._offset_size + self._length_size
        start, method = 6 + id_size, IN_FILE
        for _ in range(min(number(data[6:start], "big"), _MAX_ITEMS)):
            if start >= len(data):
                return
            end = start + id_size
            item = number(data[start:end], "big")
            if has_method:
                method = number(data[end : end + 2], "big") & 15
                end += 2
            # Two bytes refer to another file.
            start = end + 2
            end = start + base_size
            base = number(data[start:end], "big") if base_size else 0
            count = number(data[end : end + 2], "big")
            start = end + 2
            yield item, method, base, count, start
            start += count * extent_size

    def extents(self, base: int, count: int, start: int) -> Iterator[tuple[int, int]]:
        """Yield offset and length of this number of extents, fewer at the end of the box."""
        data, number = self._data, int.from_bytes
        for _ in range(count):
            if start >= len(data):
                return
            start += self._index_size
            middle = start + self._offset_size
            end = middle + self._length_size
            yield base + number(data[start:middle], "big"), number(data[middle:end], "big")
            start = end


class ItemLocations:
    """The locations of the items in the body of an `iloc` box."""

    def __init__(self, iloc: bytes) -> None:
        self._table = _Table(iloc)
        self._items: dict[int, _Item] | None = None

    def find(self, wanted: int) -> ItemLocation | None:
        """Return the location of an item; None if it is not there."""
        if self._items is None:
            self._items = {}
            for item in self._table.items():
                self._items.setdefault(item[0], item)
        if wanted not in self._items:
            return None
        _, method, base, count, start = self._items[wanted]
        extents = self._table.extents(base, min(count, MAX_EXTENTS), start)
        return ItemLocation(method, tuple(extents))


def extents_in_file(iloc: bytes) -> Iterator[tuple[int, int]]:
    """Yield offset and length of the extents of all items whose offsets are in the file."""
    table = _Table(iloc)
    remaining = _MAX_ALL_EXTENTS
    for _, method, base, count, start in table.items():
        if count > remaining:
            return
        remaining -= count
        if method == IN_FILE:
            yield from table.extents(base, count, start)
