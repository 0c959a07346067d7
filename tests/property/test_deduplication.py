"""Looking only where it is needed changes nothing: not what is told, and not what is stored."""

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


def world() -> World:
    world = World()
    for key in ("a.jpg", "b.jpg", "c.txt"):
        world.bucket.put(key, 5)
    world.bucket.put("b.jpg", 0)
    return world


def index(world: World) -> dict[str, ImageRecord]:
    """Return what is stored; which of several equal writes it was is no part of it."""
    return {
        record.object_key: record.model_copy(update={"revision": ""})
        for record in world.repository.scan(include_deleted=True)
    }


@given(batches)
def test_every_hint_gets_one_outcome_that_bears_its_message(batch: list[Hint]) -> None:
    told = [
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
    assert Counter(told) == Counter((hint.location, hint.message_id) for hint in batch)


@given(batches)
def test_no_object_is_looked_at_more_than_twice(batch: list[Hint]) -> None:
    looks = Counter(hint.location for group in deduplicate(batch) for hint in group.needed)
    assert set(looks) == {hint.location for hint in batch}
    assert all(count <= 2 for count in looks.values())


@given(batches)
def test_objects_keep_the_order_in_which_they_are_first_named(batch: list[Hint]) -> None:
    named = [group.hints[0].location for group in deduplicate(batch)]
    assert named == list(dict.fromkeys(hint.location for hint in batch))


@given(batches, st.data())
def test_the_index_is_the_one_that_all_hints_one_by_one_would_make(
    batch: list[Hint], data: st.DataObject
) -> None:
    one_by_one, collapsed = world(), world()
    one_by_one.process(*data.draw(st.permutations(batch)))
    process_batch(collapsed.indexer, batch, BatchLimits(1, lambda: inf))
    assert index(collapsed) == index(one_by_one)


@given(batches)
def test_of_each_hint_it_is_told_alone_whether_its_key_is_one_of_ours(batch: list[Hint]) -> None:
    outcomes = process_batch(world().indexer, batch, BatchLimits(1, lambda: inf)).outcomes
    ignored = [item.location.key for item in outcomes if item.outcome is Outcome.IGNORED]
    assert ignored == [hint.location.key for hint in batch if hint.location.key == "c.txt"]
