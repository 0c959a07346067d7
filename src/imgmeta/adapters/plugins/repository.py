"""A plug-in's repository behind a boundary, so that its exceptions are errors of imgmeta."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

from imgmeta.core.cursors import UploadCursor
from imgmeta.core.drift import IndexEntry
from imgmeta.core.duplicates import ContentEntry
from imgmeta.core.ordering import WriteCondition, WriteResult
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.core.summaries import RecordSummary, SummaryCount
from imgmeta.ports import ImageRepository, OnUnreadable

if TYPE_CHECKING:
    from imgmeta.adapters.plugins.opening import Boundary
    from imgmeta.ports import RecordFinder, SizeFinder, SummaryFinder, UploadHistory

__all__ = ["REPOSITORY_METHODS", "guarded_repository"]

REPOSITORY_METHODS = (
    *("get", "put", "uploaded_between", "list_prefix", "entries", "scan", "count"),
)
"""The methods that a plug-in's repository must have."""

_FOUND = ImageRecord | None


def guarded_repository(opened: object, boundary: "Boundary") -> ImageRepository:
    """Return the repository that a plug-in opened; it implements the same optional ports."""
    optional = [
        guard
        for guard, methods in _OPTIONAL.items()
        if all(callable(getattr(opened, name, None)) for name in methods)
    ]
    kind = type("_GuardedRepository", (*optional, _Repository), {})
    return cast("ImageRepository", kind(cast("ImageRepository", opened), boundary))


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


class _RecordFinder(_Repository):
    """The method is that of `RecordFinder`."""

    def find(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        finder = cast("RecordFinder", self._opened)
        return self._boundary.iterate(
            ImageRecord,
            lambda callbacks: finder.find(query, on_unreadable=callbacks.mark(on_unreadable)),
        )


class _UploadHistory(_Repository):
    """The method is that of `UploadHistory`."""

    def uploads(
        self,
        first: int,
        last: int,
        *,
        descending: bool = False,
        expected: int | None = None,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        history = cast("UploadHistory", self._opened)
        return self._boundary.iterate(
            ImageRecord,
            lambda callbacks: history.uploads(
                first,
                last,
                descending=descending,
                expected=expected,
                on_unreadable=callbacks.mark(on_unreadable),
            ),
        )


class _SummaryFinder(_Repository):
    """The methods are those of `SummaryFinder`."""

    def find_summaries(
        self, query: Query, *, ordered: bool = True, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[RecordSummary]:
        finder = cast("SummaryFinder", self._opened)
        return self._boundary.iterate(
            RecordSummary,
            lambda callbacks: finder.find_summaries(
                query, ordered=ordered, on_unreadable=callbacks.mark(on_unreadable)
            ),
        )

    def count_summaries(
        self,
        query: Query,
        attributes: Collection[str],
        *,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[SummaryCount]:
        finder = cast("SummaryFinder", self._opened)
        return self._boundary.iterate(
            SummaryCount,
            lambda callbacks: finder.count_summaries(
                query, attributes, on_unreadable=callbacks.mark(on_unreadable)
            ),
        )


class _SizeFinder(_Repository):
    """The method is that of `SizeFinder`."""

    def same_sizes(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ContentEntry]:
        finder = cast("SizeFinder", self._opened)
        return self._boundary.iterate(
            ContentEntry,
            lambda callbacks: finder.same_sizes(query, on_unreadable=callbacks.mark(on_unreadable)),
        )


_OPTIONAL: dict[type[_Repository], tuple[str, ...]] = {
    _RecordFinder: ("find",),
    _UploadHistory: ("uploads",),
    _SummaryFinder: ("find_summaries", "count_summaries"),
    _SizeFinder: ("same_sizes",),
}
"""The methods of each optional port."""
