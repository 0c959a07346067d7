"""The function in a cloud in this process: a bucket, a table, a topic, and what came of them."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aws_in_memory import REGION, aws_in_memory
from imgmeta import ImageRecord, Indexer, ObjectLocation, image_id
from imgmeta.core.objects import Observation

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients

__all__ = ["PHOTO", "Context", "World", "function_world"]

BUCKET, TABLE = "holiday", "images"
PHOTO = (Path(__file__).parents[1] / "examples/photos/HARBOUR.JPG").read_bytes()


@dataclass
class Context:
    """What Lambda says of an invocation; the time that remains, each time it is asked."""

    remaining: list[float] = field(default_factory=lambda: [60.0])
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        seconds = self.remaining.pop(0) if len(self.remaining) > 1 else self.remaining[0]
        return int(seconds * 1000)


@dataclass
class World:
    """Everything that the function touches."""

    clients: "Clients"
    topic: str
    queue: str

    def put(self, key: str, body: bytes = PHOTO) -> None:
        self.clients.s3.put_object(Bucket=BUCKET, Key=key, Body=body)

    def delete(self, key: str) -> None:
        self.clients.s3.delete_object(Bucket=BUCKET, Key=key)

    def call(self, event: object, context: Context | None = None) -> Any:  # noqa: ANN401 - JSON
        from imgmeta.entrypoints.aws_lambda import handler  # noqa: PLC0415 - needs Powertools

        answer = handler(event, context)
        return json.loads(json.dumps(answer))

    def record(self, key: str) -> ImageRecord | None:
        from imgmeta.adapters.dynamodb.items import record_of  # noqa: PLC0415 - needs boto3

        place = {"ImageId": {"S": image_id(BUCKET, key)}}
        item = self.clients.dynamodb.get_item(TableName=TABLE, Key=place).get("Item")
        return None if item is None else record_of(item)

    def statuses(self, *keys: str) -> list[str | None]:
        return [record.status.value if record else None for record in map(self.record, keys)]

    def told(self) -> list[dict[str, str]]:
        """Return the messages that people received so far."""
        answer = self.clients.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@contextmanager
def function_world(patch: pytest.MonkeyPatch, **variables: str) -> Generator[World]:
    """Make the cloud, and the environment of the function in it.

    Args:
        patch: of the test.
        variables: more of the environment.
    """
    from imgmeta.adapters.dynamodb import create_table  # noqa: PLC0415 - needs boto3
    from imgmeta.entrypoints import aws_lambda  # noqa: PLC0415 - needs Powertools

    with aws_in_memory(patch) as clients:
        clients.s3.create_bucket(Bucket=BUCKET)
        create_table(clients.dynamodb, TABLE)
        topic = clients.sns.create_topic(Name="images")["TopicArn"]
        queue = clients.sqs.create_queue(QueueName="people")["QueueUrl"]
        arn = clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        clients.sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"]
        )
        environment = {
            "AWS_REGION": REGION,
            "ENVIRONMENT": "test",
            "METADATA_TABLE": TABLE,
            "SNS_TOPIC_ARN": topic,
        }
        for name, value in (environment | variables).items():
            patch.setenv(name, value)
        aws_lambda._invocation.cache_clear()  # noqa: SLF001 - as a new function starts
        try:
            yield World(clients, topic, queue)
        finally:
            aws_lambda._invocation.cache_clear()  # noqa: SLF001 - as above


def break_observing(patch: pytest.MonkeyPatch, *keys: str, error: Exception) -> None:
    """Have looking at these keys raise."""
    real = Indexer._observe  # noqa: SLF001 - behind its back

    def observe(self: Indexer, location: ObjectLocation) -> Observation:
        if location.key in keys:
            raise error
        return real(self, location)

    patch.setattr(Indexer, "_observe", observe)
