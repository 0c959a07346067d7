from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.reports import Class, Listed, Ranked, Ranking
from imgmeta.core.reports.tallies import Distribution, FirstItems, ValueTally


def ranking(values: list[str | None], *, limit: int = 10, capacity: int = 100) -> Ranking:
    tally = ValueTally(capacity)
    for value in values:
        tally.add(value, 5)
    return tally.ranking(limit)


def test_most_frequent_values_are_first_and_equally_frequent_ones_sorted() -> None:
    found = ranking(["b", "c", "a", "c"])
    assert found.first == (Ranked("c", 2, 10), Ranked("a", 1, 5), Ranked("b", 1, 5))
    assert (found.others, found.distinct, found.unknown, found.is_exact) == (0, 3, 0, True)


def test_values_beyond_the_limit_are_counted_as_others() -> None:
    found = ranking(["a", "a", "b", "c", "c", "c"], limit=1)
    assert found.first == (Ranked("c", 3, 15),)
    assert (found.others, found.distinct) == (3, 3)


@pytest.mark.parametrize("unknown", [None, ""])
def test_image_without_a_value_is_unknown(unknown: str | None) -> None:
    found = ranking([unknown, "a"])
    assert (found.first, found.unknown) == ((Ranked("a", 1, 5),), 1)


def test_rare_values_are_forgotten_beyond_twice_the_capacity() -> None:
    found = ranking(["z", "z", "a", "b", "c", "d"], capacity=2)
    assert found.first == (Ranked("z", 2, 10), Ranked("a", 1, 5))
    assert (found.others, found.is_exact) == (3, False)
    assert ranking(["z", "z", "a", "b", "c"], capacity=2).is_exact


@given(st.lists(st.sampled_from([None, *"abcdefgh"])), st.integers(0, 5), st.integers(1, 8))
def test_every_image_is_counted_once(values: list[str | None], limit: int, capacity: int) -> None:
    found = ranking(values, limit=limit, capacity=capacity)
    assert sum(each.number for each in found.first) + found.others + found.unknown == len(values)
    counts = Counter(values)
    for each in found.first:
        assert each.number <= counts[each.value]
        assert each.number == counts[each.value] or not found.is_exact


@given(st.lists(st.integers(0, 50)), st.integers(1, 5))
def test_first_items_are_those_of_the_sorted_list(numbers: list[int], limit: int) -> None:
    items = FirstItems[int](limit, key=lambda number: -number)
    for number in numbers:
        items.add(number)
    first = sorted(numbers, reverse=True)[:limit]
    assert items.listed() == Listed(tuple(first), len(numbers))


def test_first_items_are_kept_among_many() -> None:
    items = FirstItems[int](2, key=lambda number: number)
    for number in [9, 1, *range(2, 30), 0]:
        items.add(number)
    assert items.listed() == Listed((0, 1), 31)


def test_value_on_a_bound_is_in_the_upper_class() -> None:
    distribution = Distribution((1, 2))
    for value in (0.5, 1, 1.9, 2, 7):
        distribution.add(value)
    assert distribution.classes() == (Class(0, 1, 1), Class(1, 2, 2), Class(2, None, 2))


def test_empty_classes_are_left_out_at_the_ends_only() -> None:
    distribution = Distribution((1, 2, 4, 8))
    assert distribution.classes() == ()
    distribution.add(1)
    distribution.add(5)
    assert distribution.classes() == (Class(1, 2, 1), Class(2, 4, 0), Class(4, 8, 1))
