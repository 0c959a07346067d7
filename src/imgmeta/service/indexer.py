"""Keeps the index up to date: observes an object, and writes its record if it is newer.

`Indexer.process` is the only code path that writes; all other code creates hints for it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from imgmeta.core.content_hashes import HashKind
from imgmeta.core.drift import Comparison, Difference, compare
from imgmeta.core.hints import Hint
from imgmeta.core.objects import AbsentObject, Listing, ObjectLocation, Observation, PresentObject
from imgmeta.core.ordering import IfNewer, WriteResult
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.targets import Target
from imgmeta.errors import ObjectChangedError, TransientError
from imgmeta.ports import (
    BatchWriter,
    ImageLoader,
    ImageRepository,
    LoadedImage,
    ObjectStore,
    PropertyReader,
    ThumbnailHasher,
)
from imgmeta.service.comparing import Comparer
from imgmeta.service.concurrency import run_in_order
from imgmeta.service.exact_targets import sync_exact, verify_exact
from imgmeta.service.listing import OnUnindexed, list_indexed, report_unindexed, select_indexed
from imgmeta.service.object_errors import ObjectError
from imgmeta.service.rules import Rules
from imgmeta.service.write_planning import WritePlanner, read_stored

if TYPE_CHECKING:
    from imgmeta.service.record_building import RecordBuilder

__all__ = ["MAX_ATTEMPTS", "Indexer"]

MAX_ATTEMPTS = 20
"""Maximum number of observations for one hint while the object keeps changing."""

_Observe = Callable[[ObjectLocation], Observation]


@dataclass(frozen=True, kw_only=True, slots=True)
class Indexer:
    """Keeps the index up to date. Thread-safe if its ports are.

    Attributes:
        repository: the records.
        objects: the objects.
        reader: reads an image's properties from its header.
        rules: the keys to index, and the GPS policy.
        clock: returns the current time, timezone-aware.
        new_revision: returns a text that is unique across all processes.
        hasher: computes hashes of thumbnails; None: they are not computed.
    """

    repository: ImageRepository
    objects: ObjectStore
    reader: PropertyReader
    rules: Rules
    clock: Callable[[], datetime]
    new_revision: Callable[[], str]
    hasher: ThumbnailHasher | None = None

    def process(self, hint: Hint) -> ItemOutcome:
        """Process a hint: observe its object, and write the record if it is newer.

        Stored data that is not a readable record is replaced. The outcome is an error if the object
        cannot be reached, keeps changing, or cannot be hashed. In the last case, the record is
        written without a hash.

        Raises:
            AdapterError: the index cannot be read or written.
        """
        try:
            if self.rules.is_indexed(hint.location.key):
                return self._observe_and_write(self._resolve_key(hint), self.comparer.observe)
            # A record that was written under other rules is deleted. Hints with a sequencer skip
            # this read: they come from events, most of which are for keys that were never indexed.
            if hint.sequencer is None:
                item = self._observe_and_write(hint, AbsentObject)
                if item.outcome is not Outcome.UNCHANGED:
                    return item
            return ItemOutcome(hint.location, Outcome.IGNORED, hint.message_id)
        except ObjectError as error:
            if hint.hash_kinds:  # the header may be readable
                self.process(replace(hint, hash_kinds=frozenset()))
            return ItemOutcome.of_error(hint, error.error)
        except ObjectChangedError as error:
            return ItemOutcome.of_error(hint, error)

    def sync(  # noqa: PLR0913 - one argument for each choice of the caller
        self,
        target: Target,
        *,
        concurrency: int = 1,
        on_unindexed: OnUnindexed | None = None,
        hash_kinds: frozenset[HashKind] = frozenset(),
        loader: ImageLoader | None = None,
        in_batches: bool = True,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> Iterator[ItemOutcome]:
        """Update the index to match `target`; yield the outcome of each key.

        A failure of one object is its outcome; a failure of the index ends the sync.

        The listing and the index are compared in key order. Unchanged objects cost nothing beyond
        the listing; every difference becomes a hint.

        Args:
            target: the objects to index.
            concurrency: objects processed concurrently; useful where most of the time is waiting.
            on_unindexed: as for `verify`.
            hash_kinds: as in `Hint`, for each object; unchanged ones are read only if their record
                has no content hash.
            loader: loads the images of a batch; None: in this process.
            in_batches: write several images at once if the repository is a `BatchWriter`,
                `concurrency` is 1 and there are no `hash_kinds`. If the iterator is closed early,
                images whose outcomes were not yielded may have been stored.
            is_stopped: whether to start no more images; the outcomes of those in progress follow.

        Raises:
            AdapterError: the listing cannot be read, or the index cannot be read or written.
        """
        if target.exact:
            hint = Hint(target.location, hash_kinds=hash_kinds)
            exact = sync_exact(hint, self.repository, self.comparer, self.process)
            return report_unindexed(exact, self.objects, target.location, on_unindexed)

        def outcome_or_hint(comparison: Comparison) -> ItemOutcome | Hint:
            location = ObjectLocation(target.bucket, comparison.key)
            has_hash = not hash_kinds or comparison.content_hash or comparison.archived
            if comparison.difference is Difference.SAME and has_hash:
                return ItemOutcome(location, Outcome.UNCHANGED, difference=Difference.SAME)
            if comparison.difference is Difference.UNKNOWN:
                reason = comparison.reason
                return ItemOutcome(location, Outcome.ERROR, reason=reason, retryable=True)
            return Hint(location, hash_kinds=hash_kinds)

        comparisons = takewhile(
            lambda _: not is_stopped(), self.verify(target, on_unindexed=on_unindexed)
        )
        items: Iterable[ItemOutcome | Hint] = map(outcome_or_hint, comparisons)
        can_batch = in_batches and concurrency == 1 and not hash_kinds
        if can_batch and isinstance(self.repository, BatchWriter):
            return self._sync_in_chunks(items, self.repository, loader)
        tasks = (partial(self.process, each) if isinstance(each, Hint) else each for each in items)
        return run_in_order(tasks, concurrency)

    def _sync_in_chunks(
        self, items: Iterable[ItemOutcome | Hint], writer: BatchWriter, loader: ImageLoader | None
    ) -> Iterator[ItemOutcome]:
        is_indexed = self.rules.is_indexed
        # The function never syncs.
        from imgmeta.service.chunks import ChunkedSync, DirectLoader  # noqa: PLC0415 - as above

        chunks = ChunkedSync(
            self.repository,
            writer,
            lambda: self._planner,
            self.process,
            loader or DirectLoader(self.objects, self.reader),
        )
        # `process` deletes the records of keys that are not indexed any more.
        return chunks.run(
            self.process(each)
            if isinstance(each, Hint) and not is_indexed(each.location.key)
            else each
            for each in items
        )

    def verify(
        self,
        target: Target,
        *,
        after: str | None = None,
        listing: Iterable[Listing] | None = None,
        on_unindexed: OnUnindexed | None = None,
    ) -> Iterator[Comparison]:
        """Yield the difference of each key of `target`; change nothing.

        Args:
            target: the objects to compare.
            after: continue after this key; ignored if the target is exact.
            listing: the objects of the target after this key, in key order; None: list them.
            on_unindexed: is called with the key of each listed file that is not indexed and the
                reason, which is None if the rules exclude the key.

        Raises:
            AdapterError: the listing or the index cannot be read.
        """
        if target.exact:
            items = verify_exact(target.location, self.repository, self.comparer)
            return report_unindexed(items, self.objects, target.location, on_unindexed)
        is_indexed = self.rules.is_indexed
        listed = list_indexed(self.objects, target, is_indexed, on_unindexed, after=after)
        return compare(
            listed if listing is None else select_indexed(listing, is_indexed),
            self.repository.entries(target.bucket, target.prefix, after=after),
            outdated=self.comparer.is_outdated,
            forbidden=self.comparer.is_forbidden,
        )

    def reprocess(self, location: ObjectLocation) -> ItemOutcome:
        """Observe one object and write its record, even if nothing changed.

        Raises:
            AdapterError: the index cannot be read or written.
        """
        return self.process(Hint(location, force=True))

    def hash_content(
        self, location: ObjectLocation, kinds: Collection[HashKind] = tuple(HashKind)
    ) -> ItemOutcome:
        """Make the record of one object current, with a content hash of one of these kinds.

        The whole object is read only if neither the record nor the object store has such a hash of
        the current content.

        Raises:
            AdapterError: the index cannot be read or written.
        """
        return self.process(Hint(location, hash_kinds=frozenset(kinds)))

    def _resolve_key(self, hint: Hint) -> Hint:
        """Replace the hint's key with its alternate if only the alternate has an object."""
        if hint.alternate_key is None or not self.rules.is_indexed(hint.alternate_key):
            return hint
        other = ObjectLocation(hint.location.bucket, hint.alternate_key)
        if self._is_absent(hint.location) and not self._is_absent(other):
            return replace(hint, location=other)
        return hint

    def _is_absent(self, location: ObjectLocation) -> bool:
        return isinstance(self.comparer.observe(location), AbsentObject)

    def _observe_and_write(self, hint: Hint, observe: _Observe) -> ItemOutcome:
        by_sequencer = hint.sequencer is not None
        for _ in range(MAX_ATTEMPTS):
            try:
                if by_sequencer:
                    item = self._write_if_newer(hint, observe)
                else:
                    item = self._write_over_revision(hint, observe)
            except ObjectChangedError:
                continue
            if item is not None:
                return item
            by_sequencer = False
        msg = "the object kept changing while it was processed"
        raise ObjectError(TransientError(msg))

    def _write_if_newer(self, hint: Hint, observe: _Observe) -> ItemOutcome | None:
        """Write the record if the sequencers say that it is newer; None if they cannot tell.

        Nothing is read from the repository.
        """
        condition = IfNewer(self.clock(), hint.occurred_at)
        observation = observe(hint.location)
        if isinstance(observation, PresentObject) and not observation.readable:
            return None  # the stored record may know what cannot be read now
        record = self._records.build(hint, observation, None)
        result = self.repository.put(record, condition)
        if result is WriteResult.CONFLICT:
            return None
        return ItemOutcome.of_write(hint, observation, record, result)

    def _write_over_revision(self, hint: Hint, observe: _Observe) -> ItemOutcome | None:
        """Write the record over the one read before the observation; None if that has changed."""
        stored = read_stored(self.repository, hint.location)
        planned = self._planner.plan(hint, stored, LoadedImage(observe(hint.location), None))
        if isinstance(planned, ItemOutcome):
            return planned
        result = self.repository.put(planned.record, planned.condition)
        return None if result is WriteResult.CONFLICT else planned.outcome

    @property
    def comparer(self) -> Comparer:
        """Observes objects, and compares them with their records."""
        return Comparer(self.objects, self.reader.version, self.rules)

    @property
    def _records(self) -> "RecordBuilder":
        from imgmeta.service.record_building import RecordBuilder  # noqa: PLC0415 - builds models

        return RecordBuilder(self.reader, self.rules, self.clock, self.new_revision, self.hasher)

    @property
    def _planner(self) -> WritePlanner:
        return WritePlanner(self.comparer, self._records)
