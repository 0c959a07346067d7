"""How a deployed stack is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from imgmeta.core.records import ImageRecord
from imgmeta.core.stacks import Alarm, AlarmState, QueueDepth, Stack, StackResource
from imgmeta.ports import ImageRepository
from imgmeta.ports.deployment import Alarms

__all__ = ["StackHealth", "alarms_of", "last_record"]

_ALARM = "AWS::CloudWatch::Alarm"

_LOOKBACKS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=30))
"""How far back the last record is looked for, one after the other: what is uploaded often is found
among few records, and what is seldom uploaded, among few too."""

_AHEAD = timedelta(minutes=15)
"""S3's clock may be ahead of this one: requests are refused where clocks differ by more."""


@dataclass(frozen=True, slots=True)
class StackHealth:
    """How a stack is.

    Attributes:
        stack: as CloudFormation says.
        alarms: that watch over it, by their logical ids.
        queue: messages that wait to be processed; None where there is no queue yet.
        dead_letters: messages that could not be processed; None likewise.
        last: the record that was uploaded last; None if there is none.
    """

    stack: Stack
    alarms: Mapping[str, Alarm]
    queue: QueueDepth | None
    dead_letters: QueueDepth | None
    last: ImageRecord | None

    def faults(self) -> Iterator[str]:
        """Yield what is not as it should be, each as words for people."""
        if not self.stack.is_usable:
            yield f"the stack is {self.stack.status}"
        for name, alarm in self.alarms.items():
            if alarm.state is AlarmState.ALARM:
                yield f"the alarm {name} is on"
        waiting = 0 if self.dead_letters is None else self.dead_letters.waiting
        if waiting:
            yield f"{waiting:,} dead letter{'' if waiting == 1 else 's'}"


def alarms_of(alarms: Alarms, resources: Iterable[StackResource]) -> Mapping[str, Alarm]:
    """Return the alarms among these resources, by their logical ids, in alphabetical order.

    Raises:
        AdapterError: they cannot be asked.
    """
    names = {
        each.physical_id: each.logical_id
        for each in resources
        if each.resource_type == _ALARM and each.physical_id
    }
    found = {names[alarm.name]: alarm for alarm in alarms.states(names)}
    return dict(sorted(found.items()))


def last_record(repository: ImageRepository, now: datetime) -> ImageRecord | None:
    """Return a record of the images that were uploaded last; None if none was in thirty days.

    Args:
        repository: the index.
        now: the time now, aware.

    Raises:
        AdapterError: the index cannot be asked.
    """
    until = now + _AHEAD
    for lookback in _LOOKBACKS:
        last = None
        for record in repository.uploaded_between(now - lookback, until):
            last = record
        if last is not None:
            return last
    return None
