"""How a deployed stack is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from imgmeta.core.records import ImageRecord
from imgmeta.deployment.core.stacks import Alarm, AlarmState, QueueDepth, Stack, StackResource
from imgmeta.deployment.ports import Alarms
from imgmeta.ports import ImageRepository

__all__ = ["StackHealth", "alarms_of", "last_record"]

_ALARM = "AWS::CloudWatch::Alarm"

_LOOKBACKS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=30))
"""How far back the last record is looked for, one after the other: what is uploaded often is found
among few records, and what is seldom uploaded, among few too."""

_FEW = 100
_SHORTEST = timedelta(seconds=2)
"""What is uploaded within it counts as uploaded at once: times of upload are whole seconds."""

_AHEAD = timedelta(minutes=15)
"""S3's clock may be ahead of this one: requests are refused where clocks differ by more."""


@dataclass(frozen=True, slots=True)
class StackHealth:
    """How a stack is.

    Attributes:
        stack: as CloudFormation says.
        alarms: that watch over it, by their logical ids; None: somebody deleted it.
        queue: messages that wait to be processed; None where there is no queue yet.
        dead_letters: messages that could not be processed; None likewise.
        last: the record that was uploaded last; None if there is none.
    """

    stack: Stack
    alarms: Mapping[str, Alarm | None]
    queue: QueueDepth | None
    dead_letters: QueueDepth | None
    last: ImageRecord | None

    def faults(self) -> Iterator[str]:
        """Yield what is not as it should be, each as words for people."""
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


def alarms_of(alarms: Alarms, resources: Iterable[StackResource]) -> Mapping[str, Alarm | None]:
    """Return the alarms among these resources, by their logical ids, in alphabetical order.

    None: it was made, and is not there any more.

    Raises:
        AdapterError: they cannot be asked.
    """
    made = {
        each.physical_id: each.logical_id
        for each in resources
        if each.resource_type == _ALARM and each.physical_id and each.status.endswith("_COMPLETE")
    }
    found = {alarm.name: alarm for alarm in alarms.states(made)}
    return dict(sorted((logical, found.get(name)) for name, logical in made.items()))


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
        if next(repository.uploaded_between(now - lookback, until), None) is not None:
            return _last_between(repository, now - lookback, until)
    return None


def _last_between(
    repository: ImageRepository, since: datetime, until: datetime
) -> ImageRecord | None:
    """Return the last record of a time in which there is one, by halving that until few are left.

    A bucket that was filled an hour ago, and then no more, has millions in that hour.
    """
    while True:
        some = list(islice(repository.uploaded_between(since, until), _FEW))
        if len(some) < _FEW or until - since <= _SHORTEST:
            return some[-1] if some else None
        middle = since + (until - since) / 2
        if next(repository.uploaded_between(middle, until), None) is None:
            until = middle
        else:
            since = middle
