"""The optional ports of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from imgmeta.core.duplicates import ContentEntry
    from imgmeta.core.queries import Query
    from imgmeta.core.records import ImageRecord
    from imgmeta.core.summaries import RecordSummary, SummaryCount
    from imgmeta.ports.indexing import OnUnreadable

__all__ = ["RecordFinder", "SizeFinder", "SummaryFinder", "UploadHistory"]


@runtime_checkable
class RecordFinder(Protocol):
    """A repository that answers queries itself; `service.find` answers them for all others."""

    def find(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        """Yield the same records in the same order as `query.select` of all stored records.

        The iterator, `on_unreadable` and the errors are as those of `ImageRepository`.
        """
        ...


@runtime_checkable
class UploadHistory(Protocol):
    """A repository that reads upload times from either end, so that the newest ten cost little.

    It is an `ImageRepository`. `service.find` reads all records of any other one to find them.
    """

    def uploads(
        self,
        first: int,
        last: int,
        *,
        descending: bool = False,
        expected: int | None = None,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        """Yield the records whose `upload_timestamp` is from `first` to `last`, both inclusive.

        They are ordered by (`upload_timestamp`, `image_id`); `descending` reverses both. Tombstones
        and records without an upload time are left out. The iterator, `on_unreadable` and the
        errors are as those of `ImageRepository`.

        Args:
            first: the first second since 1970.
            last: the last second.
            descending: start with the newest.
            expected: about how many records will be read, if known.
            on_unreadable: takes the error of each unreadable record.
        """
        ...


@runtime_checkable
class SummaryFinder(Protocol):
    """A repository that finds summaries without reading complete records.

    `service.find_summaries` finds them for all others.
    """

    def find_summaries(
        self, query: Query, *, ordered: bool = True, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[RecordSummary]:
        """Yield the summaries of the records that `query.select` of all stored records returns.

        The iterator, `on_unreadable` and the errors are as those of `ImageRepository`.

        Args:
            query: the query.
            ordered: whether they are in the order of the query; otherwise, it has no limit.
            on_unreadable: takes the error of each unreadable record that might match.
        """
        ...

    def count_summaries(
        self,
        query: Query,
        attributes: Collection[str],
        *,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[SummaryCount]:
        """Yield how many of the records that match a query share the values of some attributes.

        Several counts may have the same values. The order, the limit and the cursor of the query
        are ignored. `on_unreadable` and the errors are as those of `find_summaries`.

        Args:
            query: the query.
            attributes: names of attributes of a summary. A time may be the start of its day.
            on_unreadable: takes the error of each unreadable record that might match.
        """
        ...


@runtime_checkable
class SizeFinder(Protocol):
    """A repository that finds images of equal size itself, without reading all records."""

    def same_sizes(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ContentEntry]:
        """Yield the images that match a query and have the size of another one that matches.

        They are ordered by size, the largest first. Images of which no other has the size may be
        yielded too; empty files are not. The order, the limit and the cursor of the query are
        ignored. The errors are those of `ImageRepository`, except that a damaged record need not be
        noticed. `on_unreadable` takes the error of each one that is.
        """
        ...
