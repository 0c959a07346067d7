"""Tests of S3 event notifications over a queue."""

import time
from typing import TYPE_CHECKING

import pytest

from imgmeta import Hint, ObjectLocation, parse_event
from imgmeta.adapters.aws import Clients
from support.aws.emulators import Emulator, clients_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("aws_environment")]

TIMEOUT = 300.0
"""Seconds until an event counts as lost."""

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


def next_hint(clients: Clients, queue: str) -> Hint:
    """Return the hint of the queue's next event, and delete the event."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        response = clients.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1)
        for message in response.get("Messages", []):
            parsed = parse_event(message.get("Body"))
            assert not parsed.malformed
            clients.sqs.delete_message(
                QueueUrl=queue, ReceiptHandle=message.get("ReceiptHandle", "")
            )
            for hint in parsed.hints:  # S3's test event has none
                return hint
    raise AssertionError("no event")


def test_every_change_of_a_key_has_a_higher_sequencer(
    clients: Clients, bucket: str, queue: str
) -> None:
    s3 = clients.s3
    first = s3.put_object(Bucket=bucket, Key=KEY, Body=b"1")
    found = [next_hint(clients, queue)]
    changes: list[Callable[[], object]] = [
        lambda: s3.put_object(Bucket=bucket, Key=KEY, Body=b"2"),
        lambda: s3.delete_object(Bucket=bucket, Key=KEY),
        lambda: s3.put_object(Bucket=bucket, Key=KEY, Body=b"3"),
        lambda: s3.delete_object(Bucket=bucket, Key=KEY, VersionId=first["VersionId"]),
    ]
    for change in changes:
        change()
        found.append(next_hint(clients, queue))

    assert {hint.location for hint in found} == {ObjectLocation(bucket, KEY)}
    sequencers = [hint.sequencer or "" for hint in found]
    assert len(set(sequencers)) == 5
    assert sequencers == sorted(sequencers)
