"""Processing only the needed hints gives the same outcomes and records as processing all."""

from collections import Counter
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from imgmeta import Hint, ImageRecord, ObjectLocation
from imgmeta.core.deduplication import deduplicate
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.service import BatchLimits, process_batch
from support.convergence.bucket import BUCKET
from support.convergence.indexer_harness import IndexerHarness, sequencer

KEYS = ("a.jpg", "b.jpg", "gone.jpg", "c.txt")

hints = st.builds(
    Hint,
    st.builds(ObjectLocation, st.just(BUCKET), st.sampled_from(KEYS)),
    st.none() | st.integers(1, 3).map(sequencer),
    st.sampled_from(["", "m-1", "m-2"]),
    force=st.booleans(),
)
batches = st.lists(hints, max_size=12)


def create_harness() -> IndexerHarness:
    harness = IndexerHarness()
    for key in ("a.jpg", "b.jpg", "c.txt"):
        harness.bucket.put(key, 5)
    harness.bucket.put("b.jpg", 0)
    return harness


def index(harness: IndexerHarness) -> dict[str, ImageRecord]:
    """Return the records without their revisions."""
    return {
        record.object_key: record.model_copy(update={"revision": ""})
        for record in harness.repository.scan(include_deleted=True)
    }


@given(batches)
def test_every_hint_has_one_outcome_with_its_message_id(batch: list[Hint]) -> None:
    outcomes = [
        (item.location, item.message_id)
        for group in deduplicate(batch)
        for item in group.outcomes(
            {hint: ItemOutcome(hint.location, Outcome.STALE, hint.message_id) for hint in batch}
            | {
                hint: ItemOutcome(hint.location, Outcome.PROCESSED, hint.message_id)
                for hint in group.needed
            }
        )
    ]
    assert Counter(outcomes) == Counter((hint.location, hint.message_id) for hint in batch)


@given(batches)
def test_no_object_is_processed_more_than_twice(batch: list[Hint]) -> None:
    processed = Counter(hint.location for group in deduplicate(batch) for hint in group.needed)
    assert set(processed) == {hint.location for hint in batch}
    assert all(count <= 2 for count in processed.values())


@given(batches)
def test_objects_keep_the_order_of_their_first_hint(batch: list[Hint]) -> None:
    locations = [group.hints[0].location for group in deduplicate(batch)]
    assert locations == list(dict.fromkeys(hint.location for hint in batch))


@given(batches, st.data())
def test_batch_stores_the_same_records_as_single_hints(
    batch: list[Hint], data: st.DataObject
) -> None:
    one_by_one, deduplicated = create_harness(), create_harness()
    one_by_one.process(*data.draw(st.permutations(batch)))
    process_batch(deduplicated.indexer, batch, BatchLimits(1, lambda: inf))
    assert index(deduplicated) == index(one_by_one)


@given(batches)
def test_only_hints_for_keys_that_are_not_indexed_are_ignored(batch: list[Hint]) -> None:
    outcomes = process_batch(create_harness().indexer, batch, BatchLimits(1, lambda: inf)).outcomes
    ignored = [item.location.key for item in outcomes if item.outcome is Outcome.IGNORED]
    assert ignored == [hint.location.key for hint in batch if hint.location.key == "c.txt"]
