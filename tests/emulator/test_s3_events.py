"""Tests of S3 event notifications over a queue."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from imgmeta import Hint, ObjectLocation, parse_event
from imgmeta.adapters.aws import Clients
from support.aws.emulators import Emulator, clients_at

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("aws_environment")]

KEY = "July + August/é %41.jpg"


@pytest.fixture
def clients(ministack: Emulator) -> Clients:
    return clients_at(ministack.url)


@pytest.fixture
def s3(clients: Clients) -> "S3Client":
    return clients.s3  # the only emulator whose event notifications match S3


@pytest.fixture
def queue(clients: Clients, bucket: str) -> str:
    """Return the URL of a queue that receives an event for every change in the bucket."""
    url = clients.sqs.create_queue(QueueName=bucket)["QueueUrl"]
    attributes = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    clients.s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "QueueArn": attributes["Attributes"]["QueueArn"],
                    "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
                }
            ]
        },
    )
    return url


def hints(clients: Clients, queue: str, number: int) -> Iterator[Hint]:
    """Yield the hints of a queue's messages until `number` were received."""
    deadline = time.monotonic() + 10
    while number > 0 and time.monotonic() < deadline:
        response = clients.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        for message in response.get("Messages", []):
            parsed = parse_event(message.get("Body"))
            assert not parsed.malformed
            number -= len(parsed.hints)
            yield from parsed.hints


def test_every_change_of_a_key_has_a_higher_sequencer(
    clients: Clients, bucket: str, queue: str
) -> None:
    first = clients.s3.put_object(Bucket=bucket, Key=KEY, Body=b"1")
    clients.s3.put_object(Bucket=bucket, Key=KEY, Body=b"2")
    clients.s3.delete_object(Bucket=bucket, Key=KEY)
    clients.s3.put_object(Bucket=bucket, Key=KEY, Body=b"3")
    clients.s3.delete_object(Bucket=bucket, Key=KEY, VersionId=first["VersionId"])

    found = list(hints(clients, queue, 5))

    assert {hint.location for hint in found} == {ObjectLocation(bucket, KEY)}
    in_time = sorted(found, key=lambda hint: str(hint.occurred_at))
    sequencers = [hint.sequencer or "" for hint in in_time]
    assert len(set(sequencers)) == 5
    assert sequencers == sorted(sequencers)
