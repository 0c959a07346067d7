"""`verify_content`: objects are compared with the content hashes in their records."""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from imgmeta import (
    AbsentObject,
    ContentCheck,
    ContentHash,
    Difference,
    GpsPolicy,
    HashKind,
    ImageRecord,
    InvalidRecordError,
    ObjectChangedError,
    ObjectLocation,
    Observation,
    PermanentError,
    PresentObject,
    Target,
    TransientError,
    verify_content,
)
from support.convergence.bucket import BUCKET, EPOCH, WidthReader, body_of
from support.convergence.indexer_harness import ALL, KEY, LOCATION, Bucket, IndexerHarness

EXACT = Target(BUCKET, KEY, exact=True)
ROTTEN = body_of(5)[:-1] + b"\0"
READ, UNHASHED = ContentCheck.READ, ContentCheck.UNHASHED
ARCHIVED, NOT_NEEDED = ContentCheck.ARCHIVED, ContentCheck.NOT_NEEDED


@dataclass
class Content:
    data: bytes
    error: Exception | None = None
    fetched: int = 0
    is_local: bool = True

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        if self.error is not None:
            raise self.error
        return self.data[offset : offset + length]


class ChangedBucket(Bucket):
    """A bucket with other attributes of its one object than it had when it was indexed."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: dict[str, Any] = {}

    def observe(self, location: ObjectLocation) -> Observation:
        observation = super().observe(location)
        assert isinstance(observation, PresentObject)
        return replace(observation, **self.attributes)


@pytest.fixture
def harness() -> IndexerHarness:
    harness = IndexerHarness()
    harness.bucket = ChangedBucket()
    harness.bucket.put(KEY, 5)
    harness.indexer.hash_content(LOCATION)
    return harness


def change(harness: IndexerHarness, content: bytes, **changes: object) -> None:
    """Let the object have other content, and other attributes."""
    assert isinstance(harness.bucket, ChangedBucket)
    harness.bucket.contents[KEY] = Content(content)
    harness.bucket.attributes = changes


def verify(
    harness: IndexerHarness, target: Target = ALL, concurrency: int = 1
) -> dict[str, tuple[Difference, ContentCheck]]:
    found = verify_content(harness.indexer, target, concurrency=concurrency)
    return {each.key: (each.difference, check) for each, check in found}


TARGETS = pytest.mark.parametrize("target", [ALL, EXACT])


class TestBytes:
    @TARGETS
    @pytest.mark.parametrize("concurrency", [1, 2])
    def test_same_bytes_are_no_difference(
        self, harness: IndexerHarness, target: Target, concurrency: int
    ) -> None:
        assert verify(harness, target, concurrency) == {KEY: (Difference.SAME, READ)}

    @TARGETS
    def test_other_bytes_of_an_unchanged_object_are_corrupted(
        self, harness: IndexerHarness, target: Target
    ) -> None:
        change(harness, ROTTEN)
        assert harness.verify(target) == {KEY: Difference.SAME}
        (found,) = verify_content(harness.indexer, target)
        assert found.comparison[:3] == (
            KEY,
            Difference.CORRUPTED,
            "its bytes changed, but its size and time did not",
        )
        assert found.check is READ

    def test_other_bytes_with_the_same_time_are_corrupted(self, harness: IndexerHarness) -> None:
        change(harness, ROTTEN, etag="etag of another change time")
        assert verify(harness) == {KEY: (Difference.CORRUPTED, READ)}

    def test_other_bytes_with_another_time_are_a_change(self, harness: IndexerHarness) -> None:
        change(harness, ROTTEN, etag="other", last_modified=EPOCH + timedelta(seconds=1))
        assert verify(harness) == {KEY: (Difference.CHANGED, READ)}

    @TARGETS
    def test_touched_object_is_no_difference(self, harness: IndexerHarness, target: Target) -> None:
        later = EPOCH + timedelta(seconds=1)
        change(harness, body_of(5), etag="other", last_modified=later, version_id="v2")
        assert harness.verify(EXACT) == {KEY: Difference.CHANGED}
        assert verify(harness, target) == {KEY: (Difference.SAME, READ)}

    def test_object_of_another_size_is_changed_and_not_read(self, harness: IndexerHarness) -> None:
        change(harness, b"", etag="other", size=7)
        harness.bucket.contents[KEY] = Content(b"", AssertionError("read"))
        assert verify(harness) == {KEY: (Difference.CHANGED, NOT_NEEDED)}

    @pytest.mark.parametrize("kind", HashKind)
    def test_kind_of_the_recorded_hash_is_used(
        self, harness: IndexerHarness, kind: HashKind
    ) -> None:
        harness.indexer.hash_content(LOCATION, [kind])
        assert verify(harness) == {KEY: (Difference.SAME, READ)}
        change(harness, ROTTEN)
        assert verify(harness) == {KEY: (Difference.CORRUPTED, READ)}

    def test_hash_that_the_object_store_has_is_not_trusted(self, harness: IndexerHarness) -> None:
        digest = hashlib.sha256(body_of(5)).hexdigest()
        harness.bucket.hashes[KEY] = ContentHash(HashKind.SHA256, digest)
        change(harness, ROTTEN)
        assert verify(harness) == {KEY: (Difference.CORRUPTED, READ)}


class TestOtherDifferences:
    def test_outdated_record_of_the_same_bytes_is_outdated(self, harness: IndexerHarness) -> None:
        class NewReader(WidthReader):
            version = 2

        harness.reader = NewReader()
        assert verify(harness) == {KEY: (Difference.OUTDATED, READ)}
        change(harness, ROTTEN)
        assert verify(harness) == {KEY: (Difference.CORRUPTED, READ)}

    def test_objects_without_a_hash_are_compared_as_without_content(
        self, harness: IndexerHarness
    ) -> None:
        harness.bucket.put(KEY, 6)
        assert verify(harness) == {KEY: (Difference.CHANGED, NOT_NEEDED)}
        harness.sync()
        assert verify(harness) == {KEY: (Difference.SAME, UNHASHED)}

    def test_objects_without_a_record_and_records_without_an_object_are_not_read(self) -> None:
        harness = IndexerHarness()
        harness.bucket.put("a.jpg", 5)
        harness.bucket.put("b.jpg", 5)
        harness.indexer.hash_content(ObjectLocation(BUCKET, "b.jpg"))
        harness.bucket.delete("b.jpg")
        assert verify(harness) == {
            "a.jpg": (Difference.NEW, NOT_NEEDED),
            "b.jpg": (Difference.GONE, NOT_NEEDED),
        }

    @TARGETS
    def test_archived_object_is_not_read(self, harness: IndexerHarness, target: Target) -> None:
        harness.bucket.storage_classes[KEY] = "GLACIER"
        harness.sync()
        assert verify(harness, target) == {KEY: (Difference.SAME, ARCHIVED)}

    def test_object_in_an_archive_tier_is_not_read(self, harness: IndexerHarness) -> None:
        harness.bucket.storage_classes[KEY] = "ARCHIVE_ACCESS"
        harness.sync()
        assert verify(harness) == {KEY: (Difference.SAME, ARCHIVED)}


class TestFailures:
    @TARGETS
    def test_denied_object_is_unknown(self, harness: IndexerHarness, target: Target) -> None:
        harness.bucket.denied.add(KEY)
        (found,) = verify_content(harness.indexer, target)
        assert found.comparison[:3] == (KEY, Difference.UNKNOWN, "permission denied")

    @pytest.mark.parametrize("error", [PermanentError("broken"), TransientError("slow")])
    def test_unreadable_bytes_are_unknown(self, harness: IndexerHarness, error: Exception) -> None:
        harness.bucket.contents[KEY] = Content(body_of(5), error)
        (found,) = verify_content(harness.indexer, ALL)
        assert found.comparison[:3] == (KEY, Difference.UNKNOWN, str(error))

    def test_object_that_keeps_changing_is_unknown(self, harness: IndexerHarness) -> None:
        harness.bucket.contents[KEY] = Content(body_of(5), ObjectChangedError("changed"))
        assert verify(harness) == {KEY: (Difference.UNKNOWN, NOT_NEEDED)}

    def test_unreachable_object_is_unknown(self, harness: IndexerHarness) -> None:
        harness.bucket.errors[KEY] = TransientError("slow")
        assert verify(harness) == {KEY: (Difference.UNKNOWN, NOT_NEEDED)}

    def test_record_that_became_unreadable_is_reported(
        self, harness: IndexerHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def damaged(_: str) -> ImageRecord | None:
            msg = "damaged"
            raise InvalidRecordError(msg)

        monkeypatch.setattr(harness.repository, "get", damaged)
        (found,) = verify_content(harness.indexer, ALL)
        assert found.comparison[:3] == (KEY, Difference.UNREADABLE, "damaged")


class TestChangesDuringTheVerification:
    def test_object_and_record_deleted_since_the_listing_agree(
        self, harness: IndexerHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = verify_content(harness.indexer, ALL)
        monkeypatch.setattr(harness.repository, "get", lambda _: None)
        monkeypatch.setattr(harness.bucket, "observe", AbsentObject)
        assert [(each.difference, check) for each, check in found] == [
            (Difference.SAME, NOT_NEEDED)
        ]

    def test_object_deleted_since_the_listing_is_gone(
        self, harness: IndexerHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = verify_content(harness.indexer, ALL)
        monkeypatch.setattr(harness.bucket, "observe", AbsentObject)
        assert [each.difference for each, _ in found] == [Difference.GONE]

    def test_hash_removed_since_the_listing_is_not_compared(
        self, harness: IndexerHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = verify_content(harness.indexer, ALL)
        unhashed = harness.stored().model_copy(update={"content_hash": None})
        monkeypatch.setattr(harness.repository, "get", lambda _: unhashed)
        assert [(each.difference, check) for each, check in found] == [(Difference.SAME, UNHASHED)]


class TestAfterwards:
    def test_processing_a_corrupted_object_again_does_not_hide_it(
        self, harness: IndexerHarness
    ) -> None:
        change(harness, ROTTEN)
        harness.indexer.reprocess(LOCATION)
        harness.sync()
        harness.indexer.hash_content(LOCATION)
        assert verify(harness) == {KEY: (Difference.CORRUPTED, READ)}

    def test_forbidden_position_is_still_outdated(self, harness: IndexerHarness) -> None:
        located = harness.stored().model_copy(update={"latitude": 1.5, "longitude": 2.5})
        harness.repository = type(harness.repository)([located])
        harness.policy = GpsPolicy.DROP
        assert verify(harness) == {KEY: (Difference.OUTDATED, READ)}
