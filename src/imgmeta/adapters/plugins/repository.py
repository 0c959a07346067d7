"""A plug-in's repository behind a boundary, so that its exceptions are errors of imgmeta."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

from imgmeta.core.cursors import UploadCursor
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import WriteCondition, WriteResult
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.ports import ImageRepository, OnUnreadable, RecordFinder

if TYPE_CHECKING:
    from imgmeta.adapters.plugins.opening import Boundary

__all__ = ["REPOSITORY_METHODS", "guarded_repository"]

REPOSITORY_METHODS = (
    *("get", "put", "uploaded_between", "list_prefix", "entries", "scan", "count"),
)
"""The methods that a plug-in's repository must have."""

_FOUND = ImageRecord | None


def guarded_repository(opened: object, boundary: "Boundary") -> ImageRepository:
    """Return the repository that a plug-in opened; a `RecordFinder` stays one."""
    kind = _Finder if callable(getattr(opened, "find", None)) else _Repository
    return kind(cast("ImageRepository", opened), boundary)


class _Repository:
    """A plug-in's repository: see `ImageRepository` for its methods."""

    def __init__(self, opened: ImageRepository, boundary: "Boundary") -> None:
        self._opened = opened
        self._boundary = boundary

    def get(self, image_id: str) -> ImageRecord | None:
        return self._boundary.call(_FOUND, self._opened.get, image_id)

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        return self._boundary.call(WriteResult, self._opened.put, record, condition)

    def uploaded_between(
        self,
        since: datetime,
        until: datetime,
        *,
        after: UploadCursor | None = None,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        return self._boundary.iterate(
            ImageRecord,
            lambda callbacks: self._opened.uploaded_between(
                since, until, after=after, on_unreadable=callbacks.mark(on_unreadable)
            ),
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
        return self._boundary.iterate(
            ImageRecord,
            lambda callbacks: self._opened.list_prefix(
                bucket,
                prefix,
                after=after,
                include_deleted=include_deleted,
                on_unreadable=callbacks.mark(on_unreadable),
            ),
        )

    def entries(
        self, bucket: str, prefix: str = "", *, after: str | None = None
    ) -> Iterator[IndexEntry]:
        return self._boundary.iterate(
            IndexEntry, lambda _: self._opened.entries(bucket, prefix, after=after)
        )

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        return self._boundary.iterate(
            ImageRecord,
            lambda callbacks: self._opened.scan(
                include_deleted=include_deleted, on_unreadable=callbacks.mark(on_unreadable)
            ),
        )

    def count(self, bucket: str, prefix: str = "") -> int:
        return self._boundary.call(int, self._opened.count, bucket, prefix)


class _Finder(_Repository):
    """A repository that answers queries itself."""

    def find(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        finder = cast("RecordFinder", self._opened)
        return self._boundary.iterate(
            ImageRecord,
            lambda callbacks: finder.find(query, on_unreadable=callbacks.mark(on_unreadable)),
        )
