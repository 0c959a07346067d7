"""Queries of the index."""

from collections.abc import Iterator

from imgmeta.core.queries import BEGINNING, END, Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.ports import ImageRepository

__all__ = ["find"]


def find(repository: ImageRepository, query: Query) -> Iterator[ImageRecord]:
    """Yield the records that match a query, using the access path that reads the fewest records.

    Records are in key order if the query has a bucket, in upload order if it has only times, and
    otherwise in the repository's own order.

    Raises:
        AdapterError: the index cannot be read.
    """
    deleted = query.status is Status.DELETED
    if query.bucket is not None:
        records = repository.list_prefix(query.bucket, query.prefix, include_deleted=deleted)
    elif query.has_times:
        records = repository.uploaded_between(query.since or BEGINNING, query.until or END)
    else:
        records = repository.scan(include_deleted=deleted)
    return filter(query.matches, records)
