"""The progress of a backfill has rates, and its result the failures."""

import io
import json

import pytest

from imgmeta.core.drift import Difference
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target
from imgmeta.deployment.core.backfill import (
    BackfillPhase,
    BackfillProgress,
    BackfillResult,
    BackfillScope,
    Checkpoint,
    UnreadableImage,
)
from imgmeta.entrypoints.cli.rendering import backfill_progress as progress_module
from imgmeta.entrypoints.cli.rendering.backfill_output import (
    BackfillMeter,
    comparison_text,
    result_line,
    result_rows,
)
from imgmeta.entrypoints.cli.rendering.backfill_progress import backfill_progress
from imgmeta.entrypoints.cli.rendering.screen import Screen
from imgmeta.testing.strategies.record_examples import SEEN_AT

COMPARING, PAUSED, DRAINING = BackfillPhase
CHECKPOINT = Checkpoint(
    BackfillScope("stack", (Target("holiday"),)),
    SEEN_AT,
    compared=1_000,
    sent=3,
    differences={Difference.NEW: 3},
)


def test_comparison_has_rate_and_time_left() -> None:
    meter = BackfillMeter(0)
    assert meter.describe(BackfillProgress(COMPARING, 0, 0), 100.0) == "0 compared, 0 sent"
    assert (
        meter.describe(BackfillProgress(COMPARING, 5_000, 40, 12), 110.0, 20_000)
        == "5,000 of 20,000 compared, 500/s, 30.0 s left, 40 sent, 12 in the queue"
    )


def test_resumed_comparison_has_the_rate_of_this_run() -> None:
    meter = BackfillMeter(1_000_000)
    meter.describe(BackfillProgress(COMPARING, 1_000_000, 0), 0.0)
    text = meter.describe(BackfillProgress(COMPARING, 1_000_500, 0), 10.0)
    assert text == "1,000,500 compared, 50/s, 0 sent"


def test_pause_is_visible() -> None:
    meter = BackfillMeter(0)
    text = meter.describe(BackfillProgress(PAUSED, 10, 10, 10_000), 0.0)
    assert text == "10 compared, 10 sent, 10,000 in the queue (waiting)"


def test_drain_has_rate_and_time_left() -> None:
    meter = BackfillMeter(0)
    meter.describe(BackfillProgress(COMPARING, 9, 9, 4_000), 0.0)
    assert meter.describe(BackfillProgress(DRAINING, 9, 9, 5_000), 50.0) == (
        "All hints sent; 5,000 in the queue"
    )
    assert meter.describe(BackfillProgress(DRAINING, 9, 9, 4_000), 60.0) == (
        "All hints sent; 4,000 in the queue, 100/s, 40.0 s left"
    )
    assert meter.describe(BackfillProgress(DRAINING, 9, 9, 0), 100.0) == (
        "All hints sent; 0 in the queue, 100/s"
    )


def test_differences_are_counted_by_kind() -> None:
    found = {Difference.NEW: 1_200, Difference.GONE: 1}
    assert comparison_text(5_000, found) == (
        "5,000 compared, 1,201 differences (1,200 new, 1 gone), 3,799 unchanged."
    )
    assert comparison_text(1, {Difference.NEW: 1}).startswith("1 compared, 1 difference (1 new)")


def test_failures_precede_the_numbers() -> None:
    failures = (UnreadableImage(ObjectLocation("holiday", "a\nb.jpg"), "not an image"),)
    result = BackfillResult(
        processed=5, failed=3, deleted=1, incomplete=2, unreadable=1, failures=failures
    )
    rows = ["".join(span.text for span in row) for row in result_rows(CHECKPOINT, result)]
    assert rows == [
        "faileds3://holiday/a%0Ab.jpg  not an image",
        "and 2 more failed",
        "3 sent, 5 processed, 3 failed, 1 deleted, 2 incomplete, 1 unreadable; 0 bytes",
    ]


def test_json_is_safe_to_print() -> None:
    location = ObjectLocation("holiday", "a\u202eb.jpg")
    result = BackfillResult(failures=(UnreadableImage(location, "\x1b[2J"),))
    line = result_line(CHECKPOINT, result)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["Failures"] == [
        {
            "BucketName": "holiday",
            "ObjectKey": "a\u202eb.jpg",
            "Uri": "s3://holiday/a%E2%80%AEb.jpg",
            "Error": "\x1b[2J",
        }
    ]


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    return stream


def test_log_has_a_line_from_time_to_time(
    stderr: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, 10.0, 31.0, 32.0])
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    with backfill_progress(Screen(stderr, {}), 0, None) as show:
        for compared in (1_000, 2_000, 3_000):
            show(BackfillProgress(COMPARING, compared, 0))
    assert stderr.getvalue() == "2,000 compared, 95/s, 0 sent\n"


def test_terminal_shows_the_total(stderr: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "is_terminal", lambda *_: True)
    monkeypatch.setattr(progress_module, "_COUNT_DELAY", 0.0)
    counted = []

    def items() -> list[int]:
        counted.append(1)
        return [1, 2]

    with backfill_progress(Screen(stderr, {}), 1, items) as show:
        while not counted:
            show(BackfillProgress(COMPARING, 2, 0))
    assert counted == [1]
