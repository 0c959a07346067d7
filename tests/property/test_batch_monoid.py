"""Summaries form a monoid under `+`, so that a batch may be counted in any grouping."""

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
    stale=counts,
    bytes_read=counts,
    duration=st.timedeltas(timedelta(), timedelta(days=9_999)),
    failures=st.lists(st.builds(Failure, st.text(), st.text()), max_size=5).map(tuple),
)


@given(summaries)
def test_the_empty_summary_is_neutral(summary: BatchSummary) -> None:
    assert BatchSummary() + summary == summary == summary + BatchSummary()


@given(summaries, summaries, summaries)
def test_the_grouping_does_not_matter(a: BatchSummary, b: BatchSummary, c: BatchSummary) -> None:
    assert (a + b) + c == a + (b + c)


@given(st.lists(items), st.data())
def test_batches_counted_apart_and_together_are_the_same(
    batch: list[ItemOutcome], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(batch)))) | {0, len(batch)})
    together = sum((BatchSummary.of(item) for item in batch), BatchSummary())
    apart = sum(
        (
            sum((BatchSummary.of(item) for item in batch[start:stop]), BatchSummary())
            for start, stop in pairwise(cuts)
        ),
        BatchSummary(),
    )
    assert together == apart
    assert together.total == len(batch)


@given(summaries, summaries)
def test_every_count_is_the_sum_of_both(a: BatchSummary, b: BatchSummary) -> None:
    both = a + b
    for name in {field.name for field in fields(a)} - {"environment", "failures"}:
        assert getattr(both, name) == getattr(a, name) + getattr(b, name)
    assert both.failures == a.failures + b.failures
    assert both.environment == (a.environment or b.environment)
