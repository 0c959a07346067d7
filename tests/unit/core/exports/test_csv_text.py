import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest

from imgmeta.core.exports import COLUMNS, csv_chunks, protect, unprotect
from imgmeta.core.records import ImageRecord
from imgmeta.testing.strategies.record_examples import image_record

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 7, 8, 9, 10, 11)  # noqa: DTZ001 - a local time


def rows(*records: ImageRecord) -> list[dict[str, Any]]:
    text = b"".join(csv_chunks(records)).decode()
    return [*csv.DictReader(StringIO(text, newline=""), strict=True)]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1", "'＝1"),  # noqa: RUF001 - full-width
        ("＋1", "'＋1"),  # noqa: RUF001 - as above
        ("－1", "'－1"),  # noqa: RUF001 - as above
        ("＠A1", "'＠A1"),  # noqa: RUF001 - as above
        ("\ta", "'\ta"),
        ("\ra", "'\ra"),
        ("\na", "'\na"),
        (" =1", "' =1"),
        ("\0\u200b\ufeff=1", "'\0\u200b\ufeff=1"),
        ('"=1', "'\"=1"),
        ("\t=1", "'\t'=1"),
        ("'=1", "''=1"),
        ("'\ta", "''\ta"),
        ("a;=1", "a;'=1"),
        ("a\t-1\n+2", "a\t'-1\n'+2"),
        ('a; "=1"', 'a;\' "=1"'),
        (";;=1", "';';'=1"),
    ],
)
def test_text_that_could_be_a_formula_is_protected(text: str, cell: str) -> None:
    assert protect(text) == cell
    assert unprotect(cell) == text


@pytest.mark.parametrize(
    "text", ["", "a", "a-b=c+d@e", "2026-01-01", "'a'", "a, -1", "a;b", "a\tb", "a\nb", "\0", " a"]
)
def test_other_text_is_unchanged(text: str) -> None:
    assert protect(text) == text
    assert unprotect(text) == text


def test_header_has_the_names_of_the_columns_in_quotes() -> None:
    header = b"".join(csv_chunks([])).decode()
    assert header == ",".join(f'"{each.name}"' for each in COLUMNS) + "\r\n"


def test_cells_have_values_as_other_programs_read_them() -> None:
    record = image_record(
        'a, "b";\r\n.jpg',
        upload_date=NEW_YEAR,
        taken_at=JUNE,
        latitude=-10.5,
        upload_timestamp=-5,
        f_number=2.0,
        has_alpha=True,
        complete=False,
        taken_at_offset="-02:00",
        lens_model="=1+1",
    )
    (row,) = rows(record)
    assert row["ObjectKey"] == 'a, "b";\r\n.jpg'
    assert row["Status"] == "processed"
    assert row["UploadDate"] == "2026-01-01T00:00:00.000000Z"
    assert row["TakenAt"] == "2026-06-07T08:09:10.000011"
    assert (row["Latitude"], row["UploadTimestamp"], row["FNumber"]) == ("-10.5", "-5", "2.0")
    assert (row["HasAlpha"], row["Complete"], row["PartialMetadata"]) == ("true", "false", "")
    assert (row["TakenAtOffset"], row["LensModel"]) == ("'-02:00", "'=1+1")


def test_first_and_last_year_have_four_digits() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    (row,) = rows(image_record(upload_date=first, last_modified=last))
    assert row["UploadDate"] == "0001-01-01T00:00:00.000000Z"
    assert row["LastModified"] == "9999-12-31T23:59:59.999999Z"
