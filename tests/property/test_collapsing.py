"""Hints of one batch are collapsed by object, and nobody's message is forgotten."""

from collections import Counter
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from bucket_model import BUCKET, EPOCH, ModelBucket, WidthReader
from imgmeta import Hint, ImageRecord, Indexer, ItemOutcome, ObjectLocation, Outcome, Rules
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.collapsing import collapse

hints = st.builds(
    Hint,
    st.sampled_from(["a.jpg", "b.jpg", "c.jpg"]).map(lambda key: ObjectLocation(BUCKET, key)),
    sequencer=st.none() | st.integers(0, 4).map("{:032X}".format),
    message_id=st.sampled_from(["m-0", "m-1", "m-2", "m-3"]),
    force=st.booleans(),
)
batches = st.lists(hints, max_size=12)


def looked_into(batch: list[Hint], outcome: Outcome) -> list[ItemOutcome]:
    """Return what becomes of a batch when every look ends so."""
    return [
        item
        for group in collapse(batch)
        for item in group.outcomes(
            {
                hint: ItemOutcome(hint.location, outcome, hint.message_id, reason="why")
                for hint in group.needed
            }
        )
    ]


@given(batches)
def test_every_hint_has_one_outcome_with_its_own_message(batch: list[Hint]) -> None:
    items = looked_into(batch, Outcome.PROCESSED)
    assert Counter((item.location, item.message_id) for item in items) == Counter(
        (hint.location, hint.message_id) for hint in batch
    )


@given(batches)
def test_an_error_is_that_of_every_message_that_the_look_stood_for(batch: list[Hint]) -> None:
    items = looked_into(batch, Outcome.ERROR)
    assert [item.outcome for item in items] == [Outcome.ERROR] * len(batch)
    assert {item.message_id for item in items} == {hint.message_id for hint in batch}


@given(batches)
def test_an_object_is_counted_as_processed_once_for_each_look(batch: list[Hint]) -> None:
    items = looked_into(batch, Outcome.PROCESSED)
    looks = sum(len(group.needed) for group in collapse(batch))
    assert sum(item.outcome is Outcome.PROCESSED for item in items) == looks
    assert looks <= 2 * len({hint.location for hint in batch})


@given(batches)
def test_objects_stay_in_the_order_in_which_they_are_first_named(batch: list[Hint]) -> None:
    first_named = list(dict.fromkeys(hint.location for hint in batch))
    assert [group.hints[0].location for group in collapse(batch)] == first_named


@given(batches)
def test_the_newest_event_is_looked_into_and_a_forced_look_is_made(batch: list[Hint]) -> None:
    for group in collapse(batch):
        sequencers = [hint.sequencer for hint in group.hints if hint.sequencer]
        needed = [hint.sequencer for hint in group.needed if hint.sequencer]
        assert needed == ([max(sequencers)] if sequencers else [])
        unordered = [hint for hint in group.hints if hint.sequencer is None]
        looks = [hint for hint in group.needed if hint.sequencer is None]
        assert len(looks) == min(len(unordered), 1)
        assert any(hint.force for hint in looks) == any(hint.force for hint in unordered)


@given(batches, st.dictionaries(st.sampled_from(["a.jpg", "b.jpg"]), st.integers(0, 3)))
def test_collapsed_hints_leave_the_index_that_all_of_them_leave(
    batch: list[Hint], there: dict[str, int]
) -> None:
    needed = [hint for group in collapse(batch) for hint in group.needed]
    assert said_after(needed, there) == said_after(batch, there)


def said_after(batch: list[Hint], there: dict[str, int]) -> list[ImageRecord]:
    bucket = ModelBucket(versioned=False)
    for key, content in there.items():
        bucket.put(key, content)
    repository, revisions = InMemoryImageRepository(), count()
    indexer = Indexer(
        repository=repository,
        objects=bucket,
        reader=WidthReader(),
        rules=Rules(lambda _: True),
        clock=lambda: EPOCH,
        new_revision=lambda: f"r{next(revisions)}",
    )
    for _ in indexer.process(batch):
        pass
    records = repository.scan(include_deleted=True)
    return sorted(
        (record.model_copy(update={"revision": "r"}) for record in records),
        key=lambda record: record.image_id,
    )
