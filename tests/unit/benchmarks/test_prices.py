"""Tests of the cost of usage."""

import pytest
from prices import Prices, Usage, billed_gb_seconds, cost_of


def test_cost_is_the_amount_times_the_price_of_each_unit() -> None:
    prices = Prices(s3_get=2, write_unit=3, gb_second=0.5)
    costs = cost_of(Usage(s3_get=5, write_unit=7, gb_second=10) * 2, prices)
    assert {name: cost for name, cost in costs.items() if cost} == {
        "s3_get": 20,
        "write_unit": 42,
        "gb_second": 10,
    }


def test_each_unit_has_a_price() -> None:
    assert all(cost > 0 for cost in cost_of(Usage(*[1] * 9), Prices()).values())


@pytest.mark.parametrize(
    ("memory", "expected"),
    [(1769, 3 * 1769 / 1024), (3538, 3 * 3538 / 1024), (884.5, 4 * 884.5 / 1024)],
)
def test_cpu_time_grows_with_less_memory_and_waiting_does_not(memory: int, expected: float) -> None:
    assert billed_gb_seconds(3, 1, memory) == pytest.approx(expected)
