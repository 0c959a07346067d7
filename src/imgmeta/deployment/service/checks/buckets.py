"""Whether the buckets send their events, and whether their newest objects are in the index."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from imgmeta.core.objects import ListedObject, Listing, ObjectLocation
from imgmeta.core.records import ImageRecord
from imgmeta.core.targets import Target
from imgmeta.deployment.core.bucket_notifications import MissingBucketError
from imgmeta.deployment.core.findings import NewestObject
from imgmeta.deployment.ports import BucketNotifications
from imgmeta.errors import InvalidRecordError
from imgmeta.ports import ImageRepository, ObjectStore

__all__ = ["newest_object", "sends_events"]

_MAX_KEYS = 10_000
"""Keys of a bucket that are listed: ten requests."""

_SETTLED = timedelta(minutes=5)
"""A newer object may not be indexed yet, although everything works."""


def sends_events(notifications: BucketNotifications, bucket: str) -> bool | None:
    """Return whether a bucket sends its events to Amazon EventBridge; None: it does not exist.

    Raises:
        AdapterError: its configuration cannot be read.
    """
    try:
        return notifications.get(bucket).sends_to_eventbridge
    except MissingBucketError:
        return None


def newest_object(
    objects: ObjectStore,
    repository: ImageRepository,
    target: Target,
    is_indexed: Callable[[str], bool],
    now: datetime,
) -> NewestObject:
    """Return the newest object of a bucket, and whether it is in the index.

    A bucket is listed up to a number of keys, so that the newest of a large bucket is the newest of
    its first keys. It proves the same: an object without a record was lost.

    Args:
        objects: the objects.
        repository: the index.
        target: the bucket and the prefix.
        is_indexed: returns whether a key is indexed.
        now: the current time, timezone-aware.

    Raises:
        AdapterError: the bucket or the index cannot be read.
    """
    bucket = target.bucket
    listing = objects.list(bucket, target.prefix)
    until = now - _SETTLED
    listed = list(islice(listing, _MAX_KEYS))
    is_complete = next(listing, None) is None
    settled = list(_settled(listed, is_indexed, until))
    if not settled:
        return NewestObject(bucket, listed=len(listed), complete=is_complete)
    uploaded_at, found = max(settled, key=lambda each: each[0])
    location = ObjectLocation(bucket, found.key)
    return NewestObject(
        bucket,
        location,
        uploaded_at,
        indexed=_is_recorded(_record(repository, location), found, uploaded_at),
        listed=len(listed),
        complete=is_complete,
    )


def _settled(
    listed: Iterable[Listing], is_indexed: Callable[[str], bool], until: datetime
) -> Iterator[tuple[datetime, ListedObject]]:
    for each in listed:
        if not isinstance(each, ListedObject):
            continue
        uploaded = each.last_modified
        if uploaded is not None and uploaded <= until and is_indexed(each.key):
            yield uploaded, each


def _record(repository: ImageRepository, location: ObjectLocation) -> ImageRecord | None:
    try:
        return repository.get(location.image_id)
    except InvalidRecordError:
        return None


def _is_recorded(record: ImageRecord | None, found: ListedObject, uploaded_at: datetime) -> bool:
    if record is None:
        return False
    is_same = record.etag == found.etag
    return is_same or (record.last_modified is not None and record.last_modified >= uploaded_at)
