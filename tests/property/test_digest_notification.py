"""Limits of subject and message: Amazon SNS API Reference, "Publish".

A subject is ASCII without line breaks or control characters and has fewer than 100 characters. A
message has at most 262,144 bytes of UTF-8.
"""

import re
from dataclasses import replace
from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.digest import Digest
from imgmeta.testing.strategies.notifications import digests

limits = st.integers(1_024, 5_000) | st.just(262_144)


@given(digests())
def test_subject_is_one_line_of_visible_ascii_under_100_characters(digest: Digest) -> None:
    subject = digest.subject()
    assert 0 < len(subject) < 100
    assert re.fullmatch(r"[ -~]+", subject)
    assert f"{digest.processed:,} processed" in subject
    assert f"{digest.failed:,} failed" in subject or not digest.failed
    assert f"{digest.incomplete:,} incomplete" in subject or not digest.incomplete


@given(digests(), limits)
def test_text_respects_its_limit_and_has_all_counts(digest: Digest, limit: int) -> None:
    text = digest.text(limit=limit)
    assert len(text.encode()) <= limit
    for name, count in (
        ("Processed:   ", digest.processed),
        ("Failed:      ", digest.failed),
        ("Bytes:       ", digest.file_size),
    ):
        assert text.splitlines().count(f"{name}{count:,}") == 1


@given(digests(), limits)
def test_every_failure_is_listed_or_counted_and_none_is_forged(digest: Digest, limit: int) -> None:
    text, _, incomplete = digest.text(limit=limit).partition("\nIncomplete:\n")
    head, _, failed = text.partition("\nFailed:\n")
    optional = bool(digest.environment), bool(digest.incomplete), digest.unindexed is not None
    assert len(head.splitlines()) == 6 + sum(optional)
    for listed, total in ((failed, digest.failed), (incomplete, digest.incomplete)):
        lines = listed.splitlines()
        omitted = 0
        if lines and (more := re.fullmatch(r"\.\.\. and ([0-9,]+) more", lines[-1])):
            omitted = int(more[1].replace(",", ""))
            lines.pop()
        assert all(line.startswith("- ") and line.isprintable() for line in lines)
        assert len(lines) + omitted == total


@given(digests(), st.timedeltas(timedelta(hours=-23), timedelta(hours=23)))
def test_text_shows_the_period_in_utc_for_any_time_zone(digest: Digest, offset: timedelta) -> None:
    zone = timezone(offset)
    local = replace(
        digest, since=digest.since.astimezone(zone), until=digest.until.astimezone(zone)
    )
    lines = local.text().splitlines()
    assert lines == digest.text().splitlines()
    for name, moment in (("Since", digest.since), ("Until", digest.until)):
        assert f"{name}:       {str(moment).removesuffix('+00:00')} UTC" in lines
