"""The digest of recent uploads."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from itertools import chain

from imgmeta.core.digest import Digest
from imgmeta.core.objects import ListedObject, Listing
from imgmeta.core.targets import Target
from imgmeta.core.unindexed import UnindexedCount, label_of
from imgmeta.errors import AdapterError, InvalidRecordError
from imgmeta.ports import ImageRepository, ObjectStore

__all__ = ["add_unindexed", "digest"]


def digest(
    repository: ImageRepository, *, since: datetime, until: datetime, environment: str = ""
) -> Digest:
    """Return the digest of the images uploaded at or after `since` and before `until`.

    Unreadable records are passed over and counted.

    Args:
        repository: the index, read in constant memory.
        since: a timezone-aware time.
        until: a timezone-aware time.
        environment: the environment's name.

    Raises:
        AdapterError: the index cannot be read.
    """
    unreadable = 0

    def count(_: InvalidRecordError) -> None:
        nonlocal unreadable
        unreadable += 1

    records = repository.uploaded_between(since, until, on_unreadable=count)
    message = Digest.of(records, since=since, until=until, environment=environment)
    return replace(message, unreadable=unreadable)


def add_unindexed(
    message: Digest,
    objects: ObjectStore,
    targets: Iterable[Target],
    *,
    is_indexed: Callable[[str], bool],
    is_time_left: Callable[[], bool],
) -> Digest:
    """Return a digest with the number of objects of its period that are not indexed, by kind.

    They are not in the index, so all objects are listed. If that fails, no error is raised: the
    digest has the reason instead of the numbers.

    Args:
        message: the digest.
        objects: the object store.
        targets: the objects to list.
        is_indexed: whether a key is indexed.
        is_time_left: whether to continue; called after each object.
    """
    counts = Counter[str]()
    is_complete = True
    try:
        listings = (objects.list(target.bucket, target.prefix) for target in targets)
        for each in chain.from_iterable(listings):
            if not is_indexed(each.key) and _was_uploaded(each, message):
                counts[label_of(each.key)] += 1
            if not is_time_left():
                is_complete = False
                break
    except AdapterError as error:
        return replace(message, unindexed=UnindexedCount(error=str(error)))
    return replace(message, unindexed=UnindexedCount(counts, is_complete))


def _was_uploaded(listed: Listing, message: Digest) -> bool:
    uploaded = listed.last_modified if isinstance(listed, ListedObject) else None
    return uploaded is not None and message.since <= uploaded < message.until
