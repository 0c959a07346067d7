"""A target that is one location is compared by its status before the object is observed."""

import pytest

from imgmeta import (
    Difference,
    ImageRecord,
    InvalidRecordError,
    ListedObject,
    ObjectLocation,
    Observation,
    Outcome,
    Target,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from support.convergence.bucket import BUCKET
from support.convergence.indexer_harness import KEY, Bucket, IndexerHarness

EXACT = Target(BUCKET, KEY, exact=True)


class StatusBucket(Bucket):
    """A bucket that tells the status of an object unless it is `silent`."""

    def __init__(self) -> None:
        super().__init__()
        self.observations = 0
        self.silent = False

    def observe(self, location: ObjectLocation) -> Observation:
        self.observations += 1
        return super().observe(location)

    def status(self, location: ObjectLocation) -> ListedObject | None:
        listed = [] if self.silent else list(self.list(location.bucket, location.key))
        return next((each for each in listed if isinstance(each, ListedObject)), None)


@pytest.fixture
def bucket() -> StatusBucket:
    """Return a bucket with one object."""
    bucket = StatusBucket()
    bucket.put(KEY, 5)
    return bucket


@pytest.fixture
def harness(bucket: StatusBucket) -> IndexerHarness:
    """Return an indexer that has indexed the object."""
    harness = IndexerHarness(bucket=bucket)
    assert harness.sync(EXACT) == {KEY: Outcome.PROCESSED}
    bucket.observations = 0
    return harness


def test_unchanged_object_is_not_observed(harness: IndexerHarness, bucket: StatusBucket) -> None:
    assert harness.sync(EXACT) == {KEY: Outcome.UNCHANGED}
    assert harness.verify(EXACT) == {KEY: Difference.SAME}
    assert bucket.observations == 0


def test_object_without_a_status_is_observed(harness: IndexerHarness, bucket: StatusBucket) -> None:
    bucket.silent = True
    assert harness.sync(EXACT) == {KEY: Outcome.UNCHANGED}
    assert harness.verify(EXACT) == {KEY: Difference.SAME}
    assert bucket.observations == 2


def test_changed_deleted_and_restored_objects_are_observed(
    harness: IndexerHarness, bucket: StatusBucket
) -> None:
    bucket.put(KEY, 6)
    assert harness.verify(EXACT) == {KEY: Difference.CHANGED}
    assert harness.sync(EXACT) == {KEY: Outcome.PROCESSED}
    bucket.delete(KEY)
    assert harness.verify(EXACT) == {KEY: Difference.GONE}
    assert harness.sync(EXACT) == {KEY: Outcome.DELETED}
    assert (harness.sync(EXACT), harness.verify(EXACT)) == ({}, {})
    bucket.put(KEY, 6)
    assert harness.verify(EXACT) == {KEY: Difference.NEW}
    assert harness.sync(EXACT) == {KEY: Outcome.PROCESSED}


def test_outdated_record_and_excluded_key_are_not_the_same(
    harness: IndexerHarness, bucket: StatusBucket
) -> None:
    harness.reader.version += 1
    assert harness.sync(EXACT) == {KEY: Outcome.PROCESSED}
    assert bucket.observations == 1
    harness.suffixes = {"png"}
    assert harness.verify(EXACT) == {KEY: Difference.GONE}
    assert harness.sync(EXACT) == {KEY: Outcome.DELETED}


def test_unreadable_record_is_replaced(bucket: StatusBucket) -> None:
    class Damaged(InMemoryImageRepository):
        def get(self, image_id: str) -> ImageRecord | None:
            del image_id
            raise InvalidRecordError("damaged")

    harness = IndexerHarness(bucket=bucket, repository=Damaged())
    assert harness.verify(EXACT) == {KEY: Difference.UNREADABLE}
    assert harness.sync(EXACT) == {KEY: Outcome.PROCESSED}
