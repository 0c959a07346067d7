"""The contracts of `imgmeta.ports.IdFinder` and `BatchWriter`. Each test quotes the port."""

import pytest

from imgmeta.core.ordering import IfNewer, IfRevision, WriteCondition, WriteResult
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import PermanentError, TransientError
from imgmeta.ports import BatchWriter, IdFinder
from imgmeta.testing.contracts.repository_harness import (
    RepositoryHarness,
    RepositoryTests,
    number,
    tombstone,
)
from imgmeta.testing.strategies.record_examples import image_record

__all__ = ["BatchWriterContract", "IdFinderContract"]


def _finder(index: RepositoryHarness) -> IdFinder:
    if not isinstance(index.repository, IdFinder):
        pytest.skip("this store does not look up several IDs at once")
    return index.repository


class IdFinderContract(RepositoryTests):
    """The tests of repositories that look up several IDs at once."""

    # The port: "Return those of these IDs for which `ImageRepository.get` does not return None."
    # The port: "These are also the IDs of tombstones"
    def test_ids_of_records_and_tombstones_are_stored(self, index: RepositoryHarness) -> None:
        records = [image_record("z.jpg"), image_record("a.jpg"), tombstone("gone.jpg")]
        index.insert_all([*records, image_record("other.jpg")])
        ids = [each.image_id for each in records]
        unknown = [image_record("unknown.jpg").image_id]
        assert set(_finder(index).stored_ids([*unknown, *ids, ids[0]])) == set(ids)
        assert not _finder(index).stored_ids(unknown)
        assert not _finder(index).stored_ids([])

    # The port: "and of unreadable data."
    def test_ids_of_unreadable_data_are_stored(self, index: RepositoryHarness) -> None:
        damaged = image_record()
        index.insert_directly(damaged)
        index.make_unreadable(damaged)
        assert set(_finder(index).stored_ids([damaged.image_id])) == {damaged.image_id}

    def test_lookup_raises_the_error_of_an_unavailable_store(
        self, index: RepositoryHarness
    ) -> None:
        finder = _finder(index)
        fail = index.fail_temporarily or index.fail_permanently
        if fail is None:
            pytest.skip("this store cannot fail like that")
        fail()
        with pytest.raises((TransientError, PermanentError)):
            finder.stored_ids([image_record().image_id])


def _writer(index: RepositoryHarness) -> BatchWriter:
    if not isinstance(index.repository, BatchWriter):
        pytest.skip("this store does not write several records at once")
    return index.repository


class BatchWriterContract(RepositoryTests):
    """The tests of repositories that write several records at once."""

    # The port: "Write records of different images as `ImageRepository.put` does"
    # The port: "The results are in the order of the writes."
    def test_batch_has_the_result_of_each_write_in_order(self, index: RepositoryHarness) -> None:
        writer = _writer(index)
        known = image_record("known.jpg", revision="r1", sequencer=number(5))
        newer = image_record("newer.jpg", revision="r1", sequencer=number(5))
        index.insert_all([known, newer])
        writes: list[tuple[ImageRecord, WriteCondition, WriteResult]] = [
            (image_record("new.jpg", revision="r2"), IfRevision(None), WriteResult.STORED),
            (image_record("known.jpg", revision="r2"), IfRevision("r9"), WriteResult.CONFLICT),
            (tombstone("gone.jpg", revision="r2"), IfRevision(None), WriteResult.STORED),
            (
                image_record("newer.jpg", revision="r2", sequencer=number(4)),
                IfNewer(),
                WriteResult.STALE,
            ),
            (
                image_record("first.jpg", revision="r2", sequencer=number(1)),
                IfNewer(),
                WriteResult.STORED,
            ),
        ]
        results = writer.put_all([(record, condition) for record, condition, _ in writes])
        assert list(results) == [result for _, _, result in writes]
        for record, _, result in writes:
            stored = index.repository.get(record.image_id)
            assert (stored == record) is (result is WriteResult.STORED)

    def test_batch_replaces_the_record_with_the_expected_revision(
        self, index: RepositoryHarness
    ) -> None:
        writer = _writer(index)
        index.insert_directly(image_record(revision="r1"))
        after = image_record(revision="r2", file_size=99)
        assert list(writer.put_all([(after, IfRevision("r1"))])) == [WriteResult.STORED]
        assert index.repository.get(after.image_id) == after

    def test_batch_replaces_unreadable_data(self, index: RepositoryHarness) -> None:
        writer = _writer(index)
        before = image_record(revision="r1")
        index.insert_directly(before)
        index.make_unreadable(before)
        after = image_record(revision="r2")
        assert list(writer.put_all([(after, IfRevision(None))])) == [WriteResult.STORED]
        assert index.repository.get(after.image_id) == after

    def test_batch_of_nothing_has_no_results(self, index: RepositoryHarness) -> None:
        assert list(_writer(index).put_all([])) == []

    # The port: "ValueError: as for `ImageRepository.put`, for any of the writes; nothing is
    # written"
    def test_invalid_write_prevents_the_whole_batch(self, index: RepositoryHarness) -> None:
        writer = _writer(index)
        valid = image_record("valid.jpg", revision="r1")
        invalid = image_record("invalid.jpg", revision="r1", sequencer=None)
        with pytest.raises(ValueError, match="sequencer"):
            writer.put_all([(valid, IfRevision(None)), (invalid, IfNewer())])
        assert index.repository.get(valid.image_id) is None

    def test_batch_raises_the_error_of_an_unavailable_store(self, index: RepositoryHarness) -> None:
        writer = _writer(index)
        fail = index.fail_temporarily or index.fail_permanently
        if fail is None:
            pytest.skip("this store cannot fail like that")
        fail()
        with pytest.raises((TransientError, PermanentError)):
            writer.put_all([(image_record(status=Status.FAILED), IfRevision(None))])
