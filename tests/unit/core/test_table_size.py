"""The cost of reading a table follows from its size."""

import pytest

from imgmeta.core.table_size import TableSize


@pytest.mark.parametrize(
    ("size", "units"), [(0, 0), (1, 1), (8192, 1), (8193, 2), (655_360_000, 80_000)]
)
def test_eight_kilobytes_cost_a_read_unit(size: int, units: int) -> None:
    assert TableSize(1, size).read_units == units


def test_a_million_units_cost_twelve_and_a_half_cents() -> None:
    assert TableSize(1, 8192 * 1_000_000).dollars == pytest.approx(0.125)
