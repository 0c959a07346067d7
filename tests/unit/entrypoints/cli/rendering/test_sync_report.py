from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from imgmeta.core.drift import Difference
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome
from imgmeta.core.records import ImageRecord
from imgmeta.entrypoints.cli.rendering.screen import MIN_PATH_COLUMNS, Span, compose
from imgmeta.entrypoints.cli.rendering.sync_report import MAX_ROWS, SyncReport, summary_line
from imgmeta.testing.strategies.record_examples import image_record


def _item(
    outcome: Outcome,
    key: str = "pics/a.jpg",
    *,
    difference: Difference | None = None,
    record: ImageRecord | None = None,
    reason: str | None = None,
) -> ItemOutcome:
    location = ObjectLocation("file://", key)
    return ItemOutcome(location, outcome, record=record, reason=reason, difference=difference)


def _report(items: Iterable[ItemOutcome]) -> SyncReport:
    report = SyncReport("test", "pics/")
    for item in items:
        report.add(item)
    return report


def _lines(lines: Iterable[Iterable[Span]], columns: int | None = None) -> list[str]:
    return ["".join(text for text, _ in compose(line, columns)).rstrip() for line in lines]


def test_each_change_is_a_labeled_row() -> None:
    report = _report(
        [
            _item(Outcome.PROCESSED, "pics/1.jpg", difference=Difference.NEW),
            _item(Outcome.PROCESSED, "pics/2.jpg", difference=Difference.CHANGED),
            _item(Outcome.PROCESSED, "pics/3.jpg", difference=Difference.OUTDATED),
            _item(Outcome.PROCESSED, "other/4.jpg"),
            _item(Outcome.DELETED, "pics/5.jpg", difference=Difference.GONE),
            _item(Outcome.STALE, "pics/6.jpg"),
            _item(Outcome.IGNORED, "pics/7.jpg"),
        ]
    )
    assert _lines(report.table()) == [
        "new      1.jpg",
        "changed  2.jpg",
        "reread   3.jpg",
        "read     /other/4.jpg",
        "gone     5.jpg",
        "stale    6.jpg",
        "ignored  7.jpg",
    ]


def test_encoded_names_are_aligned() -> None:
    report = _report(
        [
            _item(Outcome.FAILED, "pics/a\x1b[2J.jpg", reason="no image"),
            _item(Outcome.FAILED, "pics/b.jpg", reason="no image"),
        ]
    )
    assert _lines(report.table()) == [
        "failed   file:///pics/a%1B%5B2J.jpg  no image",
        "failed   b.jpg                       no image",
    ]


def test_failures_come_first_with_their_reasons() -> None:
    report = _report(
        [
            _item(Outcome.PROCESSED, "pics/1.jpg"),
            _item(Outcome.FAILED, "pics/2.jpg", reason="no image\n"),
            _item(Outcome.ERROR, "pics/3.jpg", reason="not there"),
        ]
    )
    assert report.has_failures
    assert _lines(report.table()) == [
        "failed   2.jpg  no image\\n",
        "error    3.jpg  not there",
        "read     1.jpg",
    ]


def test_read_image_is_described() -> None:
    record = image_record(
        format="JPEG",
        display_width=4,
        display_height=3,
        camera_model="EOS",
        taken_at=datetime(2026, 7, 1, 12, 30),  # noqa: DTZ001 - a camera's local time has no time zone
    )
    (line,) = _lines(_report([_item(Outcome.PROCESSED, record=record)]).table())
    assert line == "read     a.jpg  JPEG 4×3, EOS, 2026-07-01"  # noqa: RUF001 - the multiplication sign is intended


def test_rows_beyond_the_maximum_are_counted() -> None:
    items = [_item(Outcome.PROCESSED, f"pics/{n:02}.jpg") for n in range(MAX_ROWS + 3)]
    failed = [_item(Outcome.FAILED, f"pics/x{n}.jpg", reason="r") for n in range(2)]
    lines = _lines(_report(items + failed).table())
    assert [line[:6] for line in lines[:3]] == ["failed", "failed", "read  "]
    assert len(lines) == MAX_ROWS + 1
    assert lines[-1] == "and 5 more"


def test_hidden_failures_are_counted_separately() -> None:
    items = [_item(Outcome.FAILED, reason="r") for _ in range(MAX_ROWS + 2)]
    lines = _lines(_report([*items, _item(Outcome.PROCESSED)]).table())
    assert lines[-1] == "and 3 more, 2 of them failed"


def test_unchanged_items_are_counted_and_not_shown() -> None:
    report = _report([_item(Outcome.UNCHANGED)] * 3)
    assert report.table() == []
    assert not report.has_failures
    assert report.summary(timedelta(seconds=2)) == BatchSummary(
        environment="test", unchanged=3, duration=timedelta(seconds=2)
    )


def test_row_fits_a_narrow_terminal() -> None:
    item = _item(Outcome.FAILED, "pics/" + "long/" * 40 + "a.jpg", reason="reason " * 20)
    for columns in (1, 10, 30, 80):
        (line,) = _lines(_report([item]).table(columns=columns), columns)
        assert len(line) <= max(columns, len("failed   ") + MIN_PATH_COLUMNS)


@pytest.mark.parametrize(("columns", "shown"), [(80, 48), (120, 120 - 11 - 40), (200, 105)])
def test_names_get_the_columns_that_the_longest_description_leaves(
    columns: int, shown: int
) -> None:
    items = [
        _item(Outcome.FAILED, "pics/" + "long/" * 20 + "a.jpg", reason="r" * 40),
        _item(Outcome.FAILED, "pics/b.jpg", reason="r"),
    ]
    first, second = _lines(_report(items).table(columns=columns), columns)
    assert (len(first), second.index("  r")) == (min(columns, 9 + shown + 42), 9 + shown)


def test_summary_is_one_line() -> None:
    summary = BatchSummary(processed=1_200, unchanged=3, bytes_read=10, duration=timedelta())
    assert _lines([summary_line(summary)]) == [
        "1,200 processed, 0 failed, 3 unchanged; 10 bytes read in 0.0 s"
    ]


def test_rare_counts_are_in_the_summary_when_not_zero() -> None:
    summary = BatchSummary(failed=1, deleted=2, stale=3)
    assert _lines([summary_line(summary)]) == [
        "0 processed, 1 failed, 2 gone, 3 stale, 0 unchanged; 0 bytes read in 0.0 s"
    ]
