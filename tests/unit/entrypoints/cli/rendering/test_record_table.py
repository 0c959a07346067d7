from collections.abc import Iterable
from datetime import datetime

import pytest

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.records import Status
from imgmeta.entrypoints.cli.rendering.record_table import HEADING, drift_row, narrowed, record_row
from imgmeta.entrypoints.cli.rendering.screen import Span, compose
from support.strategies.record_examples import image_record


def _line(spans: Iterable[Span], columns: int | None = None) -> str:
    return "".join(text for text, _ in compose(spans, columns))


def test_a_record_is_one_line_under_the_heading() -> None:
    record = image_record(
        format="JPEG",
        file_size=161_713,
        display_width=4000,
        display_height=3000,
        taken_at=datetime(2026, 7, 1, 12, 30),  # noqa: DTZ001 - a camera's clock
    )
    assert [_line(HEADING), _line(record_row(record))] == [
        "STATUS     FORMAT      SIZE       PIXELS  TAKEN             IMAGE",
        "processed  JPEG      162 kB    4000×3000  2026-07-01 12:30  s3://holiday/2026/beach.jpg",  # noqa: RUF001 - the sign is meant
    ]


def test_a_dash_stands_for_what_a_record_does_not_say() -> None:
    record = image_record(status=Status.DELETED, file_size=None)
    assert _line(record_row(record)).split() == [
        *("deleted", "-", "-", "-", "-"),
        "s3://holiday/2026/beach.jpg",
    ]


def test_a_hostile_key_stays_on_its_line() -> None:
    line = _line(record_row(image_record("\x1b[2J\n[bold]\u202e.jpg")))
    assert line.endswith(r"s3://holiday/\x1b[2J\n[bold]\u202e.jpg")


def test_a_record_fits_a_terminal() -> None:
    line = _line(record_row(image_record("long/" * 50 + "a.jpg")), 80)
    assert len(line) == 80
    assert line.endswith("/a.jpg")


def test_a_difference_is_one_line() -> None:
    found = Comparison("home/pics/a\n.jpg", Difference.NEW)
    assert _line(drift_row("file://", found, "home/")) == "new       pics/a\\n.jpg"


def test_what_cannot_be_compared_says_why() -> None:
    found = Comparison("pics/", Difference.UNKNOWN, "permission denied")
    assert _line(drift_row("file://", found)) == "unknown   /pics/  permission denied"


@pytest.mark.parametrize(("columns", "whole"), [(None, True), (80, True), (79, False), (40, False)])
def test_a_narrow_terminal_shows_the_status_and_the_name(
    columns: int | None, *, whole: bool
) -> None:
    for row in (HEADING, record_row(image_record())):
        assert narrowed(row, columns) == (row if whole else [row[0], row[-1]])
