"""Targets that are one location, compared before anything of the object is read."""

from collections.abc import Callable, Iterator

from imgmeta.core.drift import Comparison, Difference, IndexEntry, compare
from imgmeta.core.hints import Hint
from imgmeta.core.objects import AbsentObject, ObjectLocation, PresentObject
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.status import Status
from imgmeta.errors import InvalidRecordError, ObjectChangedError
from imgmeta.ports import ImageRepository, ObjectStatus
from imgmeta.service.comparing import Comparer
from imgmeta.service.object_errors import ObjectError

__all__ = ["sync_exact", "verify_exact"]


def sync_exact(
    hint: Hint,
    repository: ImageRepository,
    comparer: Comparer,
    process: Callable[[Hint], ItemOutcome],
) -> Iterator[ItemOutcome]:
    """Yield the outcome of syncing one location; none if it has neither a record nor an object.

    Args:
        hint: the location, and the kinds of content hash of which its record must have one.
        repository: the records.
        comparer: compares the object with its record.
        process: processes a hint.

    Raises:
        AdapterError: while iterating: the index cannot be read or written.
    """
    same = _same_status(hint.location, repository, comparer)
    if same is not None and (not hint.hash_kinds or same.content_hash or same.archived):
        yield ItemOutcome(hint.location, Outcome.UNCHANGED, difference=Difference.SAME)
        return
    item = process(hint)
    is_absent = item.outcome is Outcome.UNCHANGED and item.difference is None
    if not is_absent and item.outcome is not Outcome.IGNORED:
        yield item


def verify_exact(
    location: ObjectLocation, repository: ImageRepository, comparer: Comparer
) -> Iterator[Comparison]:
    """Yield the comparison of one location; none if it has neither a record nor an object.

    Args:
        location: the location.
        repository: the records.
        comparer: compares the object with its record.

    Raises:
        AdapterError: while iterating: the index cannot be read.
    """
    same = _same_status(location, repository, comparer)
    if same is not None:
        yield same
        return
    try:
        stored = repository.get(location.image_id)
    except InvalidRecordError as error:
        yield Comparison(location.key, Difference.UNREADABLE, error.message)
        return
    is_indexed = comparer.rules.is_indexed(location.key)
    try:
        observation = comparer.observe(location) if is_indexed else AbsentObject(location)
    except (ObjectError, ObjectChangedError) as error:
        yield Comparison(location.key, Difference.UNKNOWN, str(error))
        return
    if difference := comparer.difference(stored, observation):
        content_hash = stored.content_hash if stored else None
        archived = isinstance(observation, PresentObject) and observation.archived
        yield Comparison(location.key, difference, None, content_hash, archived)


def _same_status(
    location: ObjectLocation, repository: ImageRepository, comparer: Comparer
) -> Comparison | None:
    """Return the comparison if the object's status shows that its record is up to date.

    None: it is not, or only an observation can tell.

    Raises:
        AdapterError: the index cannot be read.
    """
    objects = comparer.objects
    if not isinstance(objects, ObjectStatus) or not comparer.rules.is_indexed(location.key):
        return None
    try:
        stored = repository.get(location.image_id)
    except InvalidRecordError:
        return None
    if stored is None or stored.status is Status.DELETED:
        return None
    listed = objects.status(location)
    if listed is None:
        return None
    (comparison,) = compare(
        [listed],
        [IndexEntry.of(stored)],
        outdated=comparer.is_outdated,
        forbidden=comparer.is_forbidden,
    )
    return comparison if comparison.difference is Difference.SAME else None
