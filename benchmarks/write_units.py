"""Write and read units of DynamoDB, counted from requests.

Rules: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats", "DynamoDB read and write
operations" and "Using Global Secondary Indexes", section "Write capacity considerations".
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

__all__ = ["Table", "item_size", "read_units"]

_WRITE_UNIT, _READ_UNIT = 1024, 4096

Item = Mapping[str, Mapping[str, Any]]


def item_size(item: Item) -> int:
    """Return the bytes of an item of strings, numbers and booleans.

    A number takes about one byte for two significant digits, and one more.
    """
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    if "S" in value:
        return len(value["S"].encode())
    if "N" in value:
        digits = value["N"].lstrip("-").partition("E")[0].replace(".", "").strip("0")
        return ceil(len(digits) / 2) + 1
    return 1


def read_units(item: Item) -> int:
    """Return the read units of a consistent read of an item; an absent item takes one, too."""
    return max(ceil(item_size(item) / _READ_UNIT), 1)


class Table:
    """A table that counts write units.

    Args:
        key: the attribute that identifies an item.
        indexes: the key attributes of each index. All attributes are projected.
    """

    def __init__(self, key: str, indexes: list[list[str]]) -> None:
        self._key = key
        self._indexes = indexes
        self._items: dict[str, Item] = {}

    def put(self, item: Item, *, is_written: bool) -> int:
        """Return the write units of PutItem.

        A write whose condition fails takes the units of the table, but none of its indexes.
        """
        name = str(item[self._key])
        old = self._items.get(name, {})
        units = max(_units(old), _units(item), 1)
        if not is_written:
            return units
        self._items[name] = item
        return units + sum(_index_units(old, item, keys) for keys in self._indexes)

    def item(self, key: Mapping[str, Mapping[str, Any]]) -> Item:
        """Return the item with a key; empty if there is none."""
        return self._items.get(str(key[self._key]), {})


def _units(item: Item) -> int:
    return ceil(item_size(item) / _WRITE_UNIT)


def _index_units(old: Item, new: Item, keys: list[str]) -> int:
    """Return the units to delete the old entry of an index and to put the new one, if any."""
    before = [old.get(name) for name in keys]
    after = [new.get(name) for name in keys]
    was_indexed, is_indexed = None not in before, None not in after
    if was_indexed and is_indexed and before == after:
        return 0 if old == new else max(_units(old), _units(new))
    return was_indexed * _units(old) + is_indexed * _units(new)
