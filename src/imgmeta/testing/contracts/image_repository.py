"""The contract of `imgmeta.ports.ImageRepository`. Each test quotes the port."""

import tracemalloc
from collections.abc import Callable, Iterable
from datetime import datetime
from threading import Thread

import pytest

from imgmeta.core.identity import image_id
from imgmeta.core.ordering import IfRevision
from imgmeta.core.records import ImageRecord
from imgmeta.errors import InvalidRecordError, PermanentError, TransientError
from imgmeta.ports import ImageRepository, OnUnreadable
from imgmeta.testing.contracts.repository_batches import (
    BatchWriterContract,
    IdFinderContract,
)
from imgmeta.testing.contracts.repository_harness import (
    ALWAYS,
    RepositoryHarness,
    RepositoryTests,
    keys,
    tombstone,
    uploaded,
)
from imgmeta.testing.contracts.repository_listings import (
    CountContract,
    EntriesContract,
    ListPrefixContract,
    ScanContract,
    UploadedBetweenContract,
)
from imgmeta.testing.contracts.repository_queries import QueryContract
from imgmeta.testing.contracts.repository_sizes import SizeFinderContract
from imgmeta.testing.contracts.repository_writes import PutContract
from imgmeta.testing.strategies.record_examples import image_record

__all__ = ["ImageRepositoryContract"]

METHODS: dict[str, Callable[[ImageRepository], object]] = {
    "get": lambda repository: repository.get(image_record().image_id),
    "put": lambda repository: repository.put(image_record(), IfRevision(None)),
    "uploaded_between": lambda repository: list(repository.uploaded_between(*ALWAYS)),
    "list_prefix": lambda repository: list(repository.list_prefix("holiday")),
    "entries": lambda repository: list(repository.entries("holiday")),
    "scan": lambda repository: list(repository.scan()),
    "count": lambda repository: repository.count("holiday"),
}

Walk = Callable[[ImageRepository], Iterable[ImageRecord]]
WALKS: dict[str, Walk] = {
    "list_prefix": lambda repository: repository.list_prefix("holiday", include_deleted=True),
    "uploaded_between": lambda repository: repository.uploaded_between(*ALWAYS),
    "scan": lambda repository: repository.scan(include_deleted=True),
}

ReportingWalk = Callable[[ImageRepository, OnUnreadable], Iterable[ImageRecord]]
REPORTING_WALKS: dict[str, ReportingWalk] = {
    "list_prefix": lambda repository, add: repository.list_prefix("holiday", on_unreadable=add),
    "uploaded_between": lambda repository, add: repository.uploaded_between(
        *ALWAYS, on_unreadable=add
    ),
    "scan": lambda repository, add: repository.scan(on_unreadable=add),
}


class RepositoryErrorContract(RepositoryTests):
    """The tests of sentences about all methods."""

    # The port: "Image records, one per ID"
    def test_stored_record_is_returned_unchanged(self, index: RepositoryHarness) -> None:
        taken_at = datetime(2026, 1, 2, 3)  # noqa: DTZ001 - wall-clock time
        record = image_record("a\0b\n\u00e9", latitude=-33.85678901234567, taken_at=taken_at)
        index.repository.put(record, IfRevision(None))
        assert index.repository.get(record.image_id) == record

    # The port: "After a write has returned, every later `get` sees it."
    def test_write_is_visible_immediately(self, index: RepositoryHarness) -> None:
        index.insert_directly(image_record(revision="r1"))
        newer = image_record(revision="r2")
        assert index.repository.get(newer.image_id) == image_record(revision="r1")
        index.repository.put(newer, IfRevision("r1"))
        assert index.repository.get(newer.image_id) == newer

    def test_write_is_visible_to_another_thread(self, index: RepositoryHarness) -> None:
        record = image_record()
        index.repository.put(record, IfRevision(None))
        seen: list[ImageRecord | None] = []
        thread = Thread(target=lambda: seen.append(index.repository.get(record.image_id)))
        thread.start()
        thread.join()
        assert seen == [record]

    # The port: "no other record is omitted or yielded twice"
    @pytest.mark.parametrize("walk", WALKS.values(), ids=list(WALKS))
    def test_write_during_iteration_does_not_lose_or_repeat_other_records(
        self,
        index: RepositoryHarness,
        walk: Walk,
    ) -> None:
        inserted = [uploaded(each % 7, f"{each:05}") for each in range(0, 2 * index.many, 2)]
        index.insert_all(inserted)
        seen: list[str] = []
        for turn, record in enumerate(walk(index.repository)):
            seen.append(record.object_key)
            if turn % 50 == 0 and turn < index.many:  # the walk may find the added records
                fresh = uploaded(turn % 7, f"{turn * 2 + 1:05}")
                index.repository.put(fresh, IfRevision(None))
                again = image_record(inserted[turn].object_key, revision="again", etag=None)
                index.repository.put(again, IfRevision("r1"))
        unchanged = [key for at, key in enumerate(keys(inserted)) if at % 50]
        assert [seen.count(key) for key in unchanged] == [1] * len(unchanged)

    # The port: "the memory an iterator needs does not depend on how many records are stored"
    @pytest.mark.parametrize("method", WALKS)
    def test_iterator_does_not_hold_all_records(
        self, index: RepositoryHarness, method: str
    ) -> None:
        if not index.is_streaming:
            pytest.skip("the records of this store are in memory")
        index.insert_all(uploaded(each % 7, f"{each:05}") for each in range(2 * index.many))
        walk = WALKS[method]
        list(walk(index.repository))  # imports modules
        holding = _peak(lambda: len(list(walk(index.repository))))
        streaming = _peak(lambda: sum(1 for _ in walk(index.repository)))
        assert streaming < holding / 2, "the iterator holds many records"

    # The port: "Methods raise TransientError when the store cannot respond now"
    @pytest.mark.parametrize("method", METHODS)
    def test_temporarily_unavailable_store_raises_transient_error(
        self, index: RepositoryHarness, method: str
    ) -> None:
        if index.fail_temporarily is None:
            pytest.skip("this store cannot fail like that")
        index.insert_directly(image_record())
        index.fail_temporarily()
        with pytest.raises(TransientError):
            METHODS[method](index.repository)

    # The port: "PermanentError when it will not respond until something is changed"
    @pytest.mark.parametrize("method", METHODS)
    def test_permanently_unavailable_store_raises_permanent_error(
        self, index: RepositoryHarness, method: str
    ) -> None:
        if index.fail_permanently is None:
            pytest.skip("this store cannot fail like that")
        index.fail_permanently()
        with pytest.raises(PermanentError):
            METHODS[method](index.repository)

    # The port: "`get` raises InvalidRecordError for it. Iterators of records raise [it] too"
    @pytest.mark.parametrize("method", sorted(METHODS.keys() - {"put", "count", "entries"}))
    def test_unreadable_record_raises_invalid_record_error(
        self, index: RepositoryHarness, method: str
    ) -> None:
        record = uploaded(0)
        index.insert_directly(record)
        index.make_unreadable(record)
        with pytest.raises(InvalidRecordError):
            METHODS[method](index.repository)

    # The port: "unless `on_unreadable` is given: then they call it with the error, and continue"
    @pytest.mark.parametrize("walk", REPORTING_WALKS.values(), ids=list(REPORTING_WALKS))
    def test_iterators_continue_after_unreadable_records(
        self,
        index: RepositoryHarness,
        walk: ReportingWalk,
    ) -> None:
        records = [uploaded(each, str(each)) for each in range(5)]
        index.insert_all(records)
        index.make_unreadable(records[1], records[4])
        errors = list[InvalidRecordError]()
        assert sorted(keys(walk(index.repository, errors.append))) == ["0", "2", "3"]
        assert sorted(" 1 " in str(error) or " 4 " in str(error) for error in errors) == [True] * 2


def _peak(work: Callable[[], object]) -> int:
    """Return how many bytes some work has at most at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class GetContract(RepositoryTests):
    """The tests of `ImageRepository.get`."""

    # The port: "Return the record with this ID, including a tombstone; None if there is none."
    def test_record_with_id_is_returned(self, index: RepositoryHarness) -> None:
        index.insert_all([image_record("a"), image_record("b")])
        assert index.repository.get(image_id("holiday", "b")) == image_record("b")

    def test_tombstone_is_returned(self, index: RepositoryHarness) -> None:
        index.insert_directly(tombstone())
        assert index.repository.get(tombstone().image_id) == tombstone()

    def test_unknown_id_returns_none(self, index: RepositoryHarness) -> None:
        index.insert_directly(image_record("a"))
        assert index.repository.get(image_id("holiday", "b")) is None


class ImageRepositoryContract(
    RepositoryErrorContract,
    GetContract,
    PutContract,
    IdFinderContract,
    BatchWriterContract,
    UploadedBetweenContract,
    ListPrefixContract,
    EntriesContract,
    ScanContract,
    CountContract,
    QueryContract,
    SizeFinderContract,
):
    """The tests of an image repository: override the fixture `repository` or `index`."""
