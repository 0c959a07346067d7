"""Tests of the units that DynamoDB charges."""

from typing import Any

import pytest
from write_units import Table, item_size, read_units


def item(size: int, **attributes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return an item of this many bytes, with the key `a`."""
    known = {"Id": {"S": "a"}} | attributes
    return known | {"Fill": {"S": "x" * (size - item_size(known) - len("Fill"))}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"BOOL": True}, 1),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "-12.34"}, 3),
        ({"N": "1200"}, 2),
    ],
)
def test_size_is_that_of_the_name_and_the_value(value: dict[str, Any], size: int) -> None:
    assert item_size({"Ab": value}) == 2 + size


@pytest.mark.parametrize(("size", "units"), [(1024, 1), (1025, 2), (4096, 4)])
def test_each_started_kilobyte_is_a_write_unit(size: int, units: int) -> None:
    assert Table("Id", []).put(item(size), is_written=True) == units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2)])
def test_each_started_four_kilobytes_are_a_read_unit(size: int, units: int) -> None:
    assert read_units(item(size) if size else {}) == units


def test_index_entry_costs_as_much_as_the_item() -> None:
    table = Table("Id", [["Day", "Time"], ["Absent"]])
    dated = item(1500, Day={"S": "1"}, Time={"N": "1"})
    assert table.put(dated, is_written=True) == 2 + 2
    assert table.put(dated, is_written=True) == 2
    assert table.put(dated | {"X": {"N": "1"}}, is_written=True) == 2 + 2
    moved = dated | {"Day": {"S": "2"}}
    assert table.put(moved, is_written=True) == 2 + 4
    assert table.put(item(100), is_written=True) == 2 + 2


def test_failed_condition_costs_only_the_units_of_the_table() -> None:
    table = Table("Id", [["Day"]])
    assert table.put(item(100, Day={"S": "1"}), is_written=False) == 1
    assert table.item({"Id": {"S": "a"}}) == {}
