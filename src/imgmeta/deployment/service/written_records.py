"""Counts the records that were written since a backfill started."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from imgmeta.core.digest import Digest
from imgmeta.core.notifications import MAX_FAILURES
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord
from imgmeta.core.status import Status
from imgmeta.core.targets import Target
from imgmeta.deployment.core.backfill import BackfillResult, UnreadableImage
from imgmeta.errors import InvalidRecordError
from imgmeta.ports import ImageRepository, OnUnreadable

__all__ = ["count_written"]


def count_written(
    repository: ImageRepository,
    selected: Iterable[ObjectLocation] | Iterable[Target],
    since: datetime,
    now: datetime,
) -> BackfillResult:
    """Return the numbers of a digest for the records written since a time, in constant memory.

    Args:
        repository: the index.
        selected: the locations whose records to count, or whole targets.
        since: the start of the backfill, timezone-aware.
        now: the current time, timezone-aware.

    Raises:
        AdapterError: the index cannot be read.
    """
    unreadable = deleted = 0
    failures = list[UnreadableImage]()

    def note_unreadable(_: InvalidRecordError) -> None:
        nonlocal unreadable
        unreadable += 1

    def written() -> Iterator[ImageRecord]:
        nonlocal deleted
        for record in chain.from_iterable(
            _records(repository, each, note_unreadable) for each in selected
        ):
            if record.processed_at >= since:
                deleted += record.status is Status.DELETED
                if record.status is Status.FAILED and len(failures) < MAX_FAILURES:
                    failures.append(UnreadableImage(record.location, record.error or ""))
                yield record

    digest = Digest.of(written(), since=since, until=now)
    return BackfillResult(
        processed=digest.processed,
        failed=digest.failed,
        deleted=deleted,
        incomplete=digest.incomplete,
        file_size=digest.file_size,
        unreadable=unreadable,
        failures=tuple(failures),
    )


def _records(
    repository: ImageRepository, selected: ObjectLocation | Target, on_unreadable: OnUnreadable
) -> Iterator[ImageRecord]:
    if isinstance(selected, Target):
        yield from repository.list_prefix(
            selected.bucket, selected.prefix, include_deleted=True, on_unreadable=on_unreadable
        )
        return
    try:
        record = repository.get(selected.image_id)
    except InvalidRecordError as error:
        on_unreadable(error)
    else:
        if record is not None:
            yield record
