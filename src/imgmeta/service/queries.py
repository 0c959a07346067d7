"""Queries of the index."""

from collections.abc import Callable, Iterator

from imgmeta.core.queries import BEGINNING, END, Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.ports import ImageRepository, OnUnreadable

__all__ = ["find"]


def find(
    repository: ImageRepository,
    query: Query,
    *,
    on_unreadable: OnUnreadable | None = None,
    on_record: Callable[[ImageRecord], object] | None = None,
) -> Iterator[ImageRecord]:
    """Yield the records that match a query, using the access path that reads the fewest records.

    Records are in key order if the query has a bucket, in upload order if it has only times, and
    otherwise in the repository's own order.

    Args:
        repository: the index.
        query: the query.
        on_unreadable: takes the error of each unreadable record that might match.
        on_record: is called with each record that is read, whether or not it matches.

    Raises:
        AdapterError: the index cannot be read.
        InvalidRecordError: a record is unreadable, and there is no `on_unreadable`.
    """
    deleted = query.status is Status.DELETED
    if query.bucket is not None:
        records = repository.list_prefix(
            query.bucket, query.prefix, include_deleted=deleted, on_unreadable=on_unreadable
        )
    elif query.has_times:
        records = repository.uploaded_between(
            query.since or BEGINNING, query.until or END, on_unreadable=on_unreadable
        )
    else:
        records = repository.scan(include_deleted=deleted, on_unreadable=on_unreadable)
    return filter(query.matches, records if on_record is None else _noted(records, on_record))


def _noted(
    records: Iterator[ImageRecord], on_record: Callable[[ImageRecord], object]
) -> Iterator[ImageRecord]:
    for record in records:
        on_record(record)
        yield record
