"""Notifications with arbitrary file names and reasons."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from imgmeta.core.digest import Digest
from imgmeta.core.notifications import Failure
from imgmeta.core.outcomes import BatchSummary
from imgmeta.core.unindexed import UnindexedCount, label_of

any_text = st.text(st.characters()) | st.sampled_from(
    ["\n- forged.jpg: fine", "\r\nFailed:      0", "x" * 999, "東" * 999, "... and 1 more"]
)
counts = st.integers(0, 5) | st.integers(0, 2**63)
numbers_of_images = st.integers(0, 5) | st.integers(0, 10**11)
"""More images than one digest counts; a subject has room for three such numbers."""
unindexed = st.dictionaries(st.text().map(label_of), counts)
reasons = st.none() | any_text
failure_lists = st.lists(st.builds(Failure, any_text, any_text), max_size=20).map(tuple)
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis requires naive limits


@st.composite
def summaries(draw: st.DrawFn) -> BatchSummary:
    """Draw a summary that counts at least as many failures as it lists."""
    failures = draw(failure_lists)
    return BatchSummary(
        environment=draw(any_text),
        processed=draw(counts),
        failed=len(failures) + draw(st.just(0) | counts),
        deleted=draw(counts),
        unchanged=draw(counts),
        ignored=Counter(draw(unindexed)),
        stale=draw(counts),
        bytes_read=draw(counts),
        duration=draw(st.timedeltas(timedelta(), timedelta(days=9_999))),
        failures=failures,
    )


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    """Draw a digest that counts at least as many failures and incomplete images as it lists."""
    failures = draw(failure_lists)
    incomplete_keys = draw(st.lists(any_text, max_size=20).map(tuple))
    return Digest(
        environment=draw(any_text),
        since=draw(moments),
        until=draw(moments),
        processed=draw(numbers_of_images),
        failed=len(failures) + draw(st.just(0) | numbers_of_images),
        file_size=draw(counts),
        failures=failures,
        unindexed=draw(st.none() | st.builds(UnindexedCount, unindexed, st.booleans(), reasons)),
        incomplete=len(incomplete_keys) + draw(st.just(0) | numbers_of_images),
        incomplete_keys=incomplete_keys,
    )
