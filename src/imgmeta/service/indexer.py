"""Keeping the index true: look at an object as it is now, and write what was seen if it is newer.

Everything that writes is a source of hints in front of that one path, `Indexer.process`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from imgmeta.core.drift import Comparison, Difference, Indexed, compare
from imgmeta.core.events import Hint
from imgmeta.core.gps import GpsPolicy, permits, restrict
from imgmeta.core.objects import (
    AbsentObject,
    ListedObject,
    Listing,
    ObjectLocation,
    Observation,
    PresentObject,
    UnlistedObject,
)
from imgmeta.core.ordering import IfNewer, IfRevision, WriteResult
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.core.records import ImageRecord, Stamp, Status, build_record, tombstone
from imgmeta.core.targets import Target
from imgmeta.errors import (
    AdapterError,
    InvalidRecordError,
    ObjectChangedError,
    PermanentError,
    TransientError,
)
from imgmeta.ports import ImageRepository, ObjectStore, PropertyReader
from imgmeta.service.concurrency import Look, in_order

__all__ = ["MAX_ATTEMPTS", "Indexer", "Rules"]

MAX_ATTEMPTS = 8
"""How often one hint is looked into before an object that keeps changing is left for later."""

_OUTCOME_OF_STATUS = {
    Status.PROCESSED: Outcome.PROCESSED,
    Status.FAILED: Outcome.FAILED,
    Status.DELETED: Outcome.DELETED,
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What is the user's to decide.

    Attributes:
        is_indexed: whether a key is one of ours.
        location_policy: what is kept of the location in an image.
    """

    is_indexed: Callable[[str], bool]
    gps_policy: GpsPolicy = GpsPolicy.KEEP


class Indexer:
    """Keeps the index true to the objects. Safe to use from several threads if its ports are."""

    def __init__(  # noqa: PLR0913 - one argument for each thing that the use cases perform with
        self,
        *,
        repository: ImageRepository,
        objects: ObjectStore,
        reader: PropertyReader,
        rules: Rules,
        clock: Callable[[], datetime],
        new_revision: Callable[[], str],
    ) -> None:
        """Make an indexer.

        Args:
            repository: where the records are.
            objects: where the objects are.
            reader: reads an image's properties from its header.
            rules: what is indexed and kept.
            clock: the time now, aware.
            new_revision: a text that it never returned before, here or in any other process.
        """
        self._repository = repository
        self._objects = objects
        self._reader = reader
        self._rules = rules
        self._clock = clock
        self._new_revision = new_revision

    def process(self, hints: Iterable[Hint]) -> Iterator[ItemOutcome]:
        """Look into each hint, and yield what became of it before going on to the next.

        An object that cannot be reached becomes an outcome, and so does a record that cannot be
        written now, or over which there is something that is no record.

        Raises:
            PermanentError: the repository will never answer.
        """
        return map(self._look_into, hints)

    def sync(self, target: Target, *, concurrency: int = 1) -> Iterator[ItemOutcome]:
        """Make the index say of `target` exactly what is there; yield what became of each key.

        The listing and the index are walked side by side in key order. What is the same costs no
        more than its place in the listing; what differs becomes a hint.

        Args:
            target: what to make true.
            concurrency: objects that are looked at at once. Worth while where looking is waiting.

        Raises:
            AdapterError: the listing or the index cannot be walked any further.
        """
        found = self.verify(target)
        return in_order(map(partial(self._settled, target.bucket), found), concurrency)

    def verify(self, target: Target) -> Iterator[Comparison]:
        """Yield how the index stands to each key of `target`; change nothing.

        Raises:
            AdapterError: the listing or the index cannot be walked any further.
        """
        listing, index = self._walk_one(target) if target.exact else self._walk(target)
        return compare(listing, index, outdated=self._is_outdated)

    def reprocess(self, location: ObjectLocation) -> ItemOutcome:
        """Look at one object and write what is seen, even if nothing changed."""
        return self._look_into(Hint(location, force=True))

    def _settled(self, bucket: str, found: Comparison) -> ItemOutcome | Look:
        """Return what becomes of one key, or how to find out."""
        location = ObjectLocation(bucket, found.key)
        if found.difference is Difference.SAME:
            return ItemOutcome(location, Outcome.UNCHANGED)
        if found.difference is Difference.UNKNOWN:
            return ItemOutcome(location, Outcome.ERROR, reason=found.reason, retryable=True)
        return lambda: replace(self._look_into(Hint(location)), difference=found.difference)

    def _walk(self, target: Target) -> tuple[Iterator[Listing], Iterator[Indexed]]:
        return (
            self._objects.list(target.bucket, target.prefix, wanted=self._rules.is_indexed),
            self._repository.entries(target.bucket, target.prefix),
        )

    def _walk_one(self, target: Target) -> tuple[Iterator[Listing], Iterator[Indexed]]:
        stored = self._repository.get(target.location.image_id)
        return (
            self._list_one(target.location),
            iter([stored] if stored and stored.status is not Status.DELETED else []),
        )

    def _list_one(self, location: ObjectLocation) -> Iterator[Listing]:
        if not self._rules.is_indexed(location.key):
            return
        try:
            seen = self._objects.observe(location)
        except AdapterError as error:
            # One image out of reach is its own error, here as in a folder.
            yield UnlistedObject(location.key, str(error))
        else:
            if isinstance(seen, PresentObject):
                yield ListedObject(location.key, seen.size, seen.etag or "", seen.last_modified)

    def _is_outdated(self, record: Indexed) -> bool:
        return (record.reader_version or 0) < self._reader.version or not permits(
            record, self._rules.gps_policy
        )

    def _look_into(self, hint: Hint) -> ItemOutcome:
        try:
            if not self._rules.is_indexed(hint.location.key) and not self._must_forget(hint):
                return ItemOutcome(hint.location, Outcome.IGNORED, hint.message_id)
            return self._converge(self._with_key_that_is_there(hint))
        except (_UnreachableObjectError, InvalidRecordError) as error:
            return _error(hint, str(error), retryable=False)
        except TransientError as error:
            return _error(hint, str(error), retryable=True)

    def _must_forget(self, hint: Hint) -> bool:
        # What was indexed under other rules has a record. Events, of which most are of keys that
        # never were ours, do not pay for a look at it.
        if hint.sequencer is not None:
            return False
        stored = self._repository.get(hint.location.image_id)
        return stored is not None and stored.status is not Status.DELETED

    def _with_key_that_is_there(self, hint: Hint) -> Hint:
        if hint.alternate_key is None:
            return hint
        other = ObjectLocation(hint.location.bucket, hint.alternate_key)
        if _is_absent(self._observe(hint.location)) and not _is_absent(self._observe(other)):
            return replace(hint, location=other)
        return hint

    def _converge(self, hint: Hint) -> ItemOutcome:
        for _ in range(MAX_ATTEMPTS):
            # A hint without a sequencer is only as new as what was stored before the observation.
            stored = None if hint.sequencer else self._repository.get(hint.location.image_id)
            try:
                seen = self._observe(hint.location)
                if hint.sequencer is None and self._says_already(stored, seen, force=hint.force):
                    return _unchanged(hint, seen)
                record = self._record(seen, stored.sequencer if stored else hint.sequencer)
            except ObjectChangedError:
                continue
            revision = stored.revision if stored else None
            result = self._repository.put(
                record, IfNewer() if hint.sequencer else IfRevision(revision)
            )
            if result is not WriteResult.CONFLICT:
                return _written(hint, seen, record, result)
        msg = "it kept changing while imgmeta looked"
        raise TransientError(msg)

    def _observe(self, location: ObjectLocation) -> Observation:
        if not self._rules.is_indexed(location.key):
            return AbsentObject(location)  # of what is not ours, the index says nothing
        try:
            return self._objects.observe(location)
        except PermanentError as error:
            raise _UnreachableObjectError(str(error)) from error

    def _says_already(self, stored: ImageRecord | None, seen: Observation, *, force: bool) -> bool:
        if isinstance(seen, AbsentObject):
            return stored is None or stored.status is Status.DELETED
        return (
            not force
            and stored is not None
            and stored.status is not Status.DELETED
            and seen.etag is not None
            and (stored.etag, stored.file_size) == (seen.etag, seen.size)
            and not self._is_outdated(stored)
        )

    def _record(self, seen: Observation, sequencer: str | None) -> ImageRecord:
        stamp = Stamp(self._clock(), self._new_revision(), sequencer, self._reader.version)
        if isinstance(seen, AbsentObject):
            return tombstone(seen.location, stamp)
        return build_record(seen, self._properties(seen), stamp)

    def _properties(self, seen: PresentObject) -> ImageProperties | Unreadable:
        if seen.content is None:
            return Unreadable(reason=seen.content_error or "its bytes cannot be had")
        try:
            content = self._reader.read(seen.content)
        except PermanentError as error:  # a further range of it is refused
            raise _UnreachableObjectError(str(error)) from error
        if isinstance(content, Unreadable):
            return content
        return restrict(content, self._rules.gps_policy)


class _UnreachableObjectError(Exception):
    """The object store refused one object: that item's error, and nobody else's."""


def _is_absent(seen: Observation) -> bool:
    return isinstance(seen, AbsentObject)


def _error(hint: Hint, reason: str, *, retryable: bool) -> ItemOutcome:
    return ItemOutcome(
        hint.location, Outcome.ERROR, hint.message_id, reason=reason, retryable=retryable
    )


def _written(
    hint: Hint, seen: Observation, record: ImageRecord, result: WriteResult
) -> ItemOutcome:
    unwritten = {
        WriteResult.STALE: Outcome.STALE,
        WriteResult.DUPLICATE: Outcome.UNCHANGED,
    }.get(result)
    return ItemOutcome(
        hint.location,
        unwritten or _OUTCOME_OF_STATUS[record.status],
        hint.message_id,
        record=None if unwritten else record,
        bytes_read=_fetched(seen),
        reason=None if unwritten else record.error,
        occurred_at=hint.occurred_at,
    )


def _unchanged(hint: Hint, seen: Observation) -> ItemOutcome:
    return ItemOutcome(hint.location, Outcome.UNCHANGED, hint.message_id, bytes_read=_fetched(seen))


def _fetched(seen: Observation) -> int:
    return seen.content.fetched if isinstance(seen, PresentObject) and seen.content else 0
