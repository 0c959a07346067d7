"""Decides whether and how to write a record over the one that was read before the observation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from imgmeta.core.drift import Difference
from imgmeta.core.objects import AbsentObject
from imgmeta.core.ordering import IfNewer, IfRevision, WriteResult, decide
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.errors import InvalidRecordError
from imgmeta.service.hashing import needs_hash

if TYPE_CHECKING:
    from imgmeta.core.hints import Hint
    from imgmeta.core.objects import ObjectLocation
    from imgmeta.core.records import ImageRecord
    from imgmeta.ports import ImageRepository, LoadedImage
    from imgmeta.service.comparing import Comparer
    from imgmeta.service.record_building import RecordBuilder

__all__ = ["PlannedWrite", "WritePlanner", "read_stored"]


class PlannedWrite(NamedTuple):
    """A write that is needed.

    Attributes:
        record: the record to write.
        condition: the condition of the write.
        outcome: the outcome of the hint if the record is stored.
    """

    record: ImageRecord
    condition: IfRevision
    outcome: ItemOutcome


def read_stored(
    repository: ImageRepository, location: ObjectLocation
) -> ImageRecord | InvalidRecordError | None:
    """Return the stored record of a location, or the error of data that a write replaces.

    Raises:
        AdapterError: the index cannot be read.
    """
    try:
        return repository.get(location.image_id)
    except InvalidRecordError as error:
        return error


@dataclass(frozen=True, slots=True)
class WritePlanner:
    """Plans writes over a stored record.

    Attributes:
        comparer: compares observations with records.
        records: builds the new records.
    """

    comparer: Comparer
    records: RecordBuilder

    def plan(
        self, hint: Hint, stored: ImageRecord | InvalidRecordError | None, loaded: LoadedImage
    ) -> PlannedWrite | ItemOutcome:
        """Return the write that a hint needs, or the outcome if it needs none.

        The record keeps the higher sequencer, so that a later event with an even higher one wins.

        Args:
            hint: the reason to look at the object.
            stored: the result of `read_stored` before the object was observed.
            loaded: the observation; its content is read if it was not.

        Raises:
            ObjectError: the content cannot be read.
            ObjectChangedError: the object was replaced after it was observed.
        """
        observation = loaded.observation
        if hint.keep_missing and isinstance(observation, AbsentObject):
            return ItemOutcome.unchanged(hint, observation, Difference.GONE)
        before = None if isinstance(stored, InvalidRecordError) else stored
        difference = None
        if hint.sequencer is None:
            difference = (
                Difference.UNREADABLE
                if isinstance(stored, InvalidRecordError)
                else self.comparer.difference(before, observation)
            )
            is_same = difference is Difference.SAME and not hint.force
            if difference is None or (is_same and not needs_hash(hint, observation, before)):
                return ItemOutcome.unchanged(hint, observation, difference)
        record = self.records.build(hint, observation, before, loaded.content)
        if hint.sequencer is not None:
            state = before.state if before else None
            result = decide(state, record.state, IfNewer(occurred_at=hint.occurred_at))
            if result in {WriteResult.STALE, WriteResult.DUPLICATE}:
                return ItemOutcome.of_write(hint, observation, record, result)
        if before is not None and (before.sequencer or "") > (record.sequencer or ""):
            record = record.model_copy(update={"sequencer": before.sequencer})
        reported = None if hint.force else difference
        return PlannedWrite(
            record,
            IfRevision(before.revision if before else None),
            ItemOutcome.of_write(hint, observation, record, WriteResult.STORED, reported),
        )
