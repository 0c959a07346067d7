"""The search for duplicate and similar images."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from imgmeta.core.attributes import Number
from imgmeta.core.drift import Difference
from imgmeta.core.duplicates import ContentEntry, DuplicateGroup, group_duplicates, hash_requests
from imgmeta.core.hints import Hint
from imgmeta.core.objects import FIRST_BLOCK, ObjectLocation
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.perceptual_hashes import is_comparable, parse_hash
from imgmeta.core.queries import Query
from imgmeta.core.similarity import SimilarGroup, ThumbnailEntry, group_similar
from imgmeta.core.status import Status
from imgmeta.errors import InvalidRecordError
from imgmeta.ports import ImageRepository, LinkDetector, ObjectStore, OnUnreadable, SizeFinder
from imgmeta.service.queries import Sorter, find

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from imgmeta.core.records import ImageRecord
    from imgmeta.service.concurrency import Task
    from imgmeta.service.indexer import Indexer

__all__ = [
    "DuplicateSearch",
    "HashResult",
    "HashTask",
    "SimilarSearch",
    "compute_hashes",
    "file_ids",
    "find_same_sizes",
]

_UNREADABLE = "its bytes cannot be read"
_MISSING = "it does not exist: run `imgmeta sync`"
_DAMAGED = "its content does not match its ContentHash: run `imgmeta verify --content`"
_NOT_INDEXED = "its suffix is not indexed: set IMGMETA_SUFFIXES as for sync"


class HashTask(NamedTuple):
    """An image whose hash must be computed: a hint that does it, and the bytes that it may read."""

    hint: Hint
    size: int


class HashResult(NamedTuple):
    """The result of a task.

    Attributes:
        task: the task.
        record: the image's current record; None if there is none.
        error: the reason that the image or its record could not be read; None if they could.
    """

    task: HashTask
    record: ImageRecord | None
    error: str | None


def find_same_sizes(
    repository: ImageRepository,
    query: Query,
    *,
    on_unreadable: OnUnreadable | None = None,
    sort: Sorter = Query.ordered,
) -> Iterator[ContentEntry]:
    """Yield the images that match a query and have the size of another one, by size.

    Others may be yielded too; empty files are not. A repository that is a `SizeFinder` finds the
    images itself. Of any other, all matching records are read and sorted by size. The arguments and
    errors are those of `find`.
    """
    if isinstance(repository, SizeFinder):
        yield from repository.same_sizes(query, on_unreadable=on_unreadable)
        return
    by_size = replace(query, sort=Number.SIZE, descending=True, limit=None, after=None)
    records = find(repository, by_size, on_unreadable=on_unreadable, sort=sort)
    yield from (ContentEntry.of(record) for record in records if record.file_size)


def compute_hashes(
    indexer: Indexer, tasks: Iterable[HashTask], *, concurrency: Callable[[str], int] = lambda _: 1
) -> Iterator[HashResult]:
    """Compute hashes, and remember them in the index; yield the result of each task, in order.

    Args:
        indexer: the indexer, which reads the images and writes their records.
        tasks: the tasks.
        concurrency: returns the number of images of a bucket to process concurrently.

    Raises:
        AdapterError: while iterating: the index cannot be read or written.
    """
    # The modules of threads take longer to load than most duplicates take to find.
    from imgmeta.service.concurrency import run_in_order  # noqa: PLC0415 - see above

    def work(task: HashTask) -> ItemOutcome | Task:
        # The indexer would delete the record of a key that the rules exclude.
        if not indexer.rules.is_indexed(task.hint.location.key):
            return ItemOutcome(task.hint.location, Outcome.ERROR, reason=_NOT_INDEXED)
        # A question deletes no records, as of a disk that is not mounted.
        return partial(indexer.process, replace(task.hint, keep_missing=True))

    for bucket, group in groupby(tasks, lambda task: task.hint.location.bucket):
        listed = list(group)
        items = run_in_order(map(work, listed), concurrency(bucket))
        for task, item in zip(listed, items, strict=True):
            yield _result(indexer.repository, task, item)


def file_ids(
    objects: ObjectStore, locations: Iterable[ObjectLocation]
) -> dict[ObjectLocation, Hashable]:
    """Return an ID for each location that may be a link to the same file as another location."""
    if not isinstance(objects, LinkDetector):
        return {}
    ids = ((location, objects.file_id(location)) for location in locations)
    return {location: file for location, file in ids if file is not None}


class DuplicateSearch:
    """Finds images with the same content among images of the same size.

    First, `tasks` are computed and their results are added, twice: the second time, images whose
    hashes are of different kinds. Then `groups` returns the duplicates.

    Args:
        entries: the images, those of equal size in succession.

    Attributes:
        failures: the reasons that images could not be compared.
    """

    def __init__(self, entries: Iterable[ContentEntry]) -> None:
        self.failures: dict[ObjectLocation, str] = {}
        self._sizes: list[dict[ObjectLocation, ContentEntry]] = []
        self._by_location: dict[ObjectLocation, dict[ObjectLocation, ContentEntry]] = {}
        for _, group in groupby(entries, lambda entry: entry.size):
            same_size = {entry.location: entry for entry in group}
            if len(same_size) > 1:
                self._sizes.append(same_size)

    def tasks(self) -> list[HashTask]:
        """Return the hashes that must be computed to compare the images, ordered by location."""
        requests = [
            (request, same_size)
            for same_size in self._sizes
            for request in hash_requests(same_size.values())
        ]
        self._by_location = {request.entry.location: same_size for request, same_size in requests}
        tasks = (
            HashTask(Hint(request.entry.location, hash_kinds=request.kinds), request.entry.size)
            for request, _ in requests
        )
        return sorted(tasks, key=lambda task: task.hint.location)

    def add(self, result: HashResult) -> None:
        """Take the result of a task."""
        hint, record = result.task.hint, result.record
        same_size = self._by_location[hint.location]
        entry = same_size.pop(hint.location)
        if result.error is not None:
            self.failures[hint.location] = result.error
        elif record is not None and record.file_size == entry.size:
            entry = ContentEntry.of(record)
            if entry.kind in hint.hash_kinds:
                same_size[hint.location] = entry
            else:
                reason = record.content_error or _UNREADABLE
                self.failures[hint.location] = _DAMAGED if entry.kind else reason

    def groups(self) -> list[DuplicateGroup]:
        """Return the duplicates: see `group_duplicates`."""
        return group_duplicates(entry for same_size in self._sizes for entry in same_size.values())


class SimilarSearch:
    """Finds images whose embedded thumbnails are similar.

    First, `tasks` are computed and their results are added. Then `groups` returns the images.

    Args:
        records: the records of the images.
        reader_version: the version of the reader that notes whether an image has a thumbnail.

    Attributes:
        failures: the reasons that images could not be compared.
        outdated: the number of images that an older reader read, so that they may have a thumbnail.
        without_thumbnail: the number of other images without a thumbnail that can be compared.
    """

    def __init__(self, records: Iterable[ImageRecord], reader_version: int = 0) -> None:
        self.failures: dict[ObjectLocation, str] = {}
        self.outdated = 0
        self.without_thumbnail = 0
        self._entries: list[ThumbnailEntry] = []
        self._tasks: list[HashTask] = []
        for record in records:
            if record.thumbnail_hash is not None:
                self._add(record)
            elif record.has_thumbnail:
                hint = Hint(record.location, hash_thumbnail=True)
                self._tasks.append(HashTask(hint, min(record.file_size or 0, FIRST_BLOCK)))
            elif (record.reader_version or 0) < reader_version:
                self.outdated += 1
            else:
                self.without_thumbnail += 1

    def tasks(self) -> list[HashTask]:
        """Return the hashes that must be computed, ordered by location."""
        return sorted(self._tasks, key=lambda task: task.hint.location)

    def add(self, result: HashResult) -> None:
        """Take the result of a task."""
        record = result.record
        if result.error is not None:
            self.failures[result.task.hint.location] = result.error
        elif record is None or record.status is Status.DELETED:
            return
        elif record.has_thumbnail and record.thumbnail_hash is None:
            self.failures[record.location] = record.content_error or _UNREADABLE
        else:
            self._add(record)

    def groups(self, limit: int) -> list[SimilarGroup]:
        """Return the groups of images with at most this distance: see `group_similar`."""
        return group_similar(self._entries, limit)

    def _add(self, record: ImageRecord) -> None:
        if record.thumbnail_hash is None or not is_comparable(record.thumbnail_hash):
            self.without_thumbnail += 1
            return
        self._entries.append(
            ThumbnailEntry(
                record.location,
                record.file_size or 0,
                record.display_width or 0,
                record.display_height or 0,
                parse_hash(record.thumbnail_hash),
            )
        )


def _result(repository: ImageRepository, task: HashTask, item: ItemOutcome) -> HashResult:
    if item.outcome is Outcome.ERROR:
        return HashResult(task, None, item.reason)
    if item.difference is Difference.GONE:
        return HashResult(task, None, _MISSING)
    if item.record is not None:
        return HashResult(task, item.record, None)
    try:
        return HashResult(task, repository.get(item.location.image_id), None)
    except InvalidRecordError as error:
        return HashResult(task, None, error.message)
