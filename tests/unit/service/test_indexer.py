"""Processing a hint: the object is observed, and its record written if it is newer."""

from collections.abc import Iterator
from datetime import timedelta
from math import inf
from typing import cast

import pytest

from imgmeta import (
    AdapterError,
    ByteSource,
    Difference,
    Hint,
    IfRevision,
    ImageProperties,
    ImageRecord,
    IndexEntry,
    InvalidRecordError,
    ObjectChangedError,
    ObjectLocation,
    Outcome,
    PermanentError,
    Status,
    Target,
    TransientError,
    Unreadable,
    WriteResult,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.objects import Observation
from imgmeta.core.ordering import WriteCondition, normalize_sequencer
from imgmeta.service import MAX_ATTEMPTS, BatchLimits, process_batch
from support.convergence.bucket import BUCKET, EPOCH, WidthReader
from support.convergence.indexer_harness import ALL, KEY, LOCATION, IndexerHarness, sequencer


@pytest.fixture
def harness() -> IndexerHarness:
    return IndexerHarness()


def test_hint_stores_the_current_object_not_the_event(harness: IndexerHarness) -> None:
    harness.bucket.put(KEY, 7)
    harness.bucket.put(KEY, 9)
    [item] = harness.process(Hint(LOCATION, sequencer(1), message_id="m1"))
    assert (item.outcome, item.message_id, item.bytes_read) == (Outcome.PROCESSED, "m1", 8)
    assert item.record == harness.stored()
    assert (harness.stored().width, harness.stored().sequencer) == (9, sequencer(1))
    assert harness.stored().processed_at == EPOCH


def test_unreadable_image_is_recorded_as_failed_with_the_reason(harness: IndexerHarness) -> None:
    harness.bucket.put(KEY, 0)
    [item] = harness.process(Hint(LOCATION, sequencer(1)))
    assert (item.outcome, item.reason, item.retryable) == (Outcome.FAILED, "not an image", False)
    assert (harness.stored().status, harness.stored().error) == (Status.FAILED, "not an image")


def test_late_event_does_not_overwrite_a_tombstone(harness: IndexerHarness) -> None:
    [item] = harness.process(Hint(LOCATION, sequencer(2)))
    assert item.outcome is Outcome.DELETED
    assert [late.outcome for late in harness.process(Hint(LOCATION, sequencer(1)))] == [
        Outcome.STALE
    ]
    assert harness.stored().status is Status.DELETED
    assert harness.stored().expires_at == int((EPOCH + timedelta(days=30)).timestamp())


def test_late_event_that_contradicts_a_tombstone_repairs_the_record(
    harness: IndexerHarness,
) -> None:
    harness.process(Hint(LOCATION, sequencer(2)))
    harness.bucket.put(KEY, 5)
    [item] = harness.process(Hint(LOCATION, sequencer(1), message_id="m"))
    assert (item.outcome, item.message_id, item.difference) == (Outcome.PROCESSED, "m", None)
    assert item.record == harness.stored()
    assert harness.stored().sequencer == sequencer(2), "the next S3 event must still win"


def test_sequencer_of_a_test_event_does_not_block_later_events(harness: IndexerHarness) -> None:
    foreign, first, second = (
        normalize_sequencer(each)
        for each in ("0A1B2C3D4E5F678901", "0069258A10D90281E5", "0069258A10D90282F5")
    )
    harness.bucket.put(KEY, 1)
    harness.process(Hint(LOCATION, foreign))
    harness.bucket.put(KEY, 2)
    harness.process(Hint(LOCATION, first))
    assert harness.stored().width == 2
    harness.bucket.delete(KEY)
    [item] = harness.process(Hint(LOCATION, second))
    assert (item.outcome, harness.stored().status) == (Outcome.DELETED, Status.DELETED)
    harness.bucket.put(KEY, 3)
    harness.process(Hint(LOCATION, foreign))
    assert (harness.stored().width, harness.stored().sequencer) == (3, foreign)


def test_newer_event_is_observed_again_after_a_concurrent_write(harness: IndexerHarness) -> None:
    class SlowReader(WidthReader):
        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            if isinstance(harness.reader, SlowReader):  # another worker is faster, once
                harness.reader = WidthReader()
                harness.now += timedelta(seconds=1)
                harness.bucket.put(KEY, 6)
                harness.process(Hint(LOCATION, sequencer(1)))
            return super().read(content)

    harness.bucket.put(KEY, 5)
    harness.reader = SlowReader()
    [item] = harness.process(Hint(LOCATION, sequencer(2)))
    assert (item.outcome, harness.stored().width) == (Outcome.PROCESSED, 6)
    assert harness.stored().sequencer == sequencer(2)


def test_record_older_than_the_event_it_agrees_with_is_written_again(
    harness: IndexerHarness,
) -> None:
    harness.bucket.put(KEY, 5)
    harness.process(Hint(LOCATION, sequencer(9)))
    hint = Hint(LOCATION, sequencer(1), occurred_at=EPOCH + timedelta(seconds=1))
    harness.now += timedelta(seconds=2)
    outcomes = [item.outcome for item in harness.process(hint, hint)]
    assert outcomes == [Outcome.PROCESSED, Outcome.STALE]
    assert (harness.stored().revision, harness.stored().sequencer) == ("r3", sequencer(9))


def test_contradiction_that_another_worker_repaired_is_stale(harness: IndexerHarness) -> None:
    harness.process(Hint(LOCATION, sequencer(2)))
    harness.bucket.put(KEY, 5)
    original = harness.repository.put

    def put_after_another_worker(record: ImageRecord, condition: WriteCondition) -> WriteResult:
        result = original(record, condition)
        if result is WriteResult.CONFLICT:
            harness.repository.put = original  # type: ignore[method-assign]  # only once
            harness.sync()
        return result

    harness.repository.put = put_after_another_worker  # type: ignore[method-assign]  # another worker
    [item] = harness.process(Hint(LOCATION, sequencer(1)))
    assert (item.outcome, harness.stored().width) == (Outcome.STALE, 5)


def test_duplicate_event_writes_nothing(harness: IndexerHarness) -> None:
    harness.bucket.put(KEY, 5)
    first, second = harness.process(Hint(LOCATION, sequencer(1)), Hint(LOCATION, sequencer(1)))
    assert (first.outcome, second.outcome) == (Outcome.PROCESSED, Outcome.UNCHANGED)
    assert (second.record, second.reason) == (None, None)
    assert harness.stored().revision == "r1"


def test_key_that_is_not_indexed_is_ignored_and_not_observed(harness: IndexerHarness) -> None:
    harness.bucket.errors["notes.txt"] = AssertionError("observed")
    [item] = harness.process(Hint(ObjectLocation(BUCKET, "notes.txt"), message_id="m"))
    assert (item.outcome, item.message_id) == (Outcome.IGNORED, "m")


def test_error_of_one_object_does_not_affect_its_neighbors(harness: IndexerHarness) -> None:
    harness.bucket.put(KEY, 5)
    harness.bucket.errors = {
        "no.jpg": PermanentError("access denied"),
        "later.jpg": TransientError("slow down"),
    }
    denied, throttled, processed = harness.process(
        Hint(ObjectLocation(BUCKET, "no.jpg")),
        Hint(ObjectLocation(BUCKET, "later.jpg")),
        Hint(LOCATION),
    )
    assert (denied.outcome, denied.reason, denied.retryable) == (
        Outcome.ERROR,
        "access denied",
        False,
    )
    assert (throttled.outcome, throttled.reason, throttled.retryable) == (
        Outcome.ERROR,
        "slow down",
        True,
    )
    assert processed.outcome is Outcome.PROCESSED


INDEX_FAILURES = pytest.mark.parametrize(
    "failure", [PermanentError("the table is gone"), TransientError("the index is locked")]
)


@INDEX_FAILURES
@pytest.mark.parametrize("method", ["get", "put"])
def test_failure_of_the_index_is_raised(
    harness: IndexerHarness, failure: AdapterError, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> object:
        raise failure

    harness.bucket.put(KEY, 5)
    monkeypatch.setattr(harness.repository, method, fail)
    with pytest.raises(AdapterError) as caught:
        harness.indexer.process(Hint(LOCATION))
    assert caught.value is failure


@INDEX_FAILURES
@pytest.mark.parametrize("concurrency", [1, 4])
def test_failure_of_the_index_ends_a_sync_before_the_other_objects_are_read(
    failure: AdapterError, concurrency: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CountingReader(WidthReader):
        reads = 0

        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            self.reads += 1
            return super().read(content)

    def fail(*_: object) -> object:
        raise failure

    harness = IndexerHarness(reader=CountingReader())
    for number in range(500):
        harness.bucket.put(f"{number}.jpg", 5)
    monkeypatch.setattr(harness.repository, "put", fail)
    with pytest.raises(AdapterError) as caught:
        list(harness.indexer.sync(ALL, concurrency=concurrency))
    assert caught.value is failure
    assert cast("CountingReader", harness.reader).reads < 100


@INDEX_FAILURES
def test_failure_of_the_index_is_the_outcome_of_its_hint_in_a_batch(
    harness: IndexerHarness, failure: AdapterError, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = harness.repository.put

    def fail_for_one(record: ImageRecord, condition: WriteCondition) -> WriteResult:
        if record.object_key == KEY:
            raise failure
        return put(record, condition)

    harness.bucket.put(KEY, 5)
    harness.bucket.put("other.jpg", 5)
    monkeypatch.setattr(harness.repository, "put", fail_for_one)
    hints = [
        Hint(LOCATION, sequencer(1), "m1"),
        Hint(ObjectLocation(BUCKET, "other.jpg"), sequencer(1), "m2"),
    ]
    failed, other = process_batch(harness.indexer, hints, BatchLimits(1, lambda: inf)).outcomes
    assert (failed.outcome, failed.message_id) == (Outcome.ERROR, "m1")
    assert failed.retryable is isinstance(failure, TransientError)
    assert (other.outcome, other.message_id) == (Outcome.PROCESSED, "m2")


def test_object_that_changes_while_its_alternate_key_is_resolved_is_a_retryable_error(
    harness: IndexerHarness,
) -> None:
    harness.bucket.errors["a+b.jpg"] = ObjectChangedError("replaced")
    [item] = harness.process(Hint(ObjectLocation(BUCKET, "a+b.jpg"), alternate_key="a b.jpg"))
    assert (item.outcome, item.reason, item.retryable) == (Outcome.ERROR, "replaced", True)


def test_alternate_key_is_used_only_if_it_alone_has_an_object(harness: IndexerHarness) -> None:
    plus, space = ObjectLocation(BUCKET, "a+b.jpg"), ObjectLocation(BUCKET, "a b.jpg")
    hint = Hint(plus, alternate_key=space.key)
    assert [item.outcome for item in harness.process(hint)] == [Outcome.UNCHANGED]
    harness.bucket.put(space.key, 5)
    assert [item.location for item in harness.process(hint)] == [space]
    harness.bucket.put(plus.key, 6)
    assert [item.location for item in harness.process(hint)] == [plus]


def test_write_conflict_is_retried(harness: IndexerHarness) -> None:
    harness.bucket.put(KEY, 5)
    sequencers = iter([sequencer(3), sequencer(4)])
    original = harness.repository.put

    def put_after_another_writer(record: ImageRecord, condition: WriteCondition) -> WriteResult:
        if (other := next(sequencers, None)) is not None:
            stored = harness.repository.get(record.image_id)
            update = {"sequencer": other, "revision": f"other {other}"}
            revision = stored.revision if stored else None
            original(record.model_copy(update=update), IfRevision(revision))
        return original(record, condition)

    harness.repository.put = put_after_another_writer  # type: ignore[method-assign]  # another writer
    assert harness.indexer.reprocess(LOCATION).outcome is Outcome.PROCESSED
    assert harness.stored().sequencer == sequencer(4), "the next S3 event must still win"


def test_object_that_keeps_changing_is_a_retryable_error(harness: IndexerHarness) -> None:
    class ChangingReader(WidthReader):
        reads = 0

        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            self.reads += 1
            raise ObjectChangedError(f"replaced while it was read (at {content.size} bytes)")

    harness.reader = ChangingReader()
    harness.bucket.put(KEY, 5)
    [item] = harness.process(Hint(LOCATION, message_id="m"))
    assert (item.outcome, item.retryable, item.message_id) == (Outcome.ERROR, True, "m")
    assert harness.reader.reads == MAX_ATTEMPTS
    assert item.reason == "the object kept changing while it was processed"


def test_transient_error_while_reading_is_not_retried_immediately(
    harness: IndexerHarness,
) -> None:
    class UnavailableReader(WidthReader):
        reads = 0

        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            self.reads += 1
            raise TransientError(f"slow down (at {content.size} bytes)")

    harness.reader = UnavailableReader()
    harness.bucket.put(KEY, 5)
    [item] = harness.process(Hint(LOCATION))
    assert (item.outcome, item.retryable, harness.reader.reads) == (Outcome.ERROR, True, 1)


def test_object_that_changes_during_an_observation_is_observed_again(
    harness: IndexerHarness,
) -> None:
    harness.bucket.put(KEY, 5)
    original, changes = harness.bucket.observe, iter([ObjectChangedError("replaced")])

    def observe(location: ObjectLocation) -> Observation:
        if error := next(changes, None):
            raise error
        return original(location)

    harness.bucket.observe = observe  # type: ignore[method-assign]  # injects a fault
    assert [item.outcome for item in harness.process(Hint(LOCATION))] == [Outcome.PROCESSED]


def test_record_with_endless_write_conflicts_is_a_retryable_error(harness: IndexerHarness) -> None:
    def conflict(record: ImageRecord, condition: WriteCondition) -> WriteResult:
        del record, condition
        return WriteResult.CONFLICT

    harness.repository.put = conflict  # type: ignore[method-assign]  # another writer always wins
    harness.bucket.put(KEY, 5)
    [item] = harness.process(Hint(LOCATION))
    assert (item.outcome, item.retryable) == (Outcome.ERROR, True)
    assert item.reason == "the object kept changing while it was processed"


def test_reprocess_writes_an_unchanged_record_and_keeps_the_sequencer(
    harness: IndexerHarness,
) -> None:
    harness.bucket.put(KEY, 5)
    harness.process(Hint(LOCATION, sequencer(1)))
    harness.now += timedelta(days=1)
    assert harness.indexer.reprocess(LOCATION).outcome is Outcome.PROCESSED
    assert harness.stored().processed_at == harness.now
    assert harness.stored().sequencer == sequencer(1)


def test_reprocess_reports_no_difference(harness: IndexerHarness) -> None:
    for content in (5, 6, 6):
        harness.bucket.put(KEY, content)
        assert harness.indexer.reprocess(LOCATION).difference is None


def test_hint_without_a_sequencer_writes_nothing_for_an_unchanged_object(
    harness: IndexerHarness,
) -> None:
    harness.bucket.put(KEY, 5)
    outcomes = [item.outcome for item in harness.process(Hint(LOCATION), Hint(LOCATION))]
    assert outcomes == [Outcome.PROCESSED, Outcome.UNCHANGED]


@pytest.mark.parametrize(
    "before", [{"last_modified": EPOCH - timedelta(hours=1)}, {"version_id": "earlier"}]
)
def test_hint_without_a_sequencer_writes_time_and_version_of_a_repeated_upload(
    harness: IndexerHarness, before: dict[str, object]
) -> None:
    harness.bucket.put(KEY, 5)
    [item] = harness.process(Hint(LOCATION))
    current = harness.stored()
    stored = current.model_copy(update=before)
    assert harness.repository.put(stored, IfRevision(current.revision)) is WriteResult.STORED
    [item] = harness.process(Hint(LOCATION))
    assert (item.outcome, item.difference) == (Outcome.PROCESSED, Difference.OUTDATED)
    now = harness.stored()
    assert (now.last_modified, now.version_id) == (current.last_modified, current.version_id)


def test_permanent_error_while_reading_affects_one_object_only() -> None:
    class DeniedReader(WidthReader):
        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            if content.read(0, 8)[-1] == 1:
                raise PermanentError("access denied")
            return super().read(content)

    harness = IndexerHarness(reader=DeniedReader())
    harness.bucket.put("a.jpg", 1)
    harness.bucket.put("b.jpg", 2)
    assert harness.sync() == {"a.jpg": Outcome.ERROR, "b.jpg": Outcome.PROCESSED}


class DamagedRepository(InMemoryImageRepository):
    """Has unreadable data under some keys, until they are written."""

    def __init__(self, *keys: str) -> None:
        super().__init__()
        self.damaged = {ObjectLocation(BUCKET, key).image_id: key for key in keys}

    def get(self, image_id: str) -> ImageRecord | None:
        if key := self.damaged.get(image_id):
            raise InvalidRecordError(f"the record of {key} is unreadable")
        return super().get(image_id)

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        self.damaged.pop(record.image_id, None)
        return super().put(record, condition)

    def entries(
        self, bucket: str, prefix: str = "", *, after: str | None = None
    ) -> Iterator[IndexEntry]:
        damaged = [IndexEntry.of_unreadable(key, "damaged") for key in self.damaged.values()]
        entries = [*super().entries(bucket, prefix), *damaged]
        return iter(sorted(each for each in entries if each.object_key > (after or "")))


@pytest.mark.parametrize("target", [ALL, Target(BUCKET, KEY, exact=True)])
def test_sync_replaces_an_unreadable_record_of_an_existing_object(target: Target) -> None:
    harness = IndexerHarness(repository=DamagedRepository(KEY))
    harness.bucket.put(KEY, 5)
    assert harness.verify(target) == {KEY: Difference.UNREADABLE}
    [item] = harness.indexer.sync(target)
    assert (item.outcome, item.difference) == (Outcome.PROCESSED, Difference.UNREADABLE)
    assert harness.verify(target) == {KEY: Difference.SAME}


@pytest.mark.parametrize("target", [ALL, Target(BUCKET, KEY, exact=True)])
def test_sync_replaces_an_unreadable_record_of_a_deleted_object(target: Target) -> None:
    harness = IndexerHarness(repository=DamagedRepository(KEY))
    assert harness.verify(target) == {KEY: Difference.UNREADABLE}
    assert harness.sync(target) == {KEY: Outcome.DELETED}
    assert harness.verify(target) == {}


def test_event_replaces_an_unreadable_record() -> None:
    harness = IndexerHarness(repository=DamagedRepository(KEY))
    harness.bucket.put(KEY, 5)
    [item] = harness.process(Hint(LOCATION, sequencer(1)))
    assert item.outcome is Outcome.PROCESSED
