"""Counts and short lists in bounded memory."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from imgmeta.core.reports.values import Class, Listed, Ranked, Ranking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Distribution", "FirstItems", "ValueTally"]

_Item = TypeVar("_Item")


class ValueTally:
    """Counts the values of an attribute.

    At most twice `capacity` values are remembered. If there are more, the rarest are forgotten:
    their images count as others.

    Args:
        capacity: the number of values that are remembered at least.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._counts: dict[str, list[int]] = {}
        self._unknown = 0
        self._forgotten = 0

    def add(self, value: str | None, file_size: int = 0) -> None:
        """Count an image with a value; None if it has none."""
        if not value:
            self._unknown += 1
            return
        entry = self._counts.get(value)
        if entry is not None:
            entry[0] += 1
            entry[1] += file_size
            return
        self._counts[value] = [1, file_size]
        if len(self._counts) > 2 * self._capacity:
            self._forget()

    def ranking(self, limit: int) -> Ranking:
        """Return the most frequent values.

        Args:
            limit: the number of values that are returned at most.
        """
        ordered = self._ordered()
        return Ranking(
            tuple(Ranked(value, *entry) for value, entry in ordered[:limit]),
            sum(entry[0] for _, entry in ordered[limit:]) + self._forgotten,
            len(ordered),
            self._unknown,
            is_exact=not self._forgotten,
        )

    def _ordered(self) -> list[tuple[str, list[int]]]:
        return sorted(self._counts.items(), key=lambda item: (-item[1][0], item[0]))

    def _forget(self) -> None:
        ordered = self._ordered()
        self._forgotten += sum(entry[0] for _, entry in ordered[self._capacity :])
        self._counts = dict(ordered[: self._capacity])


class FirstItems(Generic[_Item]):
    """Keeps the first items of an order, and counts all.

    Args:
        limit: the number of items to keep.
        key: the sort key of an item.
    """

    def __init__(self, limit: int, key: Callable[[_Item], Any]) -> None:
        self._limit = limit
        self._key = key
        self._items: list[_Item] = []
        self._total = 0

    def add(self, item: _Item) -> None:
        """Take an item."""
        self._total += 1
        self._items.append(item)
        if len(self._items) > 4 * self._limit:
            self._items = self._first()

    def listed(self) -> Listed[_Item]:
        """Return the first items in their order, and the number of all."""
        return Listed(tuple(self._first()), self._total)

    def _first(self) -> list[_Item]:
        return sorted(self._items, key=self._key)[: self._limit]


class Distribution:
    """Counts numbers by class.

    Args:
        bounds: the least value of each class but the first, which starts at 0; ascending.
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)

    def add(self, value: float) -> None:
        """Count a value, which is at least 0."""
        self._counts[bisect_right(self._bounds, value)] += 1

    def classes(self) -> tuple[Class, ...]:
        """Return the classes from the first that has values to the last."""
        used = [index for index, count in enumerate(self._counts) if count]
        if not used:
            return ()
        edges = [0, *self._bounds, None]
        return tuple(
            Class(edges[index] or 0, edges[index + 1], self._counts[index])
            for index in range(used[0], used[-1] + 1)
        )
