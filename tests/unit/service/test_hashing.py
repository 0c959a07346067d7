"""Content hashes: computed on demand, remembered in the record, and never mixed across kinds."""

import hashlib
from dataclasses import dataclass

import pytest

from imgmeta import (
    ContentHash,
    Difference,
    HashKind,
    Hint,
    ItemOutcome,
    ObjectChangedError,
    Outcome,
    PermanentError,
    Status,
    Target,
    TransientError,
)
from imgmeta.service.hashing import hash_bytes
from support.convergence.bucket import BUCKET, HEAD, body_of
from support.convergence.indexer_harness import ALL, KEY, LOCATION, IndexerHarness, sequencer

MD5, SHA1, SHA256 = HashKind


def hash_of(content: int, kind: HashKind = SHA256) -> ContentHash:
    return ContentHash(kind, hashlib.new(kind, body_of(content)).hexdigest())


@dataclass
class Content:
    """The bytes of an image, and the numbers of bytes that were asked for."""

    data: bytes
    is_local: bool = True
    fetched: int = 0
    error: Exception | None = None

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        if length > HEAD and self.error is not None:
            raise self.error
        self.fetched = max(self.fetched, length)
        return self.data[offset : offset + length]


@dataclass
class HashedContent(Content):
    """The bytes of an object whose store has a hash of them."""

    known: ContentHash | None = None

    def stored_hash(self) -> ContentHash | None:
        return self.known


@pytest.fixture
def harness() -> IndexerHarness:
    harness = IndexerHarness()
    harness.bucket.put(KEY, 5)
    return harness


class TestHashingOnDemand:
    def test_sync_alone_reads_no_whole_content(self, harness: IndexerHarness) -> None:
        harness.sync()
        assert harness.stored().content_hash is None

    def test_hash_is_recorded_with_the_image(self, harness: IndexerHarness) -> None:
        item = harness.indexer.hash_content(LOCATION)
        assert (item.outcome, item.difference) == (Outcome.PROCESSED, Difference.NEW)
        assert (harness.stored().width, harness.stored().content_hash) == (5, str(hash_of(5)))

    def test_hash_is_added_to_an_unchanged_record(self, harness: IndexerHarness) -> None:
        harness.sync()
        item = harness.indexer.hash_content(LOCATION)
        assert (item.outcome, item.difference) == (Outcome.PROCESSED, Difference.SAME)
        assert harness.stored().content_hash == str(hash_of(5))

    def test_known_hash_is_not_computed_again(self, harness: IndexerHarness) -> None:
        harness.indexer.hash_content(LOCATION)
        harness.bucket.contents[KEY] = Content(body_of(5), error=AssertionError("read"))
        assert harness.indexer.hash_content(LOCATION).outcome is Outcome.UNCHANGED

    def test_unreadable_image_has_a_hash_too(self, harness: IndexerHarness) -> None:
        harness.bucket.put(KEY, 0)
        assert harness.indexer.hash_content(LOCATION).outcome is Outcome.FAILED
        assert harness.stored().content_hash == str(hash_of(0))

    def test_deleted_object_has_no_hash(self, harness: IndexerHarness) -> None:
        harness.indexer.hash_content(LOCATION)
        harness.bucket.delete(KEY)
        assert harness.indexer.hash_content(LOCATION).outcome is Outcome.DELETED
        assert harness.stored().content_hash is None
        assert harness.indexer.hash_content(LOCATION).outcome is Outcome.UNCHANGED

    @pytest.mark.parametrize(("is_local", "block"), [(True, 1024 * 1024), (False, 8 * 1024 * 1024)])
    def test_content_is_read_in_blocks(self, *, is_local: bool, block: int) -> None:
        content = Content(bytes(20_000_000), is_local)
        assert hash_bytes(content, [SHA1]) == {
            SHA1: ContentHash(SHA1, hashlib.sha1(bytes(20_000_000)).hexdigest())  # noqa: S324 - one of the supported kinds
        }
        assert content.fetched == block


class TestSync:
    def sync(self, harness: IndexerHarness, target: Target = ALL) -> dict[str, ItemOutcome]:
        items = harness.indexer.sync(target, hash_kinds=frozenset(HashKind))
        return {item.location.key: item for item in items}

    @pytest.mark.parametrize("target", [ALL, Target(BUCKET, KEY, exact=True)])
    def test_new_changed_and_unhashed_objects_are_hashed(
        self, harness: IndexerHarness, target: Target
    ) -> None:
        assert self.sync(harness, target)[KEY].difference is Difference.NEW
        assert harness.stored().content_hash == str(hash_of(5))
        assert self.sync(harness, target)[KEY].outcome is Outcome.UNCHANGED
        harness.bucket.put(KEY, 6)
        harness.sync()
        assert self.sync(harness, target)[KEY].difference is Difference.SAME
        harness.bucket.put(KEY, 7)
        assert self.sync(harness, target)[KEY].difference is Difference.CHANGED
        assert harness.stored().content_hash == str(hash_of(7))

    def test_known_unreadable_image_is_hashed_and_not_reported_again(
        self, harness: IndexerHarness
    ) -> None:
        harness.bucket.put(KEY, 0)
        assert harness.sync() == {KEY: Outcome.FAILED}
        item = self.sync(harness)[KEY]
        assert (item.outcome, item.reason) == (Outcome.PROCESSED, None)
        assert harness.stored().status is Status.FAILED
        assert harness.stored().content_hash == str(hash_of(0))

    def test_archived_object_is_not_observed_again(self, harness: IndexerHarness) -> None:
        harness.bucket.storage_classes[KEY] = "GLACIER"
        harness.sync()
        harness.bucket.errors[KEY] = AssertionError("observed")
        assert self.sync(harness)[KEY].outcome is Outcome.UNCHANGED


class TestFailures:
    @pytest.mark.parametrize("error", [PermanentError("broken"), TransientError("slow")])
    def test_unreadable_content_is_an_error_and_keeps_the_record(
        self, harness: IndexerHarness, error: Exception
    ) -> None:
        harness.sync()
        before = harness.stored()
        harness.bucket.contents[KEY] = Content(body_of(5), error=error)
        item = harness.indexer.hash_content(LOCATION)
        assert (item.outcome, item.reason) == (Outcome.ERROR, str(error))
        assert harness.stored() == before

    def test_unreadable_content_of_a_new_image_does_not_hide_its_properties(
        self, harness: IndexerHarness
    ) -> None:
        harness.bucket.contents[KEY] = Content(body_of(5), error=PermanentError("broken"))
        assert harness.indexer.hash_content(LOCATION).outcome is Outcome.ERROR
        assert (harness.stored().width, harness.stored().content_hash) == (5, None)

    def test_object_that_keeps_changing_is_an_error(self, harness: IndexerHarness) -> None:
        harness.bucket.contents[KEY] = Content(body_of(5), error=ObjectChangedError("changed"))
        assert harness.indexer.hash_content(LOCATION).outcome is Outcome.ERROR

    def test_unreadable_bytes_keep_the_known_hash(self, harness: IndexerHarness) -> None:
        harness.indexer.hash_content(LOCATION)
        harness.bucket.denied.add(KEY)
        assert harness.indexer.hash_content(LOCATION).outcome is Outcome.FAILED
        assert harness.stored().content_error == "permission denied"
        assert harness.stored().content_hash == str(hash_of(5))

    def test_archived_object_is_not_written_again(self, harness: IndexerHarness) -> None:
        harness.bucket.storage_classes[KEY] = "GLACIER"
        harness.sync()
        assert harness.indexer.hash_content(LOCATION).outcome is Outcome.UNCHANGED

    def test_hash_of_unreadable_bytes_stays_unknown(self, harness: IndexerHarness) -> None:
        harness.sync()
        harness.bucket.denied.add(KEY)
        harness.indexer.hash_content(LOCATION)
        assert harness.stored().content_hash is None
        assert (harness.stored().status, harness.stored().width) == (Status.PROCESSED, 5)


class TestKnownHashes:
    @pytest.fixture
    def hashed(self, harness: IndexerHarness) -> IndexerHarness:
        harness.indexer.hash_content(LOCATION)
        stored = harness.stored()
        thumbnail = stored.model_copy(update={"thumbnail_hash": "00ff00ff00ff00ff"})
        harness.repository = type(harness.repository)([thumbnail])
        return harness

    def test_unchanged_content_keeps_both_hashes(self, hashed: IndexerHarness) -> None:
        assert hashed.indexer.reprocess(LOCATION).outcome is Outcome.PROCESSED
        assert hashed.stored().content_hash == str(hash_of(5))
        assert hashed.stored().thumbnail_hash == "00ff00ff00ff00ff"

    def test_changed_content_loses_both_hashes(self, hashed: IndexerHarness) -> None:
        hashed.bucket.put(KEY, 6)
        assert hashed.sync() == {KEY: Outcome.PROCESSED}
        assert (hashed.stored().content_hash, hashed.stored().thumbnail_hash) == (None, None)

    def test_changed_content_is_hashed_again_on_request(self, hashed: IndexerHarness) -> None:
        hashed.bucket.put(KEY, 6)
        hashed.indexer.hash_content(LOCATION)
        assert hashed.stored().content_hash == str(hash_of(6))

    def test_hash_from_the_observation_costs_no_read(self, harness: IndexerHarness) -> None:
        harness.bucket.hashes[KEY] = hash_of(5, MD5)
        harness.bucket.contents[KEY] = Content(body_of(5))
        (item,) = harness.process(Hint(LOCATION, sequencer(1)))
        assert item.outcome is Outcome.PROCESSED
        assert harness.stored().content_hash == str(hash_of(5, MD5))
        assert harness.indexer.hash_content(LOCATION).outcome is Outcome.UNCHANGED

    def test_hash_of_the_object_store_is_used_instead_of_reading(
        self, harness: IndexerHarness
    ) -> None:
        known = hash_of(6)  # recognizable: the content would have another hash
        harness.bucket.contents[KEY] = HashedContent(body_of(5), known=known)
        harness.indexer.hash_content(LOCATION)
        assert harness.stored().content_hash == str(known)

    @pytest.mark.parametrize("known", [None, hash_of(6, SHA1)])
    def test_content_is_read_if_the_object_store_has_no_such_hash(
        self, harness: IndexerHarness, known: ContentHash | None
    ) -> None:
        harness.bucket.contents[KEY] = HashedContent(body_of(5), known=known)
        harness.indexer.hash_content(LOCATION, [SHA256, MD5])
        assert harness.stored().content_hash == str(hash_of(5))


class TestKinds:
    def test_hash_of_another_kind_is_replaced_on_request(self, harness: IndexerHarness) -> None:
        harness.bucket.hashes[KEY] = hash_of(5, MD5)
        harness.sync()
        assert harness.indexer.hash_content(LOCATION, [SHA256]).outcome is Outcome.PROCESSED
        assert harness.stored().content_hash == str(hash_of(5))
        assert harness.indexer.hash_content(LOCATION, [MD5]).outcome is Outcome.PROCESSED
        assert harness.stored().content_hash == str(hash_of(5, MD5))

    def test_kind_without_a_default_is_computed(self, harness: IndexerHarness) -> None:
        harness.indexer.hash_content(LOCATION, [SHA1])
        assert harness.stored().content_hash == str(hash_of(5, SHA1))

    def test_known_hash_is_preferred_to_that_of_the_observation(
        self, harness: IndexerHarness
    ) -> None:
        harness.indexer.hash_content(LOCATION)
        harness.bucket.hashes[KEY] = hash_of(5, MD5)
        harness.indexer.reprocess(LOCATION)
        assert harness.stored().content_hash == str(hash_of(5))

    def test_damaged_content_does_not_replace_the_hash_by_another_kind(
        self, harness: IndexerHarness
    ) -> None:
        harness.indexer.hash_content(LOCATION, [MD5])
        harness.bucket.contents[KEY] = Content(body_of(5)[:-1] + b"\0")
        harness.indexer.hash_content(LOCATION, [SHA256])
        assert harness.stored().content_hash == str(hash_of(5, MD5))


class TestEvents:
    """Events with a sequencer, which replace a record without reading it."""

    def test_event_keeps_the_hashes_of_unchanged_content(self) -> None:
        harness = IndexerHarness()
        harness.bucket.put(KEY, 1)
        harness.process(Hint(LOCATION, hash_kinds=frozenset(HashKind)))

        item = harness.process(Hint(LOCATION, sequencer=sequencer(1)))[0]
        assert item.outcome is Outcome.PROCESSED
        assert harness.stored().content_hash == str(hash_of(1))
        assert harness.stored().sequencer == sequencer(1)

    def test_event_discards_the_hashes_of_other_content(self) -> None:
        harness = IndexerHarness()
        harness.bucket.put(KEY, 1)
        harness.process(Hint(LOCATION, hash_kinds=frozenset(HashKind)))
        harness.bucket.put(KEY, 2)
        harness.process(Hint(LOCATION, sequencer=sequencer(1)))

        assert harness.stored().content_hash is None
