"""A record keeps what was read from its object when the object's bytes become unreadable."""

from datetime import timedelta

import pytest

from imgmeta import (
    ByteSource,
    Difference,
    GpsPolicy,
    Hint,
    ImageProperties,
    Outcome,
    PermanentError,
    Status,
    Target,
    Unreadable,
)
from support.convergence.bucket import BUCKET, EPOCH, WidthReader
from support.convergence.indexer_harness import (
    ARCHIVE_TIER,
    KEY,
    LOCATION,
    IndexerHarness,
    sequencer,
)

EXACT = Target(BUCKET, KEY, exact=True)


class NewReader(WidthReader):
    version = 2


class PlaceReader(WidthReader):
    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        properties = super().read(content)
        assert isinstance(properties, ImageProperties)
        return properties.model_copy(update={"latitude": 47.123456, "longitude": 8.123456})


@pytest.fixture
def harness() -> IndexerHarness:
    return IndexerHarness()


def archive(harness: IndexerHarness, storage_class: str = "GLACIER", content: int = 5) -> None:
    """Index an object, and move it to an archive."""
    harness.bucket.put(KEY, content)
    harness.sync()
    harness.bucket.storage_classes[KEY] = storage_class


def kept(harness: IndexerHarness) -> tuple[Status, int | None, str | None, str | None, int | None]:
    record = harness.stored()
    return (
        record.status,
        record.width,
        record.storage_class,
        record.content_error,
        record.reader_version,
    )


ARCHIVED = (Status.PROCESSED, 5, "GLACIER", "archived (GLACIER)", 1)


def test_sync_finds_an_archived_object_once(harness: IndexerHarness) -> None:
    archive(harness)
    assert harness.verify() == harness.verify(EXACT) == {KEY: Difference.OUTDATED}
    assert harness.sync() == {KEY: Outcome.PROCESSED}
    assert kept(harness) == ARCHIVED
    assert harness.verify() == harness.verify(EXACT) == {KEY: Difference.SAME}


def test_archived_object_is_not_outdated_after_an_upgrade(harness: IndexerHarness) -> None:
    archive(harness)
    harness.sync()
    harness.reader = NewReader()
    assert harness.verify() == harness.verify(EXACT) == {KEY: Difference.SAME}
    harness.bucket.errors[KEY] = AssertionError("observed")
    assert harness.sync() == {KEY: Outcome.UNCHANGED}


@pytest.mark.parametrize("storage_class", ["GLACIER", "DEEP_ARCHIVE", ARCHIVE_TIER])
def test_no_hint_erases_the_properties_of_an_archived_object(
    harness: IndexerHarness, storage_class: str
) -> None:
    archive(harness, storage_class)
    harness.reader = NewReader()
    for hint in (Hint(LOCATION), Hint(LOCATION, force=True), Hint(LOCATION, sequencer(1))):
        harness.process(hint)
        record = harness.stored()
        assert (record.status, record.width, record.reader_version) == (Status.PROCESSED, 5, 1)
        assert record.content_error == f"archived ({storage_class})"
    assert harness.stored().sequencer == sequencer(1)


@pytest.mark.parametrize("target", [Target(BUCKET), EXACT])
def test_sync_reads_a_restored_object_again(harness: IndexerHarness, target: Target) -> None:
    archive(harness)
    harness.sync()
    harness.reader = NewReader()
    harness.bucket.restored.add(KEY)
    assert harness.verify(target) == {KEY: Difference.OUTDATED}
    assert harness.sync(target) == {KEY: Outcome.PROCESSED}
    assert kept(harness) == (Status.PROCESSED, 5, "GLACIER", None, 2)
    assert harness.verify(target) == {KEY: Difference.SAME}


@pytest.mark.parametrize("order", [None, 0, 1, 2])
def test_event_of_a_restore_reads_the_object_again(
    harness: IndexerHarness, order: int | None
) -> None:
    archive(harness)
    harness.process(Hint(LOCATION, sequencer(1)))
    harness.bucket.restored.add(KEY)
    hint = Hint(LOCATION, None if order is None else sequencer(order))
    assert [item.outcome for item in harness.process(hint)] == [Outcome.PROCESSED]
    assert kept(harness) == (Status.PROCESSED, 5, "GLACIER", None, 1)


def test_expired_restored_copy_is_not_a_difference(harness: IndexerHarness) -> None:
    archive(harness)
    harness.bucket.restored.add(KEY)
    harness.sync()
    harness.bucket.restored.clear()
    harness.reader = NewReader()
    assert harness.verify() == {KEY: Difference.SAME}
    assert harness.indexer.reprocess(LOCATION).outcome is Outcome.PROCESSED
    assert kept(harness) == ARCHIVED


def test_object_that_left_the_archive_is_read_again(harness: IndexerHarness) -> None:
    archive(harness)
    harness.sync()
    del harness.bucket.storage_classes[KEY]
    assert harness.sync() == {KEY: Outcome.PROCESSED}
    assert kept(harness) == (Status.PROCESSED, 5, None, None, 1)


def test_other_change_of_the_storage_class_is_not_a_difference(harness: IndexerHarness) -> None:
    archive(harness, "STANDARD_IA")
    assert harness.verify() == {KEY: Difference.SAME}
    assert harness.indexer.reprocess(LOCATION).outcome is Outcome.PROCESSED
    assert harness.stored().storage_class == "STANDARD_IA"


def test_archive_tier_is_not_read_again_by_each_sync(harness: IndexerHarness) -> None:
    archive(harness, ARCHIVE_TIER)
    harness.indexer.reprocess(LOCATION)
    harness.reader = NewReader()
    assert harness.verify() == {KEY: Difference.SAME}
    harness.bucket.restored.add(KEY)
    harness.process(Hint(LOCATION))
    assert kept(harness) == (Status.PROCESSED, 5, "INTELLIGENT_TIERING", None, 2)
    harness.reader = WidthReader()
    assert harness.verify() == {KEY: Difference.SAME}


def test_object_that_was_never_read_is_failed_until_it_is_restored(
    harness: IndexerHarness,
) -> None:
    harness.bucket.put(KEY, 5)
    harness.bucket.storage_classes[KEY] = "GLACIER"
    assert harness.sync() == {KEY: Outcome.FAILED}
    assert harness.stored().error == harness.stored().content_error == "archived (GLACIER)"
    assert harness.sync() == {KEY: Outcome.UNCHANGED}
    harness.bucket.storage_classes[KEY] = "DEEP_ARCHIVE"
    assert harness.sync() == {KEY: Outcome.FAILED}
    assert harness.stored().error == "archived (DEEP_ARCHIVE)"
    harness.bucket.restored.add(KEY)
    assert harness.sync() == {KEY: Outcome.PROCESSED}
    assert (harness.stored().error, harness.stored().content_error) == (None, None)


def test_reason_of_an_unreadable_image_is_kept(harness: IndexerHarness) -> None:
    archive(harness, content=0)
    assert harness.sync() == {KEY: Outcome.FAILED}
    assert harness.stored().error == "not an image"
    assert harness.stored().content_error == "archived (GLACIER)"


def test_properties_of_other_content_are_not_kept(harness: IndexerHarness) -> None:
    archive(harness)
    harness.bucket.put(KEY, 6)
    assert harness.sync() == {KEY: Outcome.FAILED}
    assert harness.stored().width is None


def test_properties_of_a_deleted_object_are_not_kept(harness: IndexerHarness) -> None:
    harness.sync()
    harness.process(Hint(LOCATION, sequencer(1)))
    harness.bucket.put(KEY, 5)
    harness.bucket.storage_classes[KEY] = "GLACIER"
    harness.process(Hint(LOCATION, sequencer(2)))
    assert (harness.stored().status, harness.stored().sequencer) == (Status.FAILED, sequencer(2))


def test_properties_without_an_etag_are_not_kept(harness: IndexerHarness) -> None:
    archive(harness)
    harness.bucket.unreadable.add(KEY)
    harness.indexer.reprocess(LOCATION)
    assert (harness.stored().status, harness.stored().error) == (
        Status.FAILED,
        "permission denied",
    )


def test_file_without_permission_fails_each_time_and_keeps_its_properties(
    harness: IndexerHarness,
) -> None:
    harness.bucket.put(KEY, 5)
    harness.sync()
    harness.bucket.denied.add(KEY)
    harness.reader = NewReader()
    for _ in range(2):
        [item] = harness.indexer.sync(Target(BUCKET))
        assert (item.outcome, item.reason) == (Outcome.FAILED, "permission denied")
        assert kept(harness) == (Status.PROCESSED, 5, None, "permission denied", 1)
        assert harness.verify() == harness.verify(EXACT) == {KEY: Difference.OUTDATED}
    harness.bucket.denied.clear()
    assert harness.sync() == {KEY: Outcome.PROCESSED}
    assert kept(harness) == (Status.PROCESSED, 5, None, None, 2)
    assert harness.verify() == {KEY: Difference.SAME}


@pytest.mark.parametrize("hint", [Hint(LOCATION, force=True), Hint(LOCATION, sequencer(9))])
def test_denied_object_keeps_its_record(harness: IndexerHarness, hint: Hint) -> None:
    harness.bucket.put(KEY, 5)
    harness.sync()
    before = harness.stored()
    harness.bucket.errors[KEY] = PermanentError("access denied")
    harness.reader = NewReader()
    [item] = harness.process(hint)
    assert (item.outcome, item.reason) == (Outcome.ERROR, "access denied")
    assert harness.stored() == before


@pytest.mark.parametrize("hint", [Hint(LOCATION, force=True), Hint(LOCATION, sequencer(9))])
def test_object_with_an_unreadable_range_keeps_its_record(
    harness: IndexerHarness, hint: Hint
) -> None:
    class DeniedReader(NewReader):
        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            raise PermanentError(f"cannot read the rest of {content.size} bytes")

    harness.bucket.put(KEY, 5)
    harness.sync()
    before = harness.stored()
    harness.reader = DeniedReader()
    assert [item.outcome for item in harness.process(hint)] == [Outcome.ERROR]
    assert harness.stored() == before


def test_stricter_gps_policy_applies_to_an_archived_object() -> None:
    harness = IndexerHarness(reader=PlaceReader())
    archive(harness)
    harness.sync()
    harness.policy = GpsPolicy.DROP
    assert harness.verify() == {KEY: Difference.OUTDATED}
    harness.sync()
    record = harness.stored()
    assert (record.width, record.latitude, record.longitude) == (5, None, None)
    assert harness.verify() == {KEY: Difference.SAME}


def test_repeated_event_of_an_archived_object_writes_nothing(harness: IndexerHarness) -> None:
    archive(harness)
    hint = Hint(LOCATION, sequencer(1), occurred_at=EPOCH)
    harness.now += timedelta(seconds=1)
    outcomes = [item.outcome for item in harness.process(hint, hint)]
    assert outcomes == [Outcome.PROCESSED, Outcome.UNCHANGED]
