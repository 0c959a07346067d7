from collections.abc import Iterable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.geography import DistanceFrom
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.summaries import RecordSummary
from imgmeta.entrypoints.cli.rendering.record_table import (
    FailureTable,
    difference_row,
    failure_row,
    header_row,
    record_line,
    record_row,
)
from imgmeta.entrypoints.cli.rendering.screen import Span, compose, display_width, plain_line
from imgmeta.testing.strategies.record_examples import image_record, image_records


def _line(spans: Iterable[Span], columns: int | None = None) -> str:
    return "".join(text for text, _ in compose(spans, columns))


def test_record_row_is_aligned_with_the_header() -> None:
    record = image_record(
        format="JPEG",
        file_size=161_713,
        display_width=4000,
        display_height=3000,
        taken_at=datetime(2026, 7, 1, 12, 30),  # noqa: DTZ001 - a camera's local time has no time zone
    )
    assert [_line(header_row()), _line(record_row(record))] == [
        "STATUS     FORMAT      SIZE       PIXELS  TAKEN             IMAGE",
        "processed  JPEG      162 kB    4000×3000  2026-07-01 12:30  s3://holiday/2026/beach.jpg",  # noqa: RUF001 - the multiplication sign is intended
    ]


@pytest.mark.parametrize("columns", [None, 91, 80, 40])
def test_distance_is_before_the_name_on_any_terminal(columns: int | None) -> None:
    position = DistanceFrom(48, 11)
    near, unknown = image_record("a" * 99, latitude=48.0, longitude=11.1), image_record("b" * 99)
    lines = [
        _line(header_row(columns, with_distance=True), columns),
        _line(record_row(near, "", columns, position), columns),
        _line(record_row(unknown, "", columns, position), columns),
    ]
    end = lines[0].index("  IMAGE")
    assert [line[end - 8 : end] for line in lines] == ["DISTANCE", "  7.4 km", "       -"]
    if columns in {80, 91}:
        assert [display_width(line) for line in lines[1:]] == [columns] * 2


def test_unknown_values_are_dashes() -> None:
    record = image_record(status=Status.DELETED, file_size=None)
    assert _line(record_row(record)).split() == [
        *("deleted", "-", "-", "-", "-"),
        "s3://holiday/2026/beach.jpg",
    ]


def test_hostile_key_is_encoded() -> None:
    line = _line(record_row(image_record("\x1b[2J\n[bold]\u202e.jpg")))
    assert line.endswith("s3://holiday/%1B%5B2J%0A%5Bbold%5D%E2%80%AE.jpg")


def test_record_row_is_cut_to_the_terminal() -> None:
    line = _line(record_row(image_record("long/" * 50 + "a.jpg"), columns=80), 80)
    assert len(line) == 80
    assert line.endswith("/a.jpg")


def test_difference_row_has_the_difference_and_the_name() -> None:
    comparison = Comparison("home/pics/a b.jpg", Difference.NEW)
    assert _line(difference_row("file://", comparison, "home/")) == "new       pics/a b.jpg"


def test_unknown_difference_has_its_reason() -> None:
    comparison = Comparison("pics/", Difference.UNKNOWN, "permission denied")
    assert _line(difference_row("file://", comparison)) == "unknown   /pics/  permission denied"


@pytest.mark.parametrize(
    ("columns", "titles"),
    [
        (None, "STATUS FORMAT SIZE PIXELS TAKEN IMAGE"),
        (100, "STATUS FORMAT SIZE PIXELS TAKEN IMAGE"),
        (99, "STATUS FORMAT SIZE TAKEN IMAGE"),
        (80, "STATUS FORMAT SIZE TAKEN IMAGE"),
        (79, "STATUS IMAGE"),
        (10, "STATUS IMAGE"),
    ],
)
def test_terminal_shows_the_values_that_leave_forty_columns_to_the_path(
    columns: int | None, titles: str
) -> None:
    record = image_record("写" * 60, taken_at=datetime(2026, 7, 1, 12, 30))  # noqa: DTZ001 - as above
    assert _line(header_row(columns)).split() == titles.split()
    line = _line(record_row(record, columns=columns), columns)
    name = line[line.index("s3:") :]
    assert columns is None or display_width(name) >= 39  # a wide character may not fit
    assert columns is None or columns < 51 or display_width(line) <= columns
    assert ("2026-07-01 12:30" in line) == ("PIXELS" in titles)


def failures(names: Iterable[str], reason: str = "not an image") -> list[ImageRecord]:
    return [image_record(name, status=Status.FAILED, error=reason) for name in names]


def table_lines(records: list[ImageRecord], columns: int | None) -> list[str]:
    """Return the lines of a table whose first image decides the widths."""
    table = FailureTable(records[:1], "", columns)
    return [_line(row, columns) for row in (table.header(), *map(table.row, records))]


def test_failed_images_are_listed_with_their_reasons() -> None:
    records = failures(["2026/beach.jpg", "b.jpg"], "truncated\x1b file")
    assert table_lines(records, 80) == [
        "STATUS     IMAGE                        REASON",
        r"failed     s3://holiday/2026/beach.jpg  truncated\x1b file",
        r"failed     s3://holiday/b.jpg           truncated\x1b file",
    ]


@pytest.mark.parametrize("columns", [50, 60, 70, 80, 120, 200])
@pytest.mark.parametrize("reason", ["cut short", "理由" * 60, "e\u0301" * 120])
@pytest.mark.parametrize("name", ["long/" * 50, "長い名前" * 30, "e\u0301" * 200, "a.jpg"])
def test_failures_fit_the_terminal(columns: int, reason: str, name: str) -> None:
    lines = table_lines(failures([name, "写真" * 50, "b.jpg"], reason), columns)
    assert max(map(display_width, lines)) <= columns
    starts = [display_width(line.partition(f"  {reason[:2]}")[0]) for line in lines[1:]]
    assert starts == [lines[0].index("  REASON")] * 3


@pytest.mark.parametrize(
    ("columns", "shown"), [(20, 40), (60, 46), (80, 55), (120, 95), (None, 263)]
)
def test_path_of_a_failure_is_cut_to_forty_columns_at_least(
    columns: int | None, shown: int
) -> None:
    row = table_lines(failures(["long/" * 50], "12 columns !"), columns)[1]
    name = row.removeprefix("failed     ").partition("  12")[0]
    assert len(name) == shown
    assert (name[:16], name[-4:]) == ("s3://holiday/lon", "ong/")


def test_narrow_terminal_shows_the_start_of_the_reason_instead_of_the_status() -> None:
    header, row = table_lines(failures(["long/" * 50], "not an image format"), 60)
    assert header.split() == ["IMAGE", "REASON"]
    assert row.startswith("s3://holiday/long")
    assert row.endswith("  not an image form…")


def test_failure_without_a_recorded_reason_has_a_dash() -> None:
    unread = image_record(status=Status.FAILED, error=None, content_error="access denied")
    assert _line(failure_row(unread)).endswith("  access denied")
    assert _line(failure_row(image_record(status=Status.FAILED, error=None))).endswith("  -")


@given(image_records(), st.sampled_from(["", "tmp/"]), st.none() | st.sampled_from(["日本", "\\x"]))
def test_line_of_a_record_is_its_row_without_a_terminal(
    record: ImageRecord, directory: str, form: str | None
) -> None:
    shown = record.model_copy(update={"format": form}) if form else record
    row = plain_line(record_row(shown, directory))

    assert record_line(shown, directory) == row
    assert record_line(RecordSummary.of(shown), directory) == row
