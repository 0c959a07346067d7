"""The health check of a stack, over in-memory ports."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pytest

from imgmeta import IfNewer, ImageRecord, ImageRepository, InvalidRecordError
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.deployment.core.health import Findings, StackHealth
from imgmeta.deployment.core.stacks import Alarm, AlarmState, QueueDepth, Stack, StackResource
from imgmeta.deployment.service.health import HealthCheck
from imgmeta.deployment.service.latest_record import latest_record
from imgmeta.errors import PermanentError
from imgmeta.ports import OnUnreadable
from imgmeta.testing.strategies.record_examples import image_record
from support.convergence.indexer_harness import sequencer
from support.deployment.stacks import InMemoryStacks

if TYPE_CHECKING:
    from imgmeta.deployment.service.inspection import Inspector

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEALTHY = StackHealth(
    Stack("arn", "photos", "UPDATE_COMPLETE"),
    {
        "DeadLetterAlarm": Alarm("a", AlarmState.OK),
        "NewAlarm": Alarm("b", AlarmState.INSUFFICIENT_DATA),
    },
    QueueDepth(7, 3),
    QueueDepth(0, 0),
    None,
)


class CountingRepository(InMemoryImageRepository):
    """Counts the records that are read from it."""

    records_read = 0

    def uploaded_between(self, *args: datetime, **kwargs: object) -> Iterator[ImageRecord]:
        for record in super().uploaded_between(*args, **kwargs):  # type: ignore[arg-type]  # passed on unchanged
            self.records_read += 1
            yield record


class DamagedRepository(InMemoryImageRepository):
    """Has unreadable records that were uploaded recently."""

    def __init__(self, unreadable: int) -> None:
        super().__init__()
        self._unreadable = unreadable

    def uploaded_between(
        self, *args: datetime, on_unreadable: OnUnreadable | None = None, **kwargs: object
    ) -> Iterator[ImageRecord]:
        for number in range(self._unreadable):
            error = InvalidRecordError(f"the record of {number}.jpg is unreadable")
            if on_unreadable is None:
                raise error
            on_unreadable(error)
        yield from super().uploaded_between(*args, **kwargs)  # type: ignore[arg-type]  # passed on unchanged


def repository_with(*ages: timedelta) -> CountingRepository:
    repository = CountingRepository()
    for number, age in enumerate(ages):
        uploaded = (NOW - age).replace(microsecond=0)
        record = image_record(
            f"{number}.jpg",
            last_modified=uploaded,
            upload_timestamp=int(uploaded.timestamp()),
            upload_date=uploaded,
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
def test_latest_record_is_the_last_upload(age: timedelta) -> None:
    repository = repository_with(
        age + timedelta(days=1, seconds=1), age, age + timedelta(seconds=1)
    )
    found, _ = latest_record(repository, NOW)
    assert found is not None
    assert found.object_key == "1.jpg"


def test_uploads_older_than_thirty_days_are_not_searched() -> None:
    assert latest_record(repository_with(timedelta(days=31)), NOW) == (None, 0)
    assert latest_record(repository_with(), NOW) == (None, 0)


def test_latest_of_many_records_is_found_with_few_reads() -> None:
    repository = repository_with(*(timedelta(minutes=number) for number in range(500)))
    found, _ = latest_record(repository, NOW)
    assert found is not None
    assert repository.records_read < 5


def test_latest_record_of_an_old_burst_is_found_with_few_reads() -> None:
    burst = timedelta(hours=2)
    repository = repository_with(*(burst + timedelta(seconds=number) for number in range(3000)))
    found, _ = latest_record(repository, NOW)
    assert found is not None
    assert found.object_key == "0.jpg"
    assert repository.records_read < 2000


@pytest.mark.parametrize(("unreadable", "count"), [(3, 3), (1_005, 1_000)])
def test_search_for_the_latest_record_counts_unreadable_records(
    unreadable: int, count: int
) -> None:
    repository = DamagedRepository(unreadable)
    record = image_record(
        last_modified=NOW, upload_timestamp=int(NOW.timestamp()), sequencer=sequencer(1)
    )
    assert latest_record(repository, NOW) == (None, count)
    repository.put(record, IfNewer())
    assert latest_record(repository, NOW) == (record, count)


def test_healthy_stack_has_no_problems() -> None:
    assert list(HEALTHY.problems()) == []
    rolled_back = replace(HEALTHY.stack, status="UPDATE_ROLLBACK_COMPLETE")
    health = replace(HEALTHY, stack=rolled_back, queue=None, dead_letters=None)
    assert list(health.problems()) == []


def test_each_problem_is_described() -> None:
    unhealthy = StackHealth(
        Stack("arn", "photos", "ROLLBACK_COMPLETE"),
        {"Quiet": Alarm("a", AlarmState.OK), "Loud": Alarm("b", AlarmState.ALARM), "Lost": None},
        QueueDepth(0, 0),
        QueueDepth(1, 0),
        None,
    )
    assert list(unhealthy.problems()) == [
        "the stack is ROLLBACK_COMPLETE",
        "the alarm Loud is on",
        "the alarm Lost is gone",
        "1 dead letter",
    ]


class StacksWithResources(InMemoryStacks):
    """Stacks that all have the same resources."""

    def __init__(self, *resources: StackResource) -> None:
        super().__init__()
        self._all_resources = resources

    def resources(self, stack_id: str) -> Iterator[StackResource]:
        del stack_id
        yield from self._all_resources


class InMemoryAlarms:
    def __init__(self, *alarms: Alarm) -> None:
        self._alarms = alarms

    def states(self, names: Iterable[str]) -> Iterator[Alarm]:
        wanted = set(names)
        return (alarm for alarm in self._alarms if alarm.name in wanted)


class InMemoryQueues:
    def __init__(self, **depths: QueueDepth) -> None:
        self._depths = depths

    def depth(self, url: str) -> QueueDepth:
        return self._depths[url]


def no_repository(table: str) -> AbstractContextManager[ImageRepository]:
    raise AssertionError(table)


def test_alarms_are_listed_by_logical_id() -> None:
    kind, complete = "AWS::CloudWatch::Alarm", "CREATE_COMPLETE"
    stacks = StacksWithResources(
        StackResource("Second", "photos-2", kind, complete),
        StackResource("First", "photos-1", kind, complete),
        StackResource("Queue", "photos-3", "AWS::SQS::Queue", complete),
        StackResource("NotYet", "", kind, "CREATE_IN_PROGRESS"),
        StackResource("NotQuite", "photos-6", kind, "CREATE_IN_PROGRESS"),
        StackResource("Lost", "photos-7", kind, complete),
    )
    alarms = [Alarm(f"photos-{number}", AlarmState.OK) for number in range(5)]
    check = HealthCheck(
        stacks, InMemoryAlarms(*alarms, Alarm("", AlarmState.OK)), InMemoryQueues(), no_repository
    )
    health = check.run(Stack("arn", "photos", complete), NOW)
    assert list(health.alarms.items()) == [
        *(("First", alarms[1]), ("Lost", None), ("Second", alarms[2])),
    ]


def test_health_includes_queues_and_latest_record() -> None:
    tables = list[str]()

    def open_repository(table: str) -> AbstractContextManager[ImageRepository]:
        tables.append(table)
        return nullcontext(repository_with(timedelta(minutes=5)))

    queues = InMemoryQueues(main=QueueDepth(3, 2), dead=QueueDepth(1, 0))
    outputs = {"QueueUrl": "main", "DeadLetterQueueUrl": "dead", "DynamoDBTableName": "images"}
    stack = Stack("arn", "photos", "CREATE_COMPLETE", {}, outputs)
    check = HealthCheck(StacksWithResources(), InMemoryAlarms(), queues, open_repository)
    health = check.run(stack, NOW)
    assert (health.stack, health.alarms) == (stack, {})
    assert (health.queue, health.dead_letters) == (QueueDepth(3, 2), QueueDepth(1, 0))
    assert health.latest_record is not None
    assert health.latest_record.object_key == "0.jpg"
    assert tables == ["images"]


def test_stack_without_outputs_has_no_queues_and_no_records() -> None:
    check = HealthCheck(StacksWithResources(), InMemoryAlarms(), InMemoryQueues(), no_repository)
    health = check.run(Stack("arn", "photos", "ROLLBACK_COMPLETE"), NOW)
    assert (health.queue, health.dead_letters, health.latest_record) == (None, None, None)
    assert health.alarms == {}


class Denied:
    """Every method of an adapter without permissions, for example `stacks.resources`."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def deny(*_: object, **__: object) -> NoReturn:
            msg = f"access denied to {name}"
            raise PermanentError(msg)

        return deny


DENIED: Any = Denied()
OUTPUTS = {"QueueUrl": "main", "DeadLetterQueueUrl": "dead", "DynamoDBTableName": "images"}


def check_without(**denied: Any) -> StackHealth:  # noqa: ANN401 - `Denied` replaces any port
    """Return the health of a stack of which some parts cannot be checked."""
    kind, complete = "AWS::CloudWatch::Alarm", "CREATE_COMPLETE"
    parts: dict[str, Any] = {
        "stacks": StacksWithResources(StackResource("Loud", "photos-1", kind, complete)),
        "alarms": InMemoryAlarms(Alarm("photos-1", AlarmState.ALARM)),
        "queues": InMemoryQueues(main=QueueDepth(3, 2), dead=QueueDepth(1, 0)),
        "open_repository": lambda _: nullcontext(repository_with(timedelta(minutes=5))),
    }
    check = HealthCheck(**{**parts, **denied})
    return check.run(Stack("arn", "photos", complete, {}, OUTPUTS), NOW)


@pytest.mark.parametrize(
    ("part", "failed", "shown"),
    [
        ("stacks", {"resources": "access denied to resources"}, "1 dead letter"),
        ("alarms", {"alarms": "access denied to states"}, "1 dead letter"),
        (
            "queues",
            {"queue": "access denied to depth", "dead-letter queue": "access denied to depth"},
            "the alarm Loud is on",
        ),
        ("open_repository", {"table": "access denied to open"}, "the alarm Loud is on"),
    ],
)
def test_part_that_cannot_be_checked_is_a_problem_and_the_others_are_shown(
    part: str, failed: dict[str, str], shown: str
) -> None:
    denied = DENIED.open if part == "open_repository" else DENIED
    health = check_without(**{part: denied})
    assert health.failed == health.unchecked == failed
    problems = list(health.problems())
    assert {f"cannot check the {name}: {reason}" for name, reason in failed.items()} <= {*problems}
    assert shown in problems
    assert (health.latest_record is None) is (part == "open_repository")


def test_findings_are_used_again_for_a_minute() -> None:
    inspector = CountingInspector()
    check = HealthCheck(
        StacksWithResources(),
        InMemoryAlarms(),
        InMemoryQueues(),
        no_repository,
        cast("Inspector", inspector),
    )
    stack = Stack("arn", "photos", "CREATE_COMPLETE")
    first = check.run(stack, NOW).findings
    assert check.run(stack, NOW + timedelta(seconds=59), first).findings is first
    again = check.run(stack, NOW + timedelta(seconds=60), first).findings
    assert again.checked_at == NOW + timedelta(seconds=60)
    assert check.run(stack, NOW - timedelta(seconds=1), first).findings is not first
    assert check.run(stack, NOW, Findings()).findings.checked_at == NOW
    assert inspector.runs == 4


class CountingInspector:
    """Finds nothing, and counts how often."""

    runs = 0

    def run(self, stack: Stack, resources: Iterable[StackResource], now: datetime) -> Findings:
        del stack, resources
        self.runs += 1
        return Findings(checked_at=now)
