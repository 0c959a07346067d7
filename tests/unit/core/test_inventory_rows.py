"""Tests of the rows of S3 Inventory files."""

from datetime import UTC, datetime
from typing import Any

import pytest

from imgmeta.core.drift import Difference, IndexEntry, compare
from imgmeta.core.inventory_rows import (
    MAX_OBJECT,
    Column,
    CsvDecoder,
    InventoryRow,
    inventory_row,
)
from imgmeta.core.objects import ListedObject
from imgmeta.core.timestamps import microseconds
from imgmeta.testing.strategies.record_examples import image_record

COLUMNS = (*Column, None)
LINE = {
    Column.BUCKET: "holiday",
    Column.KEY: "2026/beach.jpg",
    Column.VERSION_ID: "v1",
    Column.IS_LATEST: "true",
    Column.IS_DELETE_MARKER: "false",
    Column.SIZE: "7",
    Column.LAST_MODIFIED: "2026-11-23T06:30:00.000Z",
    Column.ETAG: "e1",
    Column.STORAGE_CLASS: "STANDARD",
    None: "ignored",
}
VALUES: dict[str, Any] = {
    "key": "a.jpg",
    "size": 7,
    "etag": "e1",
    "modified": 5,
    "storage_class": "GLACIER",
    "is_latest": None,
    "is_delete_marker": None,
}


def decode(**changes: str) -> InventoryRow | None:
    line = LINE | {Column(name): value for name, value in changes.items()}
    return CsvDecoder("holiday", COLUMNS).row(list(line.values()))


def row(**changes: Any) -> InventoryRow | None:  # noqa: ANN401 - any column
    return inventory_row(**(VALUES | changes))


def test_line_is_listed_as_an_object() -> None:
    decoded = decode()
    assert decoded is not None
    assert decoded.listed() == ListedObject(
        "2026/beach.jpg", 7, "e1", datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("a+b.jpg", "a b.jpg"),
        ("a%20b.jpg", "a b.jpg"),
        ("a%2Bb.jpg", "a+b.jpg"),
        ("a%252Bb.jpg", "a%2Bb.jpg"),
        ("%E6%B5%B7/%0A%22.jpg", '海/\n".jpg'),
    ],
)
def test_key_is_decoded_as_in_a_form(encoded: str, key: str) -> None:
    decoded = decode(key=encoded)
    assert decoded is not None
    assert decoded.key == key


@pytest.mark.parametrize(
    ("is_latest", "is_marker", "kept"),
    [
        ("true", "false", True),
        ("TRUE", "False", True),
        ("", "", True),
        ("false", "false", False),
        ("true", "true", False),
        ("false", "true", False),
    ],
)
def test_only_current_versions_are_kept(is_latest: str, is_marker: str, *, kept: bool) -> None:
    assert (decode(is_latest=is_latest, is_delete_marker=is_marker) is not None) is kept


def test_delete_marker_needs_no_size() -> None:
    assert decode(is_delete_marker="true", size="", e_tag="") is None


@pytest.mark.parametrize("column", ["size", "e_tag", "storage_class"])
def test_object_with_a_missing_value_is_never_the_same_as_its_record(column: str) -> None:
    decoded = decode(**{column: ""})
    assert decoded is not None
    record = image_record("2026/beach.jpg", etag="e1", reader_version=1)
    entry = IndexEntry.of(record)._replace(file_size=decoded.size)
    compared = compare(
        [decoded.listed()], [entry], outdated=lambda _: False, forbidden=lambda _: False
    )
    assert [each.difference for each in compared] == [Difference.CHANGED]


def test_object_without_a_size_or_an_etag_has_an_empty_etag() -> None:
    assert row(size=None) == InventoryRow("a.jpg", 5, 0, "", "GLACIER")
    assert row(etag=None) == InventoryRow("a.jpg", 5, 7, "", "GLACIER")


def test_line_without_optional_columns_is_listed() -> None:
    columns = [Column.BUCKET, Column.KEY, Column.SIZE, Column.ETAG, Column.STORAGE_CLASS]
    decoded = CsvDecoder("holiday", columns).row(["holiday", "a.jpg", "7", '"e1"', "GLACIER"])
    assert decoded is not None
    assert decoded.listed() == ListedObject("a.jpg", 7, "e1", None, "GLACIER")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bucket": "other"}, "it is of the bucket 'other', not of 'holiday'"),
        ({"size": "-1"}, "the size '-1' is not a number"),
        ({"size": "٣"}, "the size '٣' is not a number"),
        ({"size": "9" * 5_000}, "is not a number"),
        ({"size": "99999999999999"}, "the size of '2026/beach.jpg' is out of range"),
        ({"key": ""}, "the key '' is empty or longer than 1,024 bytes"),
        ({"key": "k" * 1_025}, "is empty or longer than 1,024 bytes"),
        ({"key": "%E6%B5%B7" * 342}, "is empty or longer than 1,024 bytes"),
        ({"key": "%FF"}, "the key '%FF' is not URL-encoded UTF-8"),
        ({"last_modified_date": "today"}, "the time 'today' is invalid"),
        ({"last_modified_date": "0001-01-01T00:00:00"}, "the time of '2026/beach.jpg' is out"),
        ({"is_latest": "maybe"}, "'maybe' is neither true nor false"),
        ({"e_tag": "e" * 1_025}, "the ETag or the storage class of '2026/beach.jpg' is too long"),
        ({"storage_class": "S" * 65}, "the ETag or the storage class of"),
    ],
)
def test_invalid_line_is_reported(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the reason is checked
        decode(**changes)
    assert reason in str(caught.value)


def test_line_with_another_number_of_fields_is_reported() -> None:
    with pytest.raises(ValueError, match="it has 1 fields instead of 10"):
        CsvDecoder("holiday", COLUMNS).row(["holiday"])


def test_time_without_a_zone_is_utc() -> None:
    assert decode(last_modified_date="2026-11-23T06:30:00") == decode()


@pytest.mark.parametrize("modified", [-1, 2**62])
def test_time_out_of_range_is_reported(modified: int) -> None:
    with pytest.raises(ValueError, match=r"the time of 'a\.jpg' is out of range"):
        row(modified=modified)


def test_values_at_the_limits_are_accepted() -> None:
    end = microseconds(datetime.max.replace(tzinfo=UTC))
    for changes in (
        {"modified": 0, "size": 0},
        {"modified": end, "size": MAX_OBJECT},
        {"storage_class": "S" * 64, "etag": "e" * 1_024},
    ):
        expected = InventoryRow("a.jpg", 5, 7, "e1", "GLACIER")._replace(**changes)
        assert row(**changes) == expected


def test_longest_key_is_accepted() -> None:
    assert row(key="k" * 1_024)
    assert row(key="海" * 341 + "k")


def test_newest_row_of_a_key_sorts_last() -> None:
    rows = [row(modified=None), row(modified=6), row(key="b"), row(modified=5)]
    assert sorted(filter(None, rows)) == [rows[0], rows[3], rows[1], rows[2]]
