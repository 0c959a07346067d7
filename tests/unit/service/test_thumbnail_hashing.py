"""Hashes of thumbnails: computed on demand, and remembered in the record."""

import pytest

from imgmeta import (
    Hint,
    ObjectChangedError,
    Outcome,
    PermanentError,
)
from imgmeta.core.events import encode_hint
from support.convergence.indexer_harness import KEY, LOCATION, IndexerHarness, sequencer
from support.convergence.thumbnails import ThumbnailReader, WidthHasher

HINT = Hint(LOCATION, hash_thumbnail=True)


@pytest.fixture
def hasher() -> WidthHasher:
    return WidthHasher()


@pytest.fixture
def harness(hasher: WidthHasher) -> IndexerHarness:
    harness = IndexerHarness(reader=ThumbnailReader(), hasher=hasher)
    harness.bucket.put(KEY, 5)
    return harness


def test_sync_computes_no_hash(harness: IndexerHarness, hasher: WidthHasher) -> None:
    harness.sync()

    assert (harness.stored().has_thumbnail, harness.stored().thumbnail_hash) == (True, None)
    assert hasher.calls == 0


def test_hash_is_computed_once(harness: IndexerHarness, hasher: WidthHasher) -> None:
    harness.sync()

    outcomes = [item.outcome for item in harness.process(HINT, HINT)]
    assert outcomes == [Outcome.PROCESSED, Outcome.UNCHANGED]
    assert (harness.stored().thumbnail_hash, hasher.calls) == (f"{5:016x}", 1)


def test_hash_of_a_new_image_is_computed(harness: IndexerHarness) -> None:
    harness.process(HINT)

    assert harness.stored().thumbnail_hash == f"{5:016x}"


@pytest.mark.parametrize("content", [4, 0])
def test_image_without_thumbnail_has_no_hash(
    harness: IndexerHarness, hasher: WidthHasher, content: int
) -> None:
    harness.bucket.put(KEY, content)
    harness.process(HINT)

    assert harness.process(HINT)[0].outcome is Outcome.UNCHANGED
    assert (harness.stored().thumbnail_hash, hasher.calls) == (None, 0)


def test_indexer_without_hasher_computes_no_hash(harness: IndexerHarness) -> None:
    harness.hasher = None
    harness.process(HINT)

    assert harness.stored().thumbnail_hash is None


def test_unreadable_object_keeps_its_hash(harness: IndexerHarness) -> None:
    harness.process(HINT)
    harness.bucket.denied.add(KEY)
    harness.process(Hint(LOCATION, force=True))

    assert harness.stored().content_error
    assert harness.stored().thumbnail_hash == f"{5:016x}"


def test_unreadable_object_without_hash_gets_none(
    harness: IndexerHarness, hasher: WidthHasher
) -> None:
    harness.sync()
    harness.bucket.denied.add(KEY)
    harness.process(HINT)

    assert (harness.stored().thumbnail_hash, hasher.calls) == (None, 0)


def test_new_version_of_the_reader_discards_the_hash(harness: IndexerHarness) -> None:
    harness.process(HINT)
    harness.reader.version = 2
    harness.sync()

    assert (harness.stored().has_thumbnail, harness.stored().thumbnail_hash) == (True, None)


def test_event_keeps_the_hash_of_unchanged_content(harness: IndexerHarness) -> None:
    harness.process(HINT)
    harness.process(Hint(LOCATION, sequencer(1)))

    assert (harness.stored().sequencer, harness.stored().thumbnail_hash) == (
        sequencer(1),
        f"{5:016x}",
    )


def test_event_keeps_no_hash_of_earlier_content(harness: IndexerHarness) -> None:
    harness.process(HINT)
    harness.bucket.put(KEY, 7)
    harness.process(Hint(LOCATION, sequencer(1)))

    assert harness.stored().thumbnail_hash is None


def test_object_that_changes_meanwhile_is_observed_again(
    harness: IndexerHarness, hasher: WidthHasher
) -> None:
    hasher.errors = [ObjectChangedError("changed")]
    harness.process(HINT)

    assert (harness.stored().thumbnail_hash, hasher.calls) == (f"{5:016x}", 2)


def test_failure_to_read_the_thumbnail_is_the_outcome(
    harness: IndexerHarness, hasher: WidthHasher
) -> None:
    hasher.errors = [PermanentError("broken disk")]

    (item,) = harness.process(HINT)
    assert (item.outcome, item.reason) == (Outcome.ERROR, "broken disk")


def test_hint_for_a_hash_is_not_sent_to_a_queue() -> None:
    with pytest.raises(ValueError, match="cannot encode"):
        encode_hint(HINT)
