"""Conditional writes as SQL statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from imgmeta.adapters.sqlite.columns import values_of
from imgmeta.adapters.sqlite.statements import (
    DELETE_EXPIRED,
    INSERT_IF_ABSENT,
    UPDATE_IF_REVISION,
    UPSERT_IF_NEWER,
)
from imgmeta.core.ordering import IfNewer, StoredState, WriteCondition, decide
from imgmeta.core.status import Status
from imgmeta.core.timestamps import floor_seconds, microseconds

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from imgmeta.core.records import ImageRecord

__all__ = ["ConditionalWrite", "run_writes"]


class ConditionalWrite(NamedTuple):
    """A conditional write: its record, and the statement that changes a row if it is permitted."""

    record: ImageRecord
    statement: str
    parameters: tuple[object, ...]

    @classmethod
    def of(cls, record: ImageRecord, condition: WriteCondition) -> Self:
        """Return the write of a record.

        Raises:
            ValueError: as for `ImageRepository.put`.
        """
        # Raises if there is no revision or no sequencer.
        decide(None, StoredState(record.sequencer, record.revision), condition)
        values = values_of(record)
        if isinstance(condition, IfNewer):
            earliest = condition.observed_after
            observed_after = None if earliest is None else microseconds(earliest)
            return cls(record, UPSERT_IF_NEWER, (*values, observed_after))
        if condition.revision is None:
            return cls(record, INSERT_IF_ABSENT, values)
        parameters = (*values, record.image_id, condition.revision)
        return cls(record, UPDATE_IF_REVISION, parameters)

    @property
    def removal_of_expired(self) -> tuple[str, tuple[int, str]]:
        """The statement that deletes other tombstones expired at this write, and its parameters."""
        return DELETE_EXPIRED, (floor_seconds(self.record.processed_at), self.record.image_id)


def run_writes(connection: sqlite3.Connection, writes: Iterable[ConditionalWrite]) -> list[bool]:
    """Run writes in the transaction of a connection; return whether each changed a row."""
    results: list[bool] = []
    for write in writes:
        is_written = connection.execute(write.statement, write.parameters).rowcount > 0
        if is_written and write.record.status is Status.DELETED:
            connection.execute(*write.removal_of_expired)
        results.append(is_written)
    return results
