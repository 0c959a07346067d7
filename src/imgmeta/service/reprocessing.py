"""Reading of images again, although they have not changed: their selection, here or in a queue."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby, islice

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.filters import InBucket
from imgmeta.core.hints import Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.core.targets import Target
from imgmeta.errors import InvalidRecordError
from imgmeta.ports import HintQueue, ImageRepository, OnUnreadable
from imgmeta.service.concurrency import Task, run_in_order
from imgmeta.service.indexer import Indexer
from imgmeta.service.listing import OnUnindexed
from imgmeta.service.queries import find_unordered

__all__ = ["HINTS_PER_BATCH", "process_selected", "select_images", "select_records", "send_hints"]

HINTS_PER_BATCH = 10
"""Hints that are sent together. One request to Amazon SQS takes ten messages."""

Selected = Hint | ItemOutcome
"""A hint for an image to read again, or the error of an image or folder that cannot be listed."""


def select_images(
    indexer: Indexer, target: Target, *, on_unindexed: OnUnindexed | None = None
) -> Iterator[Selected]:
    """Yield a hint for every image of a target: those that exist, and those in the index.

    An exact target is selected without a check that it exists.

    Args:
        indexer: the indexer.
        target: the target.
        on_unindexed: as for `Indexer.verify`.

    Raises:
        AdapterError: while iterating: the listing or the index cannot be read.
    """
    if target.exact:
        return iter([Hint(target.location, force=True)])
    comparisons = indexer.verify(target, on_unindexed=on_unindexed)
    return (_selected(target.bucket, comparison) for comparison in comparisons)


def select_records(
    repository: ImageRepository,
    query: Query,
    target: Target | None,
    *,
    on_unreadable: OnUnreadable,
    on_record: Callable[[ImageRecord], object] = lambda _: None,
) -> Iterator[Hint]:
    """Yield a hint for every record that matches a query.

    Records may be written while the iterator is open.

    Args:
        repository: the index.
        query: the query; its order, limit and cursor are ignored.
        target: where the images are; None: anywhere.
        on_unreadable: takes the error of each unreadable record that might match.
        on_record: is called with each record that is read, whether or not it matches.

    Raises:
        AdapterError: while iterating: the index cannot be read.
    """
    if target is not None and target.exact:
        found = _get(repository, target.location, on_unreadable)
        return map(_hint, filter(query.matches, found))
    if target is not None:
        query = query.where(InBucket(target.bucket, target.prefix))
    records = find_unordered(repository, query, on_unreadable=on_unreadable, on_record=on_record)
    return map(_hint, records)


def process_selected(
    indexer: Indexer,
    selected: Iterable[Selected],
    *,
    concurrency: Callable[[str], int] = lambda _: 1,
) -> Iterator[ItemOutcome]:
    """Process the selected images; yield the outcome of each, in their order.

    Args:
        indexer: the indexer.
        selected: the images.
        concurrency: returns the number of images of a bucket to process concurrently.

    Raises:
        AdapterError: while iterating: the index cannot be read or written.
    """

    def outcome_or_task(each: Selected) -> ItemOutcome | Task:
        return each if isinstance(each, ItemOutcome) else partial(indexer.process, each)

    groups = groupby(selected, lambda each: concurrency(each.location.bucket))
    for number, group in groups:
        yield from run_in_order(map(outcome_or_task, group), number)


def send_hints(queue: HintQueue, hints: Iterable[Hint], *, concurrency: int = 1) -> Iterator[int]:
    """Send hints to a queue in batches; yield the number of hints of each batch once it is sent.

    Memory does not depend on the number of hints.

    Args:
        queue: the queue.
        hints: the hints. They are consumed in the caller's thread.
        concurrency: batches sent concurrently.

    Raises:
        AdapterError: while iterating: the queue cannot take the hints.
    """

    def send(batch: list[Hint]) -> int:
        queue.send(batch)
        return len(batch)

    remaining = iter(hints)
    batches = iter(lambda: list(islice(remaining, HINTS_PER_BATCH)), list[Hint]())
    return run_in_order((partial(send, batch) for batch in batches), concurrency)


def _get(
    repository: ImageRepository, location: ObjectLocation, on_unreadable: OnUnreadable
) -> Iterator[ImageRecord]:
    try:
        record = repository.get(location.image_id)
    except InvalidRecordError as error:
        on_unreadable(error)
        return
    if record is not None:
        yield record


def _hint(record: ImageRecord) -> Hint:
    return Hint(record.location, force=True)


def _selected(bucket: str, comparison: Comparison) -> Selected:
    location = ObjectLocation(bucket, comparison.key)
    if comparison.difference is Difference.UNKNOWN:
        reason = comparison.reason
        return ItemOutcome(location, Outcome.ERROR, reason=reason, retryable=True)
    return Hint(location, force=True)
