"""Asking the index."""

from collections.abc import Iterator

from imgmeta.core.queries import BEGINNING, END, Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.ports import ImageRepository

__all__ = ["find"]


def find(repository: ImageRepository, query: Query) -> Iterator[ImageRecord]:
    """Yield the records that a query asks for, by the way that reads the fewest of them.

    By prefix they come in key order, by time alone in the order of their uploads, and otherwise in
    the repository's own order.

    Raises:
        AdapterError: the repository cannot be walked any further.
    """
    deleted = query.status is Status.DELETED
    if query.bucket is not None:
        records = repository.list_prefix(query.bucket, query.prefix, include_deleted=deleted)
    elif query.has_times:
        records = repository.uploaded_between(query.since or BEGINNING, query.until or END)
    else:
        records = repository.scan(include_deleted=deleted)
    return filter(query.matches, records)
