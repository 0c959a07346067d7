"""The health of a deployed stack: status, alarms, queues and latest record."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from imgmeta.core.records import ImageRecord
from imgmeta.deployment.core.stacks import Alarm, AlarmState, QueueDepth, Stack, StackResource
from imgmeta.deployment.ports import Alarms, QueueGauge, Stacks
from imgmeta.errors import InvalidRecordError
from imgmeta.ports import ImageRepository

__all__ = ["HealthCheck", "StackHealth", "latest_record"]

_QUEUE, _DEAD_LETTER_QUEUE, _TABLE = "QueueUrl", "DeadLetterQueueUrl", "DynamoDBTableName"
"""Names of template outputs."""

_ALARM = "AWS::CloudWatch::Alarm"

_LOOKBACKS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=30))
"""Periods that are searched for the latest record, one after the other, so that few records are
read whether uploads are frequent or rare."""

_BATCH = 100
_MIN_PERIOD = timedelta(seconds=2)
"""Shorter periods are not halved: upload times are whole seconds."""

_MAX_UNREADABLE = 1_000
"""More unreadable records are not counted."""

_MAX_CLOCK_SKEW = timedelta(minutes=15)
"""S3's clock may be ahead of this one; S3 rejects requests if they differ by more."""

_Uploaded = Callable[[datetime, datetime], Iterator[ImageRecord]]
"""Yields the readable records of objects uploaded in a period."""


@dataclass(frozen=True, slots=True)
class StackHealth:
    """The health of a stack.

    Attributes:
        stack: the stack in its current state.
        alarms: the stack's alarms, by logical ID; None: the alarm was deleted.
        queue: messages to process; None: the stack has no queue yet.
        dead_letters: messages that could not be processed; None: the stack has no queue for them.
        latest_record: the readable record with the latest upload time; None if there is none.
        unreadable_records: number of unreadable records that the search for it passed over.
    """

    stack: Stack
    alarms: Mapping[str, Alarm | None]
    queue: QueueDepth | None
    dead_letters: QueueDepth | None
    latest_record: ImageRecord | None
    unreadable_records: int = 0

    def problems(self) -> Iterator[str]:
        """Yield a description of each problem that makes the stack unhealthy."""
        if not self.stack.is_usable:
            yield f"the stack is {self.stack.status}"
        for name, alarm in self.alarms.items():
            if alarm is None:
                yield f"the alarm {name} is gone"
            elif alarm.state is AlarmState.ALARM:
                yield f"the alarm {name} is on"
        waiting = 0 if self.dead_letters is None else self.dead_letters.waiting
        if waiting:
            yield f"{waiting:,} dead letter{'' if waiting == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Checks the health of stacks.

    Attributes:
        stacks: the stacks of the account and region.
        alarms: its alarms.
        queues: measures its queues.
        open_repository: opens the index in a table, given the table's name.
    """

    stacks: Stacks
    alarms: Alarms
    queues: QueueGauge
    open_repository: Callable[[str], AbstractContextManager[ImageRepository]]

    def run(self, stack: Stack, now: datetime) -> StackHealth:
        """Return the health of a stack at the current time `now`, which is timezone-aware.

        Raises:
            ConfigurationError: the table does not exist, or is not an index of imgmeta.
            AdapterError: AWS fails.
        """
        record, unreadable = self._latest_record(stack.outputs.get(_TABLE), now)
        return StackHealth(
            stack,
            alarms=self._alarms(self.stacks.resources(stack.stack_id)),
            queue=self._depth(stack.outputs.get(_QUEUE)),
            dead_letters=self._depth(stack.outputs.get(_DEAD_LETTER_QUEUE)),
            latest_record=record,
            unreadable_records=unreadable,
        )

    def _alarms(self, resources: Iterable[StackResource]) -> Mapping[str, Alarm | None]:
        """Return the alarms among these resources in alphabetical order; None: deleted."""
        logical_ids = {
            each.physical_id: each.logical_id
            for each in resources
            if each.resource_type == _ALARM
            and each.physical_id
            and each.status.endswith("_COMPLETE")
        }
        alarms = {alarm.name: alarm for alarm in self.alarms.states(logical_ids)}
        return dict(sorted((logical, alarms.get(name)) for name, logical in logical_ids.items()))

    def _depth(self, url: str | None) -> QueueDepth | None:
        return None if url is None else self.queues.depth(url)

    def _latest_record(self, table: str | None, now: datetime) -> tuple[ImageRecord | None, int]:
        if table is None:
            return None, 0
        with self.open_repository(table) as repository:
            return latest_record(repository, now)


def latest_record(repository: ImageRepository, now: datetime) -> tuple[ImageRecord | None, int]:
    """Return a record with the latest upload time, and how many unreadable ones were passed over.

    The record is None without uploads in the last 30 days.

    Raises:
        AdapterError: the index cannot be read.
    """
    unreadable = set[str]()  # a record is read several times, but has one message

    def count(error: InvalidRecordError) -> None:
        if len(unreadable) < _MAX_UNREADABLE:
            unreadable.add(error.message)

    def uploaded(since: datetime, until: datetime) -> Iterator[ImageRecord]:
        return repository.uploaded_between(since, until, on_unreadable=count)

    until = now + _MAX_CLOCK_SKEW
    for lookback in _LOOKBACKS:
        if next(uploaded(now - lookback, until), None) is not None:
            return _latest_between(uploaded, now - lookback, until), len(unreadable)
    return None, len(unreadable)


def _latest_between(uploaded: _Uploaded, since: datetime, until: datetime) -> ImageRecord | None:
    """Return the latest record of a period that has records.

    The period is halved until few records are left: a bucket that was filled an hour ago may have
    millions of records in that hour.
    """
    while True:
        batch = list(islice(uploaded(since, until), _BATCH))
        if len(batch) < _BATCH or until - since <= _MIN_PERIOD:
            return batch[-1] if batch else None
        middle = since + (until - since) / 2
        if next(uploaded(middle, until), None) is None:
            until = middle
        else:
            since = middle
