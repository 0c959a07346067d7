"""A repository that waits until queries see every write, for tests of distributed stores."""

from collections.abc import Callable, Iterator
from datetime import datetime

from imgmeta.core.cursors import UploadCursor
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import WriteCondition, WriteResult
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.ports import ImageRepository, OnUnreadable, RecordFinder

__all__ = ["waiting"]


def waiting(repository: ImageRepository, wait: Callable[[], object]) -> ImageRepository:
    """Return a repository that calls `wait` before each query that may lag behind the writes.

    Args:
        repository: the repository.
        wait: returns when all queries see every write that has returned.
    """
    if isinstance(repository, RecordFinder):
        return _WaitingFinder(repository, repository, wait)
    return _WaitingRepository(repository, wait)


class _WaitingRepository:
    """`get` does not wait: it has to see every write at once."""

    def __init__(self, repository: ImageRepository, wait: Callable[[], object]) -> None:
        self._repository = repository
        self._wait = wait

    def get(self, image_id: str) -> ImageRecord | None:
        return self._repository.get(image_id)

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        return self._repository.put(record, condition)

    def uploaded_between(
        self,
        since: datetime,
        until: datetime,
        *,
        after: UploadCursor | None = None,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        self._wait()
        return self._repository.uploaded_between(
            since, until, after=after, on_unreadable=on_unreadable
        )

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        self._wait()
        return self._repository.list_prefix(
            bucket,
            prefix,
            after=after,
            include_deleted=include_deleted,
            on_unreadable=on_unreadable,
        )

    def entries(
        self, bucket: str, prefix: str = "", *, after: str | None = None
    ) -> Iterator[IndexEntry]:
        self._wait()
        return self._repository.entries(bucket, prefix, after=after)

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        self._wait()
        return self._repository.scan(include_deleted=include_deleted, on_unreadable=on_unreadable)

    def count(self, bucket: str, prefix: str = "") -> int:
        self._wait()
        return self._repository.count(bucket, prefix)


class _WaitingFinder(_WaitingRepository):
    def __init__(
        self, repository: ImageRepository, finder: RecordFinder, wait: Callable[[], object]
    ) -> None:
        super().__init__(repository, wait)
        self._finder = finder

    def find(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        self._wait()
        return self._finder.find(query, on_unreadable=on_unreadable)
