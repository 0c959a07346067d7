"""Targets that are one location, compared before anything of the object is read."""

from collections.abc import Callable, Iterator

from imgmeta.core.drift import Comparison, Difference, IndexEntry, compare
from imgmeta.core.events import Hint
from imgmeta.core.objects import ObjectLocation, Observation
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import InvalidRecordError, ObjectChangedError
from imgmeta.ports import ImageRepository, ObjectStatus, ObjectStore
from imgmeta.service.object_errors import ObjectError

__all__ = ["has_same_status", "sync_exact", "verify_exact"]

_Condition = Callable[[IndexEntry], bool]


def has_same_status(
    repository: ImageRepository,
    objects: ObjectStore,
    location: ObjectLocation,
    *,
    outdated: _Condition,
    forbidden: _Condition,
) -> bool:
    """Return whether the record of a location is that of the object, as far as its status tells.

    False if only an observation can tell. The last two arguments are those of `drift.compare`.

    Raises:
        AdapterError: the index cannot be read.
    """
    if not isinstance(objects, ObjectStatus):
        return False
    try:
        stored = repository.get(location.image_id)
    except InvalidRecordError:
        return False
    if stored is None or stored.status is Status.DELETED:
        return False
    listed = objects.status(location)
    if listed is None:
        return False
    entries = [IndexEntry.of(stored)]
    (comparison,) = compare([listed], entries, outdated=outdated, forbidden=forbidden)
    return comparison.difference is Difference.SAME


def sync_exact(
    location: ObjectLocation,
    is_same: Callable[[ObjectLocation], bool],
    process: Callable[[Hint], ItemOutcome],
) -> Iterator[ItemOutcome]:
    """Yield the outcome of syncing one location; none if it has neither a record nor an object.

    Args:
        location: the location.
        is_same: whether nothing of the object has to be read.
        process: processes a hint.

    Raises:
        AdapterError: while iterating: the index cannot be read or written.
    """
    if is_same(location):
        yield ItemOutcome(location, Outcome.UNCHANGED, difference=Difference.SAME)
        return
    item = process(Hint(location))
    is_absent = item.outcome is Outcome.UNCHANGED and item.difference is None
    if not is_absent and item.outcome is not Outcome.IGNORED:
        yield item


def verify_exact(
    location: ObjectLocation,
    is_same: Callable[[ObjectLocation], bool],
    repository: ImageRepository,
    observe: Callable[[ObjectLocation], Observation],
    difference: Callable[[ImageRecord | None, Observation], Difference | None],
) -> Iterator[Comparison]:
    """Yield the comparison of one location; none if it has neither a record nor an object.

    Args:
        location: the location.
        is_same: whether nothing of the object has to be read.
        repository: the records.
        observe: returns the current state of the location.
        difference: compares the record, if any, with that state.

    Raises:
        AdapterError: while iterating: the index cannot be read.
    """
    if is_same(location):
        yield Comparison(location.key, Difference.SAME)
        return
    try:
        stored = repository.get(location.image_id)
    except InvalidRecordError as error:
        yield Comparison(location.key, Difference.UNREADABLE, error.message)
        return
    try:
        observation = observe(location)
    except (ObjectError, ObjectChangedError) as error:
        yield Comparison(location.key, Difference.UNKNOWN, str(error))
        return
    found = difference(stored, observation)
    if found is not None:
        yield Comparison(location.key, found)
