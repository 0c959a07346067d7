"""How a query reads a store that has indexes by key and by upload time, such as a table."""

from imgmeta.core.attributes import Moment, Order
from imgmeta.core.filters import InBucket, TimeBetween
from imgmeta.core.queries import Query, UploadRange
from imgmeta.core.timestamps import BEGINNING

__all__ = ["access_path", "is_unbounded", "records_to_read"]


def access_path(query: Query) -> InBucket | UploadRange | None:
    """Return the keys or the upload times that a query reads; None: everything.

    The other filters are applied to the records that are read.
    """
    place, uploaded = query.location, query.upload_range
    if uploaded is not None and (
        query.order is Moment.UPLOADED or place is None or not place.prefix
    ):
        return uploaded
    return place


def is_unbounded(query: Query) -> bool:
    """Return whether neither a prefix nor a first upload time limits the records to read.

    Such a query may read a whole bucket, or everything, unless `records_to_read` says otherwise.
    """
    match access_path(query):
        case InBucket(_, prefix):
            return not prefix
        case UploadRange(since, _):
            return since == BEGINNING
        case _:
            return True


def records_to_read(query: Query) -> int | None:
    """Return the number of records to read if an index has them in the order of the query.

    None: there is no limit, no such index, or other filters, which may exclude any number.
    """
    if query.order is Moment.UPLOADED:
        is_certain = all(
            isinstance(each, TimeBetween) and each.attribute is Moment.UPLOADED
            for each in query.filters
        )
    else:
        is_by_key = query.order is Order.KEY and not query.descending
        is_certain = is_by_key and set(query.filters) == {query.location}
    return query.limit if is_certain else None
