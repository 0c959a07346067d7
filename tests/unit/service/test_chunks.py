"""A sync in chunks has the outcomes of processing each image alone, in key order."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from imgmeta import (
    ByteSource,
    Hint,
    ImageProperties,
    ImageRecord,
    ObjectLocation,
    Outcome,
    PresentObject,
    TransientError,
    Unreadable,
)
from imgmeta.adapters.filesystem import LocalObjectStore, key_from_path
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.objects import AbsentObject, Listing, Observation
from imgmeta.core.targets import LOCAL_BUCKET
from imgmeta.ports import LoadedImage
from imgmeta.service.chunks import CHUNK_SIZE, DirectLoader
from support.convergence.bucket import BUCKET, WidthReader
from support.convergence.indexer_harness import ALL, IndexerHarness

KEYS = [f"{number:04}.jpg" for number in range(3 * CHUNK_SIZE + 5)]


@pytest.fixture
def harness() -> IndexerHarness:
    harness = IndexerHarness()
    for key in KEYS:
        harness.bucket.put(key, 5)
    return harness


class AheadLoader(DirectLoader):
    """Loads two chunks before the result of the first is used."""

    ahead = 2

    def __init__(self, harness: IndexerHarness) -> None:
        super().__init__(harness.bucket, harness.reader)
        self.sizes: list[int] = []

    def load(self, locations: Sequence[ObjectLocation]) -> Iterator[LoadedImage | None]:
        self.sizes.append(len(locations))
        return iter(list(super().load(locations)))


def sync(harness: IndexerHarness, loader: DirectLoader | None = None) -> list[tuple[str, Outcome]]:
    items = harness.indexer.sync(ALL, loader=loader)
    return [(item.location.key, item.outcome) for item in items]


def test_outcomes_are_in_key_order_whatever_they_are(harness: IndexerHarness) -> None:
    sync(harness)
    changed, gone, failed = KEYS[3::7], KEYS[5::11], KEYS[4::13]
    for key in changed:
        harness.bucket.put(key, 6)
    for key in failed:
        harness.bucket.put(key, 0)
    for key in gone:
        harness.bucket.delete(key)
    expected = [(key, Outcome.UNCHANGED) for key in KEYS]
    for keys, outcome in (
        (changed, Outcome.PROCESSED),
        (failed, Outcome.FAILED),
        (gone, Outcome.DELETED),
    ):
        for key in keys:
            expected[KEYS.index(key)] = (key, outcome)
    assert sync(harness) == expected


def test_chunks_are_loaded_ahead(harness: IndexerHarness) -> None:
    loader = AheadLoader(harness)
    items = harness.indexer.sync(ALL, loader=loader)
    first = next(items)
    assert (first.location.key, first.outcome) == (KEYS[0], Outcome.PROCESSED)
    assert loader.sizes == [CHUNK_SIZE] * 3
    assert [item.location.key for item in items] == KEYS[1:]
    assert sum(loader.sizes) == len(KEYS)


def test_closed_sync_has_stored_only_complete_chunks(harness: IndexerHarness) -> None:
    items = harness.indexer.sync(ALL)
    assert next(items).outcome is Outcome.PROCESSED
    items.close()  # type: ignore[attr-defined] # an iterator of chunks is a generator
    assert harness.repository.count(BUCKET) == CHUNK_SIZE


def test_image_that_cannot_be_loaded_is_processed_alone(harness: IndexerHarness) -> None:
    harness.bucket.errors[KEYS[1]] = TransientError("the disk is asleep")
    items = list(harness.indexer.sync(ALL))
    assert (items[1].outcome, items[1].reason) == (Outcome.ERROR, "the disk is asleep")
    assert {item.outcome for item in [items[0], *items[2:]]} == {Outcome.PROCESSED}


def test_image_that_another_process_wrote_is_processed_alone(harness: IndexerHarness) -> None:
    class Race(DirectLoader):
        def load(self, locations: Sequence[ObjectLocation]) -> Iterator[LoadedImage | None]:
            for location, loaded in zip(locations, super().load(locations), strict=True):
                if location.key == KEYS[2]:
                    harness.bucket.put(KEYS[2], 9)
                    harness.process(Hint(ObjectLocation(BUCKET, KEYS[2])))
                yield loaded

    outcomes = dict(sync(harness, Race(harness.bucket, harness.reader)))
    assert outcomes.pop(KEYS[2]) is Outcome.UNCHANGED, "the other process read the same object"
    assert harness.stored(KEYS[2]).width == 9
    assert set(outcomes.values()) == {Outcome.PROCESSED}


def test_only_stored_records_of_a_chunk_are_read_if_their_ids_can_be_found(
    harness: IndexerHarness,
) -> None:
    class Finding(InMemoryImageRepository):
        read: ClassVar[list[str]] = []

        def stored_ids(self, image_ids: Sequence[str]) -> list[str]:
            return [each for each in image_ids if super(Finding, self).get(each)]

        def get(self, image_id: str) -> ImageRecord | None:
            self.read.append(image_id)
            return super().get(image_id)

    harness.repository = Finding()
    assert {outcome for _, outcome in sync(harness)} == {Outcome.PROCESSED}
    assert Finding.read == []
    harness.bucket.put(KEYS[1], 6)
    assert dict(sync(harness))[KEYS[1]] is Outcome.PROCESSED
    assert Finding.read == [ObjectLocation(BUCKET, KEYS[1]).image_id]


def test_content_that_the_loader_left_out_is_read(harness: IndexerHarness) -> None:
    class Tired(WidthReader):
        fails = True

        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            if self.fails:
                self.fails = False
                msg = "the disk is asleep"
                raise TransientError(msg)
            return super().read(content)

    class Observing(DirectLoader):
        def load(self, locations: Sequence[ObjectLocation]) -> Iterator[LoadedImage | None]:
            return (LoadedImage(harness.bucket.observe(each), None) for each in locations)

    harness.reader = Tired()
    assert set(sync(harness, Observing(harness.bucket, harness.reader))) == {
        (key, Outcome.PROCESSED) for key in KEYS
    }
    assert {harness.stored(key).width for key in KEYS} == {5}


def test_memory_is_bounded_by_known_outcomes_that_wait(harness: IndexerHarness) -> None:
    many = [f"a{number:05}.jpg" for number in range(1100)]
    for key in many:
        harness.bucket.put(key, 5)
    sync(harness)
    harness.bucket.put(KEYS[0], 6)
    loader = AheadLoader(harness)
    outcomes = sync(harness, loader)
    assert [key for key, _ in outcomes] == KEYS + many
    assert [key for key, outcome in outcomes if outcome is not Outcome.UNCHANGED] == [KEYS[0]]
    assert loader.sizes == [1, 0], "the outcomes after the first thousand do not wait for others"


def test_direct_loader_reads_only_the_bytes_of_objects(harness: IndexerHarness) -> None:
    harness.bucket.unreadable.add(KEYS[0])
    harness.bucket.delete(KEYS[1])
    loader = DirectLoader(harness.bucket, harness.reader)
    denied, absent, present = loader.load([ObjectLocation(BUCKET, key) for key in KEYS[:3]])
    assert denied is not None
    assert isinstance(denied.observation, PresentObject)
    assert denied.content is None
    assert absent == LoadedImage(AbsentObject(ObjectLocation(BUCKET, KEYS[1])), None)
    assert present is not None
    assert isinstance(present.content, ImageProperties)


def test_direct_loader_observes_the_objects_of_a_call_together(
    harness: IndexerHarness, tmp_path: Path
) -> None:
    class Counting(LocalObjectStore):
        observers = 0

        def observer(self) -> Callable[[ObjectLocation], Observation]:
            self.observers += 1
            return super().observer()

    store = Counting()
    locations = [
        ObjectLocation(LOCAL_BUCKET, key_from_path(tmp_path / name)) for name in ("a.jpg", "b.jpg")
    ]
    loaded = list(DirectLoader(store, harness.reader).load(locations))
    assert loaded == [LoadedImage(AbsentObject(each), None) for each in locations]
    assert store.observers == 1


def test_sync_without_batches_stores_only_images_with_outcomes(harness: IndexerHarness) -> None:
    items = harness.indexer.sync(ALL, in_batches=False)
    assert next(items).outcome is Outcome.PROCESSED
    assert harness.repository.count(BUCKET) == 1


def test_stopped_sync_yields_the_outcomes_of_images_in_progress(harness: IndexerHarness) -> None:
    stopped: list[bool] = []
    items = harness.indexer.sync(ALL, is_stopped=lambda: bool(stopped))
    keys = [next(items).location.key]
    stopped.append(True)
    keys += [item.location.key for item in items]
    assert keys == KEYS[:CHUNK_SIZE]
    assert harness.repository.count(BUCKET) == CHUNK_SIZE


def test_nothing_is_written_if_nothing_changed(
    harness: IndexerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(harness)
    monkeypatch.setattr(harness.repository, "put_all", lambda _: pytest.fail("a transaction"))
    assert {outcome for _, outcome in sync(harness)} == {Outcome.UNCHANGED}


def test_images_before_an_error_of_the_listing_are_processed(
    harness: IndexerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = list(harness.bucket.list(BUCKET))

    def fail(*_: object, **__: object) -> Iterator[Listing]:
        yield from listed[:-1]
        msg = "the disk is asleep"
        raise TransientError(msg)

    monkeypatch.setattr(harness.bucket, "list", fail)
    items = harness.indexer.sync(ALL, loader=AheadLoader(harness))
    keys = [next(items).location.key for _ in listed[:-1]]
    with pytest.raises(TransientError, match="asleep"):
        next(items)
    assert keys == KEYS[:-1]
    assert harness.repository.count(BUCKET) == len(keys)
