from collections.abc import Iterable
from datetime import datetime

import pytest

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.records import Status
from imgmeta.entrypoints.cli.rendering.record_table import (
    HEADER,
    difference_row,
    fit_to_width,
    record_row,
)
from imgmeta.entrypoints.cli.rendering.screen import Span, compose
from support.strategies.record_examples import image_record


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
    assert [_line(HEADER), _line(record_row(record))] == [
        "STATUS     FORMAT      SIZE       PIXELS  TAKEN             IMAGE",
        "processed  JPEG      162 kB    4000×3000  2026-07-01 12:30  s3://holiday/2026/beach.jpg",  # noqa: RUF001 - the multiplication sign is intended
    ]


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
    line = _line(record_row(image_record("long/" * 50 + "a.jpg")), 80)
    assert len(line) == 80
    assert line.endswith("/a.jpg")


def test_difference_row_has_the_difference_and_the_name() -> None:
    comparison = Comparison("home/pics/a b.jpg", Difference.NEW)
    assert _line(difference_row("file://", comparison, "home/")) == "new       pics/a b.jpg"


def test_unknown_difference_has_its_reason() -> None:
    comparison = Comparison("pics/", Difference.UNKNOWN, "permission denied")
    assert _line(difference_row("file://", comparison)) == "unknown   /pics/  permission denied"


@pytest.mark.parametrize(
    ("columns", "complete"), [(None, True), (80, True), (79, False), (40, False)]
)
def test_narrow_terminal_shows_status_and_name_only(columns: int | None, *, complete: bool) -> None:
    for row in (HEADER, record_row(image_record())):
        assert fit_to_width(row, columns) == (row if complete else [row[0], row[-1]])
