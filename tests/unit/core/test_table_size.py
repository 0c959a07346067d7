"""The cost of reading a table follows from its size."""

import pytest

from imgmeta.core.table_size import TableSize


@pytest.mark.parametrize(
    ("size", "units"), [(0, 0), (1, 1), (8192, 1), (8193, 2), (655_360_000, 80_000)]
)
def test_eight_kilobytes_cost_a_read_unit(size: int, units: int) -> None:
    assert TableSize(1, size).read_units == units


def test_part_of_a_table_has_its_share_of_the_size() -> None:
    assert TableSize(100, 1000).first(30) == TableSize(30, 300)
    assert TableSize(100, 1000).first(200) == TableSize(100, 1000)
    assert TableSize(0, 0).first(1) == TableSize(0, 0)


def test_a_million_units_cost_twelve_and_a_half_cents() -> None:
    assert TableSize(1, 8192 * 1_000_000).dollars == pytest.approx(0.125)
