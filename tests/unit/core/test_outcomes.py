from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from imgmeta.core.notifications import MAX_FAILURES, Failure
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import BatchSummary, ItemOutcome, NotifyOn, Outcome
from imgmeta.core.unindexed import Kind
from imgmeta.testing.strategies.record_examples import image_record

LOCATION = ObjectLocation("holiday", "a.jpg")
MIXED = BatchSummary(
    environment="prod",
    processed=1_234,
    failed=2,
    deleted=3,
    unchanged=4,
    stale=5,
    bytes_read=6_789,
    duration=timedelta(seconds=12.34),
    failures=(Failure("a.jpg", "not an image"), Failure("b\n- c.jpg: forged", "cut short")),
)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.PROCESSED, BatchSummary(processed=1)),
        (Outcome.FAILED, BatchSummary(failed=1, failures=(Failure("a.jpg", "", "holiday"),))),
        (Outcome.ERROR, BatchSummary(failed=1, failures=(Failure("a.jpg", "", "holiday"),))),
        (Outcome.DELETED, BatchSummary(deleted=1)),
        (Outcome.UNCHANGED, BatchSummary(unchanged=1)),
        (Outcome.IGNORED, BatchSummary(unchanged=1, ignored=Counter({Kind.EXCLUDED: 1}))),
        (Outcome.STALE, BatchSummary(stale=1)),
    ],
)
def test_each_outcome_is_counted_once(outcome: Outcome, expected: BatchSummary) -> None:
    summary = BatchSummary.of(ItemOutcome(LOCATION, outcome))
    assert summary == expected
    assert summary.total == 1


def test_failure_has_key_and_reason() -> None:
    item = ItemOutcome(LOCATION, Outcome.FAILED, bytes_read=7, reason="not an image")
    summary = BatchSummary.of(item)
    assert summary.failures == (Failure("a.jpg", "not an image", "holiday"),)
    assert summary.bytes_read == 7


def test_summary_keeps_the_first_failures_and_counts_all() -> None:
    one = BatchSummary.of(ItemOutcome(LOCATION, Outcome.ERROR))
    many = replace(one, failed=MAX_FAILURES, failures=one.failures * MAX_FAILURES)
    assert (many + one).failed == MAX_FAILURES + 1
    assert (many + one).failures == many.failures


def test_text_lists_counts_and_failures() -> None:
    assert MIXED.text() == (
        "Image processing summary\n"
        "Environment: prod\n"
        "Processed:   1,234\n"
        "Failed:      2\n"
        "Deleted:     3\n"
        "Unchanged:   4\n"
        "Stale:       5\n"
        "Bytes read:  6,789\n"
        "Duration:    12.3 s\n"
        "\n"
        "Failed:\n"
        "- a.jpg: not an image\n"
        "- b\\n- c.jpg: forged: cut short\n"
    )


def test_text_lists_the_kinds_of_items_that_are_not_indexed() -> None:
    items = [
        ItemOutcome(ObjectLocation("holiday", key), Outcome.IGNORED)
        for key in ("a.mp4", "b.mp4", "c.xmp")
    ]
    summary = sum(map(BatchSummary.of, items), BatchSummary())
    assert summary.unchanged == summary.total == 3
    assert summary.text().splitlines()[4:6] == [
        "Unchanged:   3",
        "Not indexed: 3 (2 video, 1 sidecar)",
    ]


def test_subject_contains_the_number_of_failures() -> None:
    assert MIXED.subject() == "imgmeta: 1,234 processed, 2 failed (prod)"
    assert BatchSummary(processed=3).subject() == "imgmeta: 3 processed, no failures"


def test_subject_truncates_a_long_environment_and_keeps_the_counts() -> None:
    subject = replace(MIXED, environment="x" * 200).subject()
    assert subject.startswith("imgmeta: 1,234 processed, 2 failed (xxx")
    assert subject.endswith("...")
    assert len(subject) == 99


def test_subject_is_ascii_for_any_environment_name() -> None:
    assert replace(MIXED, environment="prüf\n").subject().endswith("(pr\\xfcf\\n)")


def test_truncated_list_ends_with_the_number_left_out() -> None:
    failures = tuple(Failure(f"{number:04}.jpg", "cut short") for number in range(100))
    text = BatchSummary(failed=1_500, failures=failures).text(limit=1_024)
    listed = text.count("- 0")
    assert 10 < listed < 100
    assert text.endswith(f"\n... and {1_500 - listed:,} more\n")
    assert 1_024 - len("- 0000.jpg: cut short\n") < len(text.encode()) <= 1_024


@pytest.mark.parametrize("environment", ["", "prod", "東" * 99])
def test_text_fills_any_limit_without_exceeding_it(environment: str) -> None:
    failures = tuple(Failure(f"東{number:04}.jpg", "cut short") for number in range(100))
    summary = BatchSummary(environment=environment, failed=500, failures=failures)
    line = len("- 東0000.jpg: cut short\n".encode())
    for limit in range(1_024, 1_024 + 2 * line):
        size = len(summary.text(limit=limit).encode())
        assert limit - line < size <= limit


def test_subject_is_truncated_only_above_the_maximum_length() -> None:
    subjects = [BatchSummary(environment="x" * length).subject() for length in range(1, 99)]
    assert {len(subject) for subject in subjects} == set(range(min(map(len, subjects)), 100))
    assert all(subject.endswith(")") or len(subject) == 99 for subject in subjects)


def test_list_that_fits_is_complete() -> None:
    assert "more" not in MIXED.text()
    assert "Failed:\n" not in replace(MIXED, failed=0, failures=()).text()


@pytest.mark.parametrize(
    ("summary", "wanted_by"),
    [
        (BatchSummary(), set()),
        (BatchSummary(duration=timedelta(seconds=1)), set()),
        (BatchSummary(unchanged=1), {NotifyOn.ALL}),
        (BatchSummary(processed=1), {NotifyOn.ALL}),
        (BatchSummary(processed=9, failed=1), {NotifyOn.ALL, NotifyOn.FAILURES}),
    ],
)
def test_notify_on_selects_the_batches(summary: BatchSummary, wanted_by: set[NotifyOn]) -> None:
    assert {choice for choice in NotifyOn if choice.wants(summary)} == wanted_by


def test_age_requires_a_stored_record_and_an_event_time() -> None:
    record = image_record()
    event = record.processed_at - timedelta(seconds=90)
    stored = ItemOutcome(LOCATION, Outcome.PROCESSED, record=record, occurred_at=event)
    assert stored.age == timedelta(seconds=90)
    assert replace(stored, record=None).age is None
    assert replace(stored, occurred_at=None).age is None


def test_age_of_an_event_from_a_fast_clock_is_zero() -> None:
    record = image_record()
    event = record.processed_at + timedelta(seconds=1)
    assert ItemOutcome(LOCATION, Outcome.STALE, record=record, occurred_at=event).age == timedelta(
        0
    )


def test_values_are_those_of_the_text() -> None:
    failure = Failure("a b.jpg", "not an image", "holiday")
    assert replace(MIXED, failures=(failure,)).values() == {
        "Kind": "batch",
        "Environment": "prod",
        "Processed": 1_234,
        "Failed": 2,
        "Deleted": 3,
        "Unchanged": 4,
        "Stale": 5,
        "BytesRead": 6_789,
        "Duration": 12.34,
        "Failures": [
            {
                "BucketName": "holiday",
                "ObjectKey": "a b.jpg",
                "Uri": "s3://holiday/a%20b.jpg",
                "Error": "not an image",
            }
        ],
    }


def test_values_have_a_limited_number_of_failures() -> None:
    summary = BatchSummary(failed=101, failures=(Failure("a.jpg", "not an image"),) * 101)
    failures = summary.values()["Failures"]
    assert isinstance(failures, list)
    assert len(failures) == 100
