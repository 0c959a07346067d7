"""The function over a small world in memory, or in an AWS in memory, and what it says."""

import json
import logging
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import current_thread, main_thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from imgmeta.config import DynamoDBTable, Settings
from support.aws.moto import REGION, aws_in_memory
from support.convergence.bucket import BUCKET
from support.convergence.indexer_harness import IndexerHarness
from support.strategies.events import ObjectEvent

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients
    from imgmeta.bootstrap import AWSConnection

__all__ = ["CloudWorld", "Context", "FunctionWorld", "Topic", "event", "in_the_cloud"]

TOPIC = "arn:aws:sns:us-east-1:111122223333:images"
TABLE = "images"
TABLES_SETTINGS = Settings(store=DynamoDBTable(TABLE), environment="prod")


def event(key: str, number: int | None = 1) -> ObjectEvent:
    """Return what happened to one object of the bucket, as the change of that number."""
    return ObjectEvent(key, BUCKET, None if number is None else f"{number:X}")


class Context:
    """What Lambda says of an invocation, which has so many seconds left."""

    def __init__(self, seconds: float = 30, request_id: str = "r-1") -> None:
        self.aws_request_id = request_id
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


class HurriedContext(Context):
    """As soon as something happened, nearly no time is left to whoever waits for the rest."""

    def __init__(self, happened: Callable[[], object]) -> None:
        super().__init__()
        self._happened = happened
        self._asked = 0

    def get_remaining_time_in_millis(self) -> int:
        if current_thread() is main_thread():
            self._asked += 1
            if self._asked > 1:  # first, the function sees how long it has altogether
                self._happened()
                return 200
        return super().get_remaining_time_in_millis()


@dataclass
class Topic:
    """Stands for SNS: remembers what is published, after doing what a test wants done first."""

    first: Callable[[], object] = lambda: None
    told: list[tuple[str, str]] = field(default_factory=list)

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> None:  # noqa: N803 - AWS's names
        assert TopicArn == TOPIC
        self.first()
        self.told.append((Subject, Message))


class FunctionWorld:
    """The function over a model bucket and an index in memory."""

    def __init__(self, settings: Settings = TABLES_SETTINGS) -> None:
        self.world = IndexerHarness()
        self.topic = Topic()
        self._settings = settings

    @cached_property
    def event_handler(self) -> Any:  # noqa: ANN401 - there are no stubs for all
        """The function, made when it is first called: it writes to the output of that moment."""
        from imgmeta.bootstrap.function import Function  # noqa: PLC0415 - needs the extra aws
        from imgmeta.entrypoints.aws_lambda import event_handler, telemetry  # noqa: PLC0415 - as above

        forget_loggers()
        cloud = cast("AWSConnection", SimpleNamespace(clients=SimpleNamespace(sns=self.topic)))
        function: Function = Function(
            self._settings, self.world.repository, self.world.indexer, cloud
        )
        return event_handler.EventHandler(function, telemetry.Telemetry(self._settings))

    def __call__(self, event: object, context: Context | None = None) -> dict[str, Any]:
        """Return what is answered, as whoever is answered reads it."""
        answered: dict[str, Any] = json.loads(
            json.dumps(self.event_handler.run(event, context or Context()))
        )
        return answered

    def fail(self, key: str, error: Exception) -> None:
        """Make the object there impossible to look at."""
        self.world.bucket.errors[key] = error

    def put(self, *keys: str, content: int = 5) -> None:
        """Put an image there; of content 0, what is none."""
        for key in keys:
            self.world.bucket.put(key, content)

    def widths(self) -> dict[str, int | None]:
        """Return the widths of the images in the index."""
        return {record.object_key: record.width for record in self.world.repository.scan()}


@dataclass(frozen=True)
class CloudWorld:
    """An AWS in memory: the bucket `holiday`, the table, a topic, and who reads what it says."""

    clients: "Clients"
    topic: str
    _queue: str

    def handler(self, event: object, context: Context | None = None) -> dict[str, Any]:
        """Call the function as Lambda does."""
        from imgmeta.entrypoints.aws_lambda import handler  # noqa: PLC0415 - here is its process

        answered: dict[str, Any] = json.loads(json.dumps(handler(event, context or Context())))
        return answered

    def put(self, key: str, content: bytes) -> None:
        """Put an object in the bucket."""
        self.clients.s3.put_object(Bucket="holiday", Key=key, Body=content)

    def delete(self, key: str) -> None:
        """Delete an object of the bucket."""
        self.clients.s3.delete_object(Bucket="holiday", Key=key)

    def items(self) -> dict[str, dict[str, Any]]:
        """Return what the table holds, by key, as DynamoDB has it."""
        found = self.clients.dynamodb.scan(TableName=TABLE)["Items"]
        return {item["ObjectKey"]["S"]: dict(item) for item in found}

    def told(self) -> list[tuple[str, str]]:
        """Return the subjects and texts that came since somebody last looked."""
        messages = self.clients.sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        bodies = [json.loads(each["Body"]) for each in messages.get("Messages", [])]
        return [(body["Subject"], body["Message"]) for body in bodies]


@contextmanager
def in_the_cloud(patch: pytest.MonkeyPatch, **environment: str) -> Generator[CloudWorld]:
    """Make an AWS in memory, and the function's environment; what is given is added to that."""
    from imgmeta.adapters.dynamodb import create_table  # noqa: PLC0415 - needs the extra aws
    from imgmeta.entrypoints import aws_lambda  # noqa: PLC0415 - needs the extra lambda

    with aws_in_memory(patch) as clients:
        clients.s3.create_bucket(Bucket="holiday")
        create_table(clients.dynamodb, TABLE)
        topic = clients.sns.create_topic(Name="images")["TopicArn"]
        queue = clients.sqs.create_queue(QueueName="readers")["QueueUrl"]
        arn = clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        clients.sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"]
        )
        function = {"METADATA_TABLE": TABLE, "SNS_TOPIC_ARN": topic, "ENVIRONMENT": "prod"}
        for name, value in (function | {"AWS_REGION": REGION} | environment).items():
            patch.setenv(name, value)
        forget = aws_lambda._invocation.cache_clear  # noqa: SLF001 - each has its own environment
        forget()
        forget_loggers()
        yield CloudWorld(clients, topic, queue)
        forget()


def forget_loggers() -> None:
    """Have the next logger made anew: one that is there writes to the output it was made with."""
    logging.Logger.manager.loggerDict.pop("imgmeta", None)


def with_settings(**changes: Any) -> Settings:  # noqa: ANN401 - of any setting
    """Return the function's settings with these changed."""
    return replace(TABLES_SETTINGS, topic_arn=TOPIC, **changes)


def lines_of(output: str) -> list[dict[str, Any]]:
    """Return the lines of a log; each must be one JSON object of plain, visible ASCII."""
    lines = output.splitlines()
    assert output == "".join(f"{line}\n" for line in lines)
    assert all(line.isascii() and line.isprintable() for line in lines)
    documents = [json.loads(line) for line in lines]
    assert all(isinstance(document, dict) for document in documents)
    return documents


def logged(documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines that are no metrics."""
    return [document for document in documents if "_aws" not in document]
