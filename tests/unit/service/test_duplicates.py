"""The search for duplicates asks for missing hashes only, and says what it could not compare."""

import hashlib
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace

import pytest

from imgmeta import (
    ContentHash,
    HashKind,
    ImageRecord,
    InBucket,
    InvalidRecordError,
    ObjectLocation,
    OnUnreadable,
    PermanentError,
    Query,
    Status,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.duplicates import ContentEntry
from imgmeta.core.ordering import IfRevision
from imgmeta.core.perceptual_hashes import FEATURELESS
from imgmeta.service.duplicates import (
    DuplicateSearch,
    HashResult,
    HashTask,
    SimilarSearch,
    compute_hashes,
    file_ids,
    find_same_sizes,
)
from imgmeta.testing.strategies.record_examples import image_record
from support.convergence.bucket import BUCKET, ModelBucket, body_of
from support.convergence.indexer_harness import IndexerHarness
from support.convergence.thumbnails import ThumbnailReader, WidthHasher

MD5, SHA1, SHA256 = HashKind


def hash_of(content: int, kind: HashKind) -> ContentHash:
    return ContentHash(kind, hashlib.new(kind, body_of(content)).hexdigest())


def place(key: str) -> ObjectLocation:
    return ObjectLocation(BUCKET, key)


@pytest.fixture
def harness() -> IndexerHarness:
    harness = IndexerHarness(reader=ThumbnailReader(), hasher=WidthHasher())
    for key, content in {"a.jpg": 5, "b.jpg": 5, "c.jpg": 7, "d.jpg": 5, "empty.jpg": 0}.items():
        harness.bucket.put(key, content)
    harness.bucket.put("empty2.jpg", 0)
    harness.sync()
    return harness


def search(harness: IndexerHarness) -> DuplicateSearch:
    """Search for duplicates as the command does."""
    found = DuplicateSearch(find_same_sizes(harness.repository, Query()))
    for _ in range(2):
        for result in compute_hashes(harness.indexer, found.tasks()):
            found.add(result)
    return found


def keys(found: DuplicateSearch) -> list[list[str]]:
    return [[each.location.key for each in group.images] for group in found.groups()]


def reasons(found: DuplicateSearch | SimilarSearch) -> dict[str, str]:
    return {location.key: reason for location, reason in found.failures.items()}


class TestDuplicates:
    def test_equal_images_are_found_and_empty_files_are_not(self, harness: IndexerHarness) -> None:
        found = search(harness)

        assert keys(found) == [["a.jpg", "b.jpg", "d.jpg"]]
        assert found.groups()[0].other_bytes == 2 * len(body_of(5))
        assert found.failures == {}

    def test_only_images_of_equal_size_are_hashed(self, harness: IndexerHarness) -> None:
        search(harness)

        hashed = {each.object_key for each in harness.repository.scan() if each.content_hash}
        assert hashed == {"a.jpg", "b.jpg", "d.jpg"}

    def test_remembered_hashes_are_not_computed_again(self, harness: IndexerHarness) -> None:
        search(harness)
        again = DuplicateSearch(find_same_sizes(harness.repository, Query()))

        assert again.tasks() == []
        assert keys(again) == [["a.jpg", "b.jpg", "d.jpg"]]

    def test_filters_apply_to_all_images_of_a_group(self, harness: IndexerHarness) -> None:
        query = Query((InBucket(BUCKET, "a"),))

        assert list(DuplicateSearch(find_same_sizes(harness.repository, query)).tasks()) == []

    def test_limit_and_cursor_of_the_query_are_ignored(self, harness: IndexerHarness) -> None:
        *_, last = harness.repository.list_prefix(BUCKET)
        query = Query(limit=1, after=Query().cursor(last))

        assert len(list(find_same_sizes(harness.repository, query))) == 4

    def test_hashes_of_different_kinds_are_made_comparable(self, harness: IndexerHarness) -> None:
        harness.bucket.hashes["a.jpg"] = hash_of(5, MD5)
        harness.bucket.hashes["b.jpg"] = hash_of(5, SHA1)
        harness.process(*(replace(task.hint, force=True) for task in tasks_of(harness)))

        assert keys(search(harness)) == [["a.jpg", "b.jpg", "d.jpg"]]

    def test_unreadable_images_are_reported(self, harness: IndexerHarness) -> None:
        harness.bucket.storage_classes["a.jpg"] = "GLACIER"
        harness.bucket.denied.add("b.jpg")

        found = search(harness)
        assert keys(found) == []
        assert reasons(found) == {"a.jpg": "archived (GLACIER)", "b.jpg": "permission denied"}

    def test_failed_reads_are_reported(self, harness: IndexerHarness) -> None:
        harness.bucket.errors["a.jpg"] = PermanentError("broken disk")

        found = search(harness)
        assert keys(found) == [["b.jpg", "d.jpg"]]
        assert reasons(found) == {"a.jpg": "broken disk"}

    def test_changed_images_are_left_out(self, harness: IndexerHarness) -> None:
        harness.bucket.put("a.jpg", 8)
        harness.bucket.put("b.jpg", 9)

        found = search(harness)
        assert (keys(found), found.failures) == ([], {})

    def test_missing_images_are_reported_and_keep_their_records(
        self, harness: IndexerHarness
    ) -> None:
        before = harness.stored("a.jpg")
        harness.bucket.delete("a.jpg")

        found = search(harness)
        assert keys(found) == [["b.jpg", "d.jpg"]]
        assert "does not exist" in reasons(found)["a.jpg"]
        assert harness.stored("a.jpg") == before

    def test_damaged_content_is_reported(self, harness: IndexerHarness) -> None:
        wrong = str(hash_of(6, MD5))
        for record in [*harness.repository.scan()]:
            if record.object_key == "a.jpg":
                changed = record.model_copy(update={"content_hash": wrong, "revision": "x"})
                harness.repository.put(changed, IfRevision(record.revision))
            if record.object_key == "b.jpg":
                harness.indexer.hash_content(place("b.jpg"), [SHA256])

        found = search(harness)
        assert keys(found) == [["b.jpg", "d.jpg"]]
        assert "does not match" in reasons(found)["a.jpg"]

    def test_image_that_the_rules_exclude_is_reported_and_keeps_its_record(
        self, harness: IndexerHarness
    ) -> None:
        harness.suffixes = {"png"}

        found = search(harness)
        assert set(reasons(found)) == {"a.jpg", "b.jpg", "d.jpg"}
        assert harness.stored("a.jpg").status is Status.PROCESSED

    def test_record_that_becomes_unreadable_is_reported(self, harness: IndexerHarness) -> None:
        found = DuplicateSearch(find_same_sizes(harness.repository, Query()))
        tasks = found.tasks()
        search(harness)  # another process is faster, and then its records are damaged
        harness.repository = DamagedRepository([*harness.repository.scan()])
        for result in compute_hashes(harness.indexer, tasks):
            found.add(result)

        assert set(reasons(found).values()) == {"damaged"}

    def test_repository_may_find_the_sizes_itself(self) -> None:
        entry = ContentEntry(place("a.jpg"), 3, None)

        assert list(find_same_sizes(FindingRepository(entry), Query())) == [entry]


def tasks_of(harness: IndexerHarness) -> list[HashTask]:
    return DuplicateSearch(find_same_sizes(harness.repository, Query())).tasks()


class DamagedRepository(InMemoryImageRepository):
    """Its records are damaged just after the first time that each is read."""

    def __init__(self, records: Iterable[ImageRecord]) -> None:
        super().__init__(records)
        self.read = set[str]()

    def get(self, image_id: str) -> ImageRecord | None:
        if image_id in self.read:
            raise InvalidRecordError("damaged")
        self.read.add(image_id)
        return super().get(image_id)


class FindingRepository(InMemoryImageRepository):
    def __init__(self, entry: ContentEntry) -> None:
        super().__init__()
        self.entry = entry

    def same_sizes(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ContentEntry]:
        assert (query, on_unreadable) == (Query(), None)
        yield self.entry


def similar(harness: IndexerHarness) -> SimilarSearch:
    found = SimilarSearch(harness.repository.scan())
    for result in compute_hashes(harness.indexer, found.tasks()):
        found.add(result)
    return found


def similar_keys(found: SimilarSearch, limit: int = 6) -> list[list[str]]:
    groups = found.groups(limit)
    return [[each.entry.location.key for each in group.images] for group in groups]


class TestSimilarImages:
    def test_images_with_similar_thumbnails_are_found(self, harness: IndexerHarness) -> None:
        found = similar(harness)

        assert similar_keys(found) == [["c.jpg", "a.jpg", "b.jpg", "d.jpg"]]
        assert similar_keys(found, 0) == [["a.jpg", "b.jpg", "d.jpg"]]
        assert (found.without_thumbnail, found.failures) == (2, {})

    def test_remembered_hashes_are_not_computed_again(self, harness: IndexerHarness) -> None:
        similar(harness)

        assert SimilarSearch(harness.repository.scan()).tasks() == []

    def test_thumbnails_without_features_are_counted(self) -> None:
        records = [
            image_record(key, has_thumbnail=True, thumbnail_hash=FEATURELESS) for key in "abc"
        ]

        found = SimilarSearch(records)
        assert (found.tasks(), found.groups(15), found.without_thumbnail) == ([], [], 3)

    def test_images_that_an_older_reader_read_are_counted(self) -> None:
        records = [
            image_record("a", reader_version=2),
            image_record("b", reader_version=3),
            image_record("c", reader_version=2, has_thumbnail=True),
        ]

        found = SimilarSearch(records, 3)
        assert (found.outdated, found.without_thumbnail, len(found.tasks())) == (1, 1, 1)

    def test_images_that_cannot_be_read_are_reported(self, harness: IndexerHarness) -> None:
        harness.bucket.denied.add("a.jpg")
        harness.bucket.errors["b.jpg"] = PermanentError("broken disk")
        harness.bucket.delete("d.jpg")

        found = similar(harness)
        assert reasons(found) == {
            "a.jpg": "permission denied",
            "b.jpg": "broken disk",
            "d.jpg": "it does not exist: run `imgmeta sync`",
        }
        assert similar_keys(found) == []
        assert harness.stored("d.jpg").status is Status.PROCESSED

    def test_images_whose_records_were_deleted_meanwhile_are_left_out(
        self, harness: IndexerHarness
    ) -> None:
        found = SimilarSearch(harness.repository.scan())
        deleted = image_record("a.jpg", status=Status.DELETED)
        for task, record in zip(found.tasks(), [deleted, None], strict=False):
            found.add(HashResult(task, record, None))

        assert (similar_keys(found), found.failures) == ([], {})

    def test_records_without_sizes_are_compared(self) -> None:
        records = [image_record(key, thumbnail_hash="0f" * 8, file_size=None) for key in "ab"]

        (group,) = SimilarSearch(records).groups(0)
        assert (group.other_bytes, len(group.images)) == (0, 2)


class LinkedBucket(ModelBucket):
    def file_id(self, location: ObjectLocation) -> Hashable | None:
        return {"a": 1, "b": 1}.get(location.key)


def test_only_object_stores_with_links_are_asked_for_them() -> None:
    places = [place(key) for key in "abc"]

    assert file_ids(ModelBucket(versioned=False), places) == {}
    assert file_ids(LinkedBucket(versioned=False), places) == {places[0]: 1, places[1]: 1}
