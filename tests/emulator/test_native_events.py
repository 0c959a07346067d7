"""What S3 itself says of its changes, over a real queue: the index comes to say what is there."""

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
    with aws_over_http(Endpoints(ministack.url, ministack.url)) as there:
        yield there


@pytest.fixture(params=[True, False], ids=["versions", "no versions"])
def functions(request: pytest.FixtureRequest, aws: AWS) -> Iterator[Functions]:
    with ExitStack() as cleanup:
        yield Functions(aws, cleanup, versioned=request.param)


@pytest.fixture
def clients(ministack: Emulator) -> Clients:
    return clients_at(ministack.url)


@dataclass(frozen=True)
class Told:
    """A queue that S3 tells of every change."""

    queue: SQSHintQueue
    lapse: Callable[[Delivery], object]

    def twice(self, number: int) -> list[Delivery]:
        """Return so many messages, as they come, and as they come again if nothing is done."""
        first = self._once(number)
        for each in first:
            self.lapse(each)
        return first + self._once(number)

    def _once(self, number: int) -> list[Delivery]:
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
def told(clients: Clients, functions: Functions) -> Told:
    bucket = functions.bucket
    assert list(bucket.list(bucket.name)) == []  # it is there now
    url = clients.sqs.create_queue(QueueName=bucket.name, Attributes={"VisibilityTimeout": "60"})
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

    def lapse(delivery: Delivery) -> None:
        clients.sqs.change_message_visibility(
            QueueUrl=url["QueueUrl"], ReceiptHandle=delivery.receipt, VisibilityTimeout=0
        )

    return Told(SQSHintQueue(clients.sqs, url["QueueUrl"]), lapse)


@pytest.fixture
def indexer(aws: AWS, functions: Functions) -> Indexer:
    return open_indexer(Settings(), functions.repository, objects=S3ObjectStore(aws.s3))


def change(bucket: S3Bucket, key: str) -> int:
    """Do all that can be done at a key; return how often."""
    steps: list[Callable[[], object]] = [
        lambda: bucket.put(key, 1),
        lambda: bucket.put(key, 2),
        lambda: bucket.delete(key),
        lambda: bucket.put(key, 3),
        lambda: bucket.delete_noncurrent(key),
        lambda: bucket.delete_noncurrent(key),
    ]
    return sum(step() is not None for step in steps)


def test_s3_s_own_events_received_twice_and_in_any_order_converge(
    functions: Functions, told: Told, indexer: Indexer
) -> None:
    number = sum(change(functions.bucket, key) for key in KEYS)
    functions.bucket.delete(KEYS[0])
    deliveries = told.twice(number + 1)
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
    told.queue.settle(deliveries[number + 1 :])  # by the receipts that came last

    assert divergences(functions.bucket, functions.repository, KEYS) == {}
    assert [record.object_key for record in functions.repository.scan()] != []
    assert told.queue.receive() == []


def test_what_s3_says_again_of_what_is_known_writes_nothing(
    functions: Functions, told: Told, indexer: Indexer
) -> None:
    number = change(functions.bucket, KEYS[0])
    hints = [hint for each in told.twice(number) for hint in each.parsed.hints]
    process_batch(indexer, hints, BatchLimits(1, lambda: inf))
    [before] = functions.repository.scan(include_deleted=True)
    for hint in hints:
        item = indexer.process(hint)
        assert item.outcome in {Outcome.STALE, Outcome.UNCHANGED}
    assert list(functions.repository.scan(include_deleted=True)) == [before]
