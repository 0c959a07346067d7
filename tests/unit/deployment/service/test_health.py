"""How a deployed stack is: what is asked for it, and what counts as a fault."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from imgmeta import IfNewer, ImageRecord
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.deployment.core.stacks import Alarm, AlarmState, QueueDepth, Stack, StackResource
from imgmeta.deployment.service.health import StackHealth, alarms_of, last_record
from support.convergence.indexer_harness import sequencer
from support.strategies.record_examples import image_record

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WELL = StackHealth(
    Stack("arn", "photos", "UPDATE_COMPLETE"),
    {"DeadLetterAlarm": Alarm("a", AlarmState.OK), "NewAlarm": Alarm("b", AlarmState.UNKNOWN)},
    QueueDepth(7, 3),
    QueueDepth(0, 0),
    None,
)


class Watched(InMemoryImageRepository):
    """Counts the records that are read of it."""

    read = 0

    def uploaded_between(self, *args: datetime, **kwargs: object) -> Iterator[ImageRecord]:
        for record in super().uploaded_between(*args, **kwargs):  # type: ignore[arg-type]  # as given
            self.read += 1
            yield record


def filled(*ages: timedelta) -> Watched:
    repository = Watched()
    for number, age in enumerate(ages):
        at = (NOW - age).replace(microsecond=0)
        record = image_record(
            f"{number}.jpg",
            last_modified=at,
            upload_timestamp=int(at.timestamp()),
            upload_date=at,
            sequencer=sequencer(1),
        )
        repository.put(record, IfNewer())
    return repository


@pytest.mark.parametrize(
    "age",
    [
        *(timedelta(0), timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=5)),
        *(timedelta(days=3), timedelta(days=29), -timedelta(minutes=5)),
    ],
)
def test_the_last_record_is_the_one_that_was_uploaded_last(age: timedelta) -> None:
    repository = filled(age + timedelta(days=1, seconds=1), age, age + timedelta(seconds=1))
    found = last_record(repository, NOW)
    assert found is not None
    assert found.object_key == "1.jpg"


def test_what_is_older_than_thirty_days_is_not_looked_for() -> None:
    assert last_record(filled(timedelta(days=31)), NOW) is None
    assert last_record(filled(), NOW) is None


def test_of_many_records_few_are_read() -> None:
    repository = filled(*(timedelta(minutes=number) for number in range(500)))
    assert last_record(repository, NOW) is not None
    assert repository.read < 5


def test_of_many_records_that_came_at_once_a_while_ago_few_are_read() -> None:
    burst = timedelta(hours=2)
    repository = filled(*(burst + timedelta(seconds=number) for number in range(3000)))
    found = last_record(repository, NOW)
    assert found is not None
    assert found.object_key == "0.jpg"
    assert repository.read < 2000


def test_a_stack_is_well_if_nothing_is_wrong() -> None:
    assert list(WELL.faults()) == []
    rolled_back = replace(WELL.stack, status="UPDATE_ROLLBACK_COMPLETE")
    assert list(replace(WELL, stack=rolled_back, queue=None, dead_letters=None).faults()) == []


def test_each_fault_is_named() -> None:
    ill = StackHealth(
        Stack("arn", "photos", "ROLLBACK_COMPLETE"),
        {"Quiet": Alarm("a", AlarmState.OK), "Loud": Alarm("b", AlarmState.ALARM), "Lost": None},
        QueueDepth(0, 0),
        QueueDepth(1, 0),
        None,
    )
    assert list(ill.faults()) == [
        "the stack is ROLLBACK_COMPLETE",
        "the alarm Loud is on",
        "the alarm Lost is gone",
        "1 dead letter",
    ]


class Listed:
    """Alarms that are there."""

    def __init__(self, *alarms: Alarm) -> None:
        self._alarms = alarms

    def states(self, names: Iterable[str]) -> Iterator[Alarm]:
        wanted = set(names)
        return (alarm for alarm in self._alarms if alarm.name in wanted)


def test_the_alarms_of_a_stack_have_their_names_in_the_template() -> None:
    kind, complete = "AWS::CloudWatch::Alarm", "CREATE_COMPLETE"
    resources = [
        StackResource("Second", "photos-2", kind, complete),
        StackResource("First", "photos-1", kind, complete),
        StackResource("Queue", "photos-3", "AWS::SQS::Queue", complete),
        StackResource("NotYet", "", kind, "CREATE_IN_PROGRESS"),
        StackResource("NotQuite", "photos-6", kind, "CREATE_IN_PROGRESS"),
        StackResource("Lost", "photos-7", kind, complete),
    ]
    alarms = [Alarm(f"photos-{number}", AlarmState.OK) for number in range(5)]
    found = alarms_of(Listed(*alarms, Alarm("", AlarmState.OK)), resources)
    assert list(found.items()) == [
        *(("First", alarms[1]), ("Lost", None), ("Second", alarms[2])),
    ]
