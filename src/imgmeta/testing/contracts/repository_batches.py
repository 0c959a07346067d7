"""The contract of `imgmeta.ports.BatchWriter`. Each test quotes the port."""

import pytest

from imgmeta.core.ordering import IfNewer, IfRevision, WriteCondition, WriteResult
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import PermanentError, TransientError
from imgmeta.ports import BatchWriter
from imgmeta.testing.contracts.repository_harness import (
    RepositoryHarness,
    RepositoryTests,
    number,
    tombstone,
)
from imgmeta.testing.strategies.record_examples import image_record

__all__ = ["BatchWriterContract"]


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
