"""Convergence tests with S3's own event notifications over a queue."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from math import inf

import pytest

from imgmeta import Delivery, Outcome
from imgmeta.adapters.aws import Clients
from imgmeta.adapters.s3 import S3ObjectStore
from imgmeta.adapters.sqs import SQSHintQueue
from imgmeta.bootstrap.indexing import open_indexer
from imgmeta.config import Settings
from imgmeta.service import BatchLimits, Indexer, process_batch
from support.aws.emulators import Emulator, clients_at
from support.convergence.aws_functions import Functions
from support.convergence.aws_machine import AWS, Endpoints, aws_over_http
from support.convergence.deliveries import divergences
from support.convergence.s3_bucket import S3Bucket

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("aws_environment")]

KEYS = (
    "UPPER/CASE.JPG",
    "spaces in it.jpg",
    "plus+and %2B and &=?.png",
    "é/\N{SNOWMAN}/\N{CAMERA}.jpeg",
)


@pytest.fixture
def aws(ministack: Emulator) -> Iterator[AWS]:
    with aws_over_http(Endpoints(ministack.url, ministack.url)) as environment:
        yield environment


@pytest.fixture(params=[True, False], ids=["versions", "no versions"])
def functions(request: pytest.FixtureRequest, aws: AWS) -> Iterator[Functions]:
    with ExitStack() as cleanup:
        yield Functions(aws, cleanup, versioned=request.param)


@pytest.fixture
def clients(ministack: Emulator) -> Clients:
    return clients_at(ministack.url)


@dataclass(frozen=True)
class EventQueue:
    """A queue that receives S3's event notifications."""

    queue: SQSHintQueue
    expire_visibility: Callable[[Delivery], object]

    def receive_twice(self, number: int) -> list[Delivery]:
        """Return the first and the second delivery of `number` messages."""
        first = self._receive(number)
        for each in first:
            self.expire_visibility(each)
        return first + self._receive(number)

    def _receive(self, number: int) -> list[Delivery]:
        found: dict[str, Delivery] = {}
        for _ in range(number + 10):
            for each in self.queue.receive():
                assert not each.parsed.malformed
                if each.parsed.hints:
                    found[each.parsed.hints[0].message_id] = each
            if len(found) >= number:
                break
        assert len(found) == number
        return list(found.values())


@pytest.fixture
def events(clients: Clients, functions: Functions) -> EventQueue:
    bucket = functions.bucket
    assert list(bucket.list(bucket.name)) == []  # the bucket is created on first use
    url = clients.sqs.create_queue(QueueName=bucket.name, Attributes={"VisibilityTimeout": "600"})
    about = clients.sqs.get_queue_attributes(QueueUrl=url["QueueUrl"], AttributeNames=["QueueArn"])
    clients.s3.put_bucket_notification_configuration(
        Bucket=bucket.name,
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "QueueArn": about["Attributes"]["QueueArn"],
                    "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
                }
            ]
        },
    )

    def expire_visibility(delivery: Delivery) -> None:
        clients.sqs.change_message_visibility(
            QueueUrl=url["QueueUrl"], ReceiptHandle=delivery.receipt, VisibilityTimeout=0
        )

    return EventQueue(SQSHintQueue(clients.sqs, url["QueueUrl"]), expire_visibility)


@pytest.fixture
def indexer(aws: AWS, functions: Functions) -> Indexer:
    return open_indexer(Settings(), functions.repository, objects=S3ObjectStore(aws.s3))


def change(bucket: S3Bucket, key: str) -> int:
    """Make every kind of change to an object; return the number of changes."""
    steps: list[Callable[[], object]] = [
        lambda: bucket.put(key, 1),
        lambda: bucket.put(key, 2),
        lambda: bucket.delete(key),
        lambda: bucket.put(key, 3),
        lambda: bucket.delete_noncurrent(key),
        lambda: bucket.delete_noncurrent(key),
    ]
    return sum(step() is not None for step in steps)


def test_index_converges_with_repeated_events_in_any_order(
    functions: Functions, events: EventQueue, indexer: Indexer
) -> None:
    number = sum(change(functions.bucket, key) for key in KEYS)
    functions.bucket.delete(KEYS[0])
    deliveries = events.receive_twice(number + 1)
    hints = [hint for each in deliveries for hint in each.parsed.hints]
    assert {hint.location.key for hint in hints} == set(KEYS)
    assert all(hint.sequencer for hint in hints)
    assert len({hint.message_id for hint in hints}) == number + 1
    assert len(hints) == 2 * (number + 1)

    random.Random(9).shuffle(hints)
    for start in range(0, len(hints), 7):
        part = hints[start : start + 7]
        result = process_batch(indexer, part, BatchLimits(4, lambda: inf))
        assert Outcome.ERROR not in {item.outcome for item in result.outcomes}
    events.queue.settle(deliveries[number + 1 :])  # by their latest receipts

    assert divergences(functions.bucket, functions.repository, KEYS) == {}
    assert [record.object_key for record in functions.repository.scan()] != []
    assert events.queue.receive() == []


def test_repeated_event_writes_nothing(
    functions: Functions, events: EventQueue, indexer: Indexer
) -> None:
    number = change(functions.bucket, KEYS[0])
    hints = [hint for each in events.receive_twice(number) for hint in each.parsed.hints]
    process_batch(indexer, hints, BatchLimits(1, lambda: inf))
    [before] = functions.repository.scan(include_deleted=True)
    for hint in hints:
        item = indexer.process(hint)
        assert item.outcome in {Outcome.STALE, Outcome.UNCHANGED}
    assert list(functions.repository.scan(include_deleted=True)) == [before]
