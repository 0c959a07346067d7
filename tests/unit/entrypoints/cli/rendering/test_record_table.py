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
    difference_row,
    failure_header_row,
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


def test_failed_image_is_listed_with_its_reason() -> None:
    record = image_record(status=Status.FAILED, error="truncated\x1b file")
    assert [_line(failure_header_row(), 80), _line(failure_row(record), 80)] == [
        "STATUS     IMAGE                                     REASON",
        r"failed     s3://holiday/2026/beach.jpg               truncated\x1b file",
    ]


@pytest.mark.parametrize("columns", [20, 80, 120, None])
def test_reason_is_never_cut_and_the_path_only_to_forty_columns(columns: int | None) -> None:
    record = image_record("long/" * 50, status=Status.FAILED, error="reason " * 8 + "end")
    line = _line(failure_row(record, columns=columns), columns)
    assert line.endswith("reason end")
    name = line.removeprefix("failed     ").partition("  reason")[0]
    assert len(name) == {None: len("s3://holiday/") + 250, 120: 120 - 11 - 61}.get(columns, 40)


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
