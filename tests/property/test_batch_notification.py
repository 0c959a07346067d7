"""Limits of subject and message: Amazon SNS API Reference, "Publish".

A subject is ASCII without line breaks or control characters and has fewer than 100 characters. A
message has at most 262,144 bytes of UTF-8.
"""

import re

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.outcomes import BatchSummary
from imgmeta.testing.strategies.notifications import summaries


@given(summaries())
def test_subject_is_one_line_of_visible_ascii_under_100_characters(
    summary: BatchSummary,
) -> None:
    subject = summary.subject()
    assert 0 < len(subject) < 100
    assert re.fullmatch(r"[ -~]+", subject)
    assert f"{summary.processed:,} processed" in subject
    assert f"{summary.failed:,} failed" in subject or not summary.failed


@given(summaries(), st.integers(1_024, 5_000) | st.just(262_144))
def test_text_respects_its_limit_and_has_all_counts(summary: BatchSummary, limit: int) -> None:
    text = summary.text(limit=limit)
    assert len(text.encode()) <= limit
    for name, count in (
        ("Processed:   ", summary.processed),
        ("Failed:      ", summary.failed),
        ("Deleted:     ", summary.deleted),
        ("Unchanged:   ", summary.unchanged),
        ("Stale:       ", summary.stale),
        ("Bytes read:  ", summary.bytes_read),
    ):
        assert text.splitlines().count(f"{name}{count:,}") == 1


@given(summaries(), st.integers(1_024, 5_000) | st.just(262_144))
def test_every_failure_is_listed_or_counted_and_none_is_forged(
    summary: BatchSummary, limit: int
) -> None:
    head, _, tail = summary.text(limit=limit).partition("\nFailed:\n")
    assert len(head.splitlines()) == 8 + bool(summary.environment) + bool(summary.ignored)
    lines = tail.splitlines()
    omitted = 0
    if lines and (more := re.fullmatch(r"\.\.\. and ([0-9,]+) more", lines[-1])):
        omitted = int(more[1].replace(",", ""))
        lines.pop()
    assert all(line.startswith("- ") and line.isprintable() for line in lines)
    assert len(lines) + omitted == summary.failed
