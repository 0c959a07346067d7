"""`sync` updates the index to match the bucket; `verify` reports the differences."""

from threading import Barrier

import pytest

from imgmeta import (
    ByteSource,
    Difference,
    GpsPolicy,
    Hint,
    ImageProperties,
    ListedObject,
    ObjectLocation,
    Observation,
    Outcome,
    PermanentError,
    Status,
    Target,
    TransientError,
    UnlistedObject,
    UnlistedPrefix,
    Unreadable,
)
from support.convergence.bucket import BUCKET, WidthReader
from support.convergence.indexer_harness import ALL, KEY, LOCATION, IndexerHarness, sequencer


@pytest.fixture
def harness() -> IndexerHarness:
    return IndexerHarness()


def test_object_without_readable_bytes_is_failed_and_processed_again(
    harness: IndexerHarness,
) -> None:
    harness.bucket.put(KEY, 5)
    harness.bucket.unreadable.add(KEY)
    assert harness.sync() == {KEY: Outcome.FAILED}
    assert harness.stored().error == "permission denied"
    assert harness.verify() == {KEY: Difference.CHANGED}
    harness.bucket.unreadable.clear()
    assert harness.sync() == {KEY: Outcome.PROCESSED}


def test_sync_deletes_records_of_keys_that_are_no_longer_indexed(harness: IndexerHarness) -> None:
    for key in ("a.jpg", "b.png"):
        harness.bucket.put(key, 5)
    harness.suffixes = {"jpg", "png"}
    harness.sync()
    harness.suffixes = {"jpg"}
    assert harness.verify() == {"a.jpg": Difference.SAME, "b.png": Difference.GONE}
    assert harness.verify(Target(BUCKET, "b.png", exact=True)) == {"b.png": Difference.GONE}
    event = Hint(ObjectLocation(BUCKET, "b.png"), sequencer(1))
    assert [item.outcome for item in harness.process(event)] == [Outcome.IGNORED]
    assert harness.sync() == {"a.jpg": Outcome.UNCHANGED, "b.png": Outcome.DELETED}
    assert harness.verify() == {"a.jpg": Difference.SAME}
    harness.suffixes = {"jpg", "png"}
    assert harness.sync() == {"a.jpg": Outcome.UNCHANGED, "b.png": Outcome.PROCESSED}


def test_verification_continues_after_a_key(harness: IndexerHarness) -> None:
    for key in ("a.jpg", "b.jpg", "c.jpg"):
        harness.bucket.put(key, 5)
    harness.sync()
    harness.bucket.delete("b.jpg")
    found = harness.indexer.verify(ALL, after="a.jpg")
    assert [each[:2] for each in found] == [("b.jpg", Difference.GONE), ("c.jpg", Difference.SAME)]
    assert list(harness.indexer.verify(ALL, after="c.jpg")) == []


def test_given_listing_replaces_that_of_the_bucket(harness: IndexerHarness) -> None:
    for key in ("a.jpg", "b.jpg"):
        harness.bucket.put(key, 5)
    harness.sync()
    found = harness.indexer.verify(
        ALL,
        listing=[
            ListedObject("a.jpg", 999, "another"),
            ListedObject("notes.txt", 1, "e"),
            UnlistedPrefix("x/", "denied"),
        ],
    )
    assert [each[:2] for each in found] == [
        ("a.jpg", Difference.CHANGED),
        ("b.jpg", Difference.GONE),
        ("x/", Difference.UNKNOWN),
    ]


def test_unlisted_object_does_not_hide_other_objects(harness: IndexerHarness) -> None:
    for key in ("a.jpg", "a.jpg.jpg"):
        harness.bucket.put(key, 5)
    harness.sync()
    del harness.bucket.stacks["a.jpg"]
    harness.bucket.unlisted.append(UnlistedObject("a.jpg", "permission denied"))
    assert harness.verify() == {"a.jpg": Difference.UNKNOWN, "a.jpg.jpg": Difference.SAME}


def test_sync_updates_the_index_to_match_the_bucket(harness: IndexerHarness) -> None:
    for key in ("same.jpg", "changed.jpg", "gone.jpg"):
        harness.bucket.put(key, 5)
    harness.sync()
    harness.bucket.put("changed.jpg", 6)
    harness.bucket.delete("gone.jpg")
    harness.bucket.put("new.jpg", 7)
    harness.bucket.put("notes.txt", 7)
    assert harness.verify() == {
        "changed.jpg": Difference.CHANGED,
        "gone.jpg": Difference.GONE,
        "new.jpg": Difference.NEW,
        "same.jpg": Difference.SAME,
    }
    assert harness.sync() == {
        "changed.jpg": Outcome.PROCESSED,
        "gone.jpg": Outcome.DELETED,
        "new.jpg": Outcome.PROCESSED,
        "same.jpg": Outcome.UNCHANGED,
    }
    assert set(harness.verify().values()) == {Difference.SAME}
    assert harness.stored("same.jpg").revision == "r3", "an unchanged record is not written again"


def test_verify_changes_nothing(harness: IndexerHarness) -> None:
    harness.bucket.put(KEY, 5)
    assert harness.verify() == {KEY: Difference.NEW}
    assert list(harness.repository.scan(include_deleted=True)) == []


def test_sync_does_not_change_records_outside_its_target(harness: IndexerHarness) -> None:
    for key in ("a/1.jpg", "b/2.jpg"):
        harness.bucket.put(key, 5)
    harness.sync()
    harness.bucket.delete("a/1.jpg")
    harness.bucket.delete("b/2.jpg")
    assert harness.sync(Target(BUCKET, "a/")) == {"a/1.jpg": Outcome.DELETED}
    assert harness.stored("b/2.jpg").status is Status.PROCESSED


def test_sync_does_not_change_records_below_an_unlisted_prefix(harness: IndexerHarness) -> None:
    for key in ("locked/1.jpg", "open/2.jpg"):
        harness.bucket.put(key, 5)
    harness.sync()
    del harness.bucket.stacks["locked/1.jpg"]
    harness.bucket.unlisted.append(UnlistedPrefix("locked/", "permission denied"))
    items = list(harness.indexer.sync(ALL))
    assert [(item.location.key, item.outcome, item.reason) for item in items] == [
        ("locked/", Outcome.ERROR, "permission denied"),
        ("open/2.jpg", Outcome.UNCHANGED, None),
    ]
    assert items[0].retryable
    assert harness.stored("locked/1.jpg").status is Status.PROCESSED


def test_exact_target_is_a_single_key(harness: IndexerHarness) -> None:
    exact = Target(BUCKET, "a.jpg", exact=True)
    harness.bucket.put("a.jpg.jpg", 6)
    assert harness.sync(exact) == {}
    assert harness.verify(exact) == {}
    harness.bucket.put("a.jpg", 5)
    assert harness.sync(exact) == {"a.jpg": Outcome.PROCESSED}
    assert harness.sync(exact) == {"a.jpg": Outcome.UNCHANGED}
    harness.bucket.delete("a.jpg")
    assert harness.sync(exact) == {"a.jpg": Outcome.DELETED}
    assert harness.sync(exact) == {}


@pytest.mark.parametrize("error", [TransientError("too slow"), PermanentError("forbidden")])
def test_unreachable_exact_target_is_an_error(harness: IndexerHarness, error: Exception) -> None:
    exact = Target(BUCKET, "a.jpg", exact=True)
    harness.bucket.put("a.jpg", 1)
    harness.sync(exact)
    harness.bucket.errors["a.jpg"] = error
    (item,) = harness.indexer.sync(exact)
    assert (item.outcome, item.reason) == (Outcome.ERROR, str(error))
    assert item.retryable == isinstance(error, TransientError)
    (comparison,) = harness.indexer.verify(exact)
    assert (comparison.difference, comparison.reason) == (Difference.UNKNOWN, str(error))


def test_newer_reader_version_reads_unchanged_objects_again(harness: IndexerHarness) -> None:
    harness.bucket.put(KEY, 5)
    harness.sync()
    harness.reader.version = 2
    assert harness.verify() == {KEY: Difference.OUTDATED}
    assert harness.sync() == {KEY: Outcome.PROCESSED}
    assert harness.stored().reader_version == 2


def test_older_reader_version_does_not_overwrite_a_newer_one(harness: IndexerHarness) -> None:
    harness.bucket.put(KEY, 5)
    harness.reader.version = 2
    harness.sync()
    harness.reader.version = 1
    assert harness.sync() == {KEY: Outcome.UNCHANGED}


def test_object_that_was_deleted_and_restored_is_indexed_again(harness: IndexerHarness) -> None:
    harness.bucket.put(KEY, 5)
    harness.sync()
    harness.bucket.delete(KEY)
    harness.sync()
    assert [item.outcome for item in harness.process(Hint(LOCATION))] == [Outcome.UNCHANGED]
    harness.bucket.put(KEY, 5)
    assert harness.sync() == {KEY: Outcome.PROCESSED}


class ReaderWithPosition(WidthReader):
    """Gives every image the same GPS position."""

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        properties = super().read(content)
        assert isinstance(properties, ImageProperties)
        position = {"latitude": 43.76951, "longitude": 11.25581, "altitude": 50.0}
        return properties.model_copy(update=position)


@pytest.mark.parametrize(
    ("policy", "position"),
    [
        (GpsPolicy.KEEP, (43.76951, 11.25581, 50.0)),
        (GpsPolicy.ROUND, (43.77, 11.26, None)),
        (GpsPolicy.DROP, (None, None, None)),
    ],
)
def test_gps_policy_applies_to_stored_records(
    harness: IndexerHarness, policy: GpsPolicy, position: tuple[float | None, ...]
) -> None:
    harness.reader, harness.policy = ReaderWithPosition(), policy
    harness.bucket.put(KEY, 5)
    harness.sync()
    record = harness.stored()
    assert (record.latitude, record.longitude, record.altitude) == position


def test_stricter_gps_policy_rewrites_stored_records(harness: IndexerHarness) -> None:
    harness.reader = ReaderWithPosition()
    harness.bucket.put(KEY, 5)
    harness.sync()
    harness.policy = GpsPolicy.DROP
    assert harness.sync() == {KEY: Outcome.PROCESSED}
    assert harness.stored().latitude is None
    assert harness.sync() == {KEY: Outcome.UNCHANGED}


def test_objects_are_processed_concurrently_and_yielded_in_order(harness: IndexerHarness) -> None:
    barrier = Barrier(4)

    class WaitingReader(WidthReader):
        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            barrier.wait(60)
            return super().read(content)

    harness.reader = WaitingReader()
    keys = [f"{number}.jpg" for number in range(8)]
    for key in keys:
        harness.bucket.put(key, 5)
    items = list(harness.indexer.sync(ALL, concurrency=4))
    assert [(item.location.key, item.outcome) for item in items] == [
        (key, Outcome.PROCESSED) for key in keys
    ]
    assert {item.difference for item in items} == {Difference.NEW}


@pytest.mark.parametrize("concurrency", [1, 8])
def test_unchanged_and_unknown_objects_are_yielded_in_key_order(
    harness: IndexerHarness, concurrency: int
) -> None:
    harness.bucket.put("a.jpg", 5)
    harness.sync()
    harness.bucket.put("c.jpg", 5)
    harness.bucket.unlisted.append(UnlistedObject("b.jpg", "permission denied"))
    items = harness.indexer.sync(ALL, concurrency=concurrency)
    assert [(item.location.key, item.outcome) for item in items] == [
        ("a.jpg", Outcome.UNCHANGED),
        ("b.jpg", Outcome.ERROR),
        ("c.jpg", Outcome.PROCESSED),
    ]


def test_bytes_fetched_of_an_unchanged_object_are_counted(harness: IndexerHarness) -> None:
    harness.bucket.put(KEY, 5)
    harness.process(Hint(LOCATION))
    assert [item.bytes_read for item in harness.process(Hint(LOCATION))] == [8]


def test_exact_target_is_observed_once_and_reports_the_difference(
    harness: IndexerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = Target(BUCKET, KEY, exact=True)
    observe, keys = harness.bucket.observe, list[str]()

    def observe_and_count(location: ObjectLocation) -> Observation:
        keys.append(location.key)
        return observe(location)

    monkeypatch.setattr(harness.bucket, "observe", observe_and_count)
    differences = list[Difference | None]()
    for content in (5, 6):
        harness.bucket.put(KEY, content)
        differences += [item.difference for item in harness.indexer.sync(exact)]
    harness.reader.version = 2
    differences += [item.difference for item in harness.indexer.sync(exact)]
    harness.bucket.delete(KEY)
    differences += [item.difference for item in harness.indexer.sync(exact)]
    assert differences == [
        Difference.NEW,
        Difference.CHANGED,
        Difference.OUTDATED,
        Difference.GONE,
    ]
    assert keys == [KEY] * 4
    assert harness.indexer.reprocess(LOCATION).difference is None


def test_exact_target_that_is_not_indexed_is_reported_only_if_it_has_a_record(
    harness: IndexerHarness,
) -> None:
    exact = Target(BUCKET, KEY, exact=True)
    harness.bucket.put(KEY, 5)
    harness.suffixes = {"png"}
    assert harness.sync(exact) == {}
    harness.suffixes = {"jpg"}
    harness.sync(exact)
    harness.suffixes = {"png"}
    assert harness.sync(exact) == {KEY: Outcome.DELETED}
    assert harness.sync(exact) == {}
