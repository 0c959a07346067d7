"""The size of a table, and the cost of reading all of it."""

from dataclasses import dataclass

__all__ = ["TableSize"]

_UNIT_BYTES = 4096
_UNITS_PER_DOLLAR = 8_000_000


@dataclass(frozen=True, slots=True)
class TableSize:
    """The size of a DynamoDB table, as DescribeTable reports it; it may be six hours old.

    Attributes:
        items: the number of items.
        size: their total size in bytes.
    """

    items: int
    size: int

    def first(self, items: int) -> "TableSize":
        """Return the size of this number of its items; of all of them, if there are fewer."""
        if items >= self.items:
            return self
        return TableSize(items, self.size * items // self.items)

    @property
    def read_units(self) -> int:
        """The read units of a scan: half a unit for each 4 KB, since it is eventually consistent.

        Source: Amazon DynamoDB Developer Guide, "Read consumption for Scan operations".
        """
        return -(-self.size // (2 * _UNIT_BYTES))

    @property
    def dollars(self) -> float:
        """The price of a scan of an on-demand table in US East: $0.125 for a million units.

        Source: Amazon DynamoDB pricing for on-demand capacity.
        """
        return self.read_units / _UNITS_PER_DOLLAR
