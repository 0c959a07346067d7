"""Summaries form a monoid under `+`, so the items of a batch may be grouped in any way."""

from collections import Counter
from dataclasses import fields
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.notifications import Failure
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome

items = st.builds(
    ItemOutcome,
    st.builds(ObjectLocation, st.just("holiday"), st.text(min_size=1)),
    st.sampled_from(Outcome),
    bytes_read=st.integers(0, 2**40),
    reason=st.none() | st.text(),
)
counts = st.integers(0, 2**63)
summaries = st.builds(
    BatchSummary,
    environment=st.text(),
    processed=counts,
    failed=counts,
    deleted=counts,
    unchanged=counts,
    ignored=st.dictionaries(st.text(), st.integers(1, 2**63)).map(Counter),
    stale=counts,
    bytes_read=counts,
    duration=st.timedeltas(timedelta(), timedelta(days=9_999)),
    failures=st.lists(st.builds(Failure, st.text(), st.text()), max_size=5).map(tuple),
)


@given(summaries)
def test_empty_summary_is_the_identity(summary: BatchSummary) -> None:
    assert BatchSummary() + summary == summary == summary + BatchSummary()


@given(summaries, summaries, summaries)
def test_addition_is_associative(a: BatchSummary, b: BatchSummary, c: BatchSummary) -> None:
    assert (a + b) + c == a + (b + c)


@given(st.lists(items), st.data())
def test_sum_of_parts_equals_the_whole_batch(batch: list[ItemOutcome], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(batch)))) | {0, len(batch)})
    whole = sum((BatchSummary.of(item) for item in batch), BatchSummary())
    parts = sum(
        (
            sum((BatchSummary.of(item) for item in batch[start:stop]), BatchSummary())
            for start, stop in pairwise(cuts)
        ),
        BatchSummary(),
    )
    assert whole == parts
    assert whole.total == len(batch)


@given(summaries, summaries)
def test_every_count_is_added(a: BatchSummary, b: BatchSummary) -> None:
    both = a + b
    for name in {field.name for field in fields(a)} - {"environment", "failures"}:
        assert getattr(both, name) == getattr(a, name) + getattr(b, name)
    assert both.failures == a.failures + b.failures
    assert both.environment == (a.environment or b.environment)
