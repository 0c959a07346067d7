"""The Lambda function over in-memory adapters or an emulated AWS, and its output."""

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
from imgmeta.testing.strategies.events import ObjectEvent
from support.aws.moto import REGION, aws_in_memory
from support.convergence.bucket import BUCKET
from support.convergence.indexer_harness import IndexerHarness

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients
    from imgmeta.bootstrap import AWSConnection

__all__ = [
    "Context",
    "EmulatedFunction",
    "ExpiringContext",
    "FakeTopic",
    "InMemoryFunction",
    "emulated_function",
    "event",
    "make_settings",
    "parse_log",
    "without_metrics",
]

TOPIC = "arn:aws:sns:us-east-1:111122223333:images"
QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/images"
TABLE = "images"
FUNCTION_SETTINGS = Settings(store=DynamoDBTable(TABLE), environment="prod")


def event(key: str, number: int | None = 1) -> ObjectEvent:
    """Return an event of one object; `number` is its sequencer, None for no sequencer."""
    return ObjectEvent(key, BUCKET, None if number is None else f"{number:X}")


class Context:
    """A Lambda context with a fixed remaining time in seconds."""

    def __init__(self, seconds: float = 30, request_id: str = "r-1") -> None:
        self.aws_request_id = request_id
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


class ExpiringContext(Context):
    """A Lambda context whose time is nearly over, for the main thread, after `wait` returned."""

    def __init__(self, wait: Callable[[], object]) -> None:
        super().__init__()
        self._wait = wait
        self._calls = 0

    def get_remaining_time_in_millis(self) -> int:
        if current_thread() is main_thread():
            self._calls += 1
            if self._calls > 1:  # the first call determines the reserve
                self._wait()
                return 200
        return super().get_remaining_time_in_millis()


@dataclass
class FakeTopic:
    """An SNS client that keeps what is published, after calling `before_publish`."""

    before_publish: Callable[[], object] = lambda: None
    published: list[tuple[str, str]] = field(default_factory=list)

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> None:  # noqa: N803 - AWS's names
        assert TopicArn == TOPIC
        self.before_publish()
        self.published.append((Subject, Message))


@dataclass
class FakeQueue:
    """An SQS client that keeps what is sent, after calling `before_send`."""

    before_send: Callable[[], object] = lambda: None
    sent: list[tuple[object, int]] = field(default_factory=list)
    """The messages as decoded JSON, with their delays in seconds."""

    @property
    def meta(self) -> object:
        """The client's configuration."""
        return SimpleNamespace(config=SimpleNamespace(read_timeout=60))

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> object:  # noqa: N803 - AWS's names
        assert QueueUrl == QUEUE
        self.before_send()
        for each in Entries:
            self.sent.append((json.loads(each["MessageBody"]), each.get("DelaySeconds", 0)))
        return {"Successful": Entries}

    def take(self) -> list[object]:
        """Remove and return all messages."""
        messages = [message for message, _ in self.sent]
        self.sent.clear()
        return messages


class InMemoryFunction:
    """The function over a model bucket and an in-memory index."""

    def __init__(self, settings: Settings = FUNCTION_SETTINGS) -> None:
        self.indexing = IndexerHarness()
        self.topic = FakeTopic()
        self.queue = FakeQueue()
        self._settings = settings

    @cached_property
    def event_handler(self) -> Any:  # noqa: ANN401 - there are no stubs for all
        """The event handler, created at first use: it writes to standard output as it is then."""
        from imgmeta.bootstrap.function import Function  # noqa: PLC0415 - needs the extra aws
        from imgmeta.entrypoints.aws_lambda import event_handler, telemetry  # noqa: PLC0415 - as above

        reset_logger()
        clients = SimpleNamespace(sns=self.topic, sqs=self.queue)
        aws = cast("AWSConnection", SimpleNamespace(clients=clients))
        function: Function = Function(
            self._settings, self.indexing.repository, self.indexing.indexer, aws
        )
        return event_handler.EventHandler(function, telemetry.Telemetry(self._settings))

    def __call__(self, event: object, context: Context | None = None) -> dict[str, Any]:
        """Return the response to an event, as decoded JSON."""
        response: dict[str, Any] = json.loads(
            json.dumps(self.event_handler.run(event, context or Context()))
        )
        return response

    def fail(self, key: str, error: Exception) -> None:
        """Raise `error` whenever the object with this key is observed."""
        self.indexing.bucket.errors[key] = error

    def put(self, *keys: str, content: int = 5) -> None:
        """Put images of width `content` into the bucket; width 0 makes an unreadable image."""
        for key in keys:
            self.indexing.bucket.put(key, content)

    def widths(self) -> dict[str, int | None]:
        """Return the widths of the images in the index, by key."""
        return {record.object_key: record.width for record in self.indexing.repository.scan()}


@dataclass(frozen=True)
class EmulatedFunction:
    """The function on an emulated AWS: the bucket `holiday`, the table, a topic and a queue."""

    clients: "Clients"
    topic: str
    queue: str
    _readers: str

    def handler(self, event: object, context: Context | None = None) -> dict[str, Any]:
        """Call the function as Lambda does; return the response as decoded JSON."""
        from imgmeta.entrypoints.aws_lambda import handler  # noqa: PLC0415 - needs the extra lambda

        response: dict[str, Any] = json.loads(json.dumps(handler(event, context or Context())))
        return response

    def put(self, key: str, content: bytes) -> None:
        """Put an object into the bucket."""
        self.clients.s3.put_object(Bucket="holiday", Key=key, Body=content)

    def delete(self, key: str) -> None:
        """Delete an object from the bucket."""
        self.clients.s3.delete_object(Bucket="holiday", Key=key)

    def items(self) -> dict[str, dict[str, Any]]:
        """Return the table's items in DynamoDB's format, by key."""
        items = self.clients.dynamodb.scan(TableName=TABLE)["Items"]
        return {item["ObjectKey"]["S"]: dict(item) for item in items}

    def receive_notifications(self) -> list[tuple[str, str]]:
        """Return the subjects and texts of the notifications since the last call."""
        messages = self.clients.sqs.receive_message(QueueUrl=self._readers, MaxNumberOfMessages=10)
        bodies = [json.loads(each["Body"]) for each in messages.get("Messages", [])]
        return [(body["Subject"], body["Message"]) for body in bodies]


@contextmanager
def emulated_function(patch: pytest.MonkeyPatch, **environment: str) -> Generator[EmulatedFunction]:
    """Start an emulated AWS and set the function's environment variables, these included."""
    from imgmeta.adapters.dynamodb import create_table  # noqa: PLC0415 - needs the extra aws
    from imgmeta.entrypoints import aws_lambda  # noqa: PLC0415 - needs the extra lambda

    with aws_in_memory(patch) as clients:
        clients.s3.create_bucket(Bucket="holiday")
        create_table(clients.dynamodb, TABLE)
        topic = clients.sns.create_topic(Name="images")["TopicArn"]
        queue = clients.sqs.create_queue(QueueName="images")["QueueUrl"]
        readers = clients.sqs.create_queue(QueueName="readers")["QueueUrl"]
        arn = clients.sqs.get_queue_attributes(QueueUrl=readers, AttributeNames=["QueueArn"])
        clients.sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"]
        )
        function = {
            "METADATA_TABLE": TABLE,
            "SNS_TOPIC_ARN": topic,
            "QUEUE_URL": queue,
            "ENVIRONMENT": "prod",
            "AWS_REGION": REGION,
        }
        for name, value in (function | environment).items():
            patch.setenv(name, value)
        clear_cache = aws_lambda._event_handler.cache_clear  # noqa: SLF001 - the environment changed
        clear_cache()
        reset_logger()
        yield EmulatedFunction(clients, topic, queue, readers)
        clear_cache()


def reset_logger() -> None:
    """Remove the function's logger; the next one writes to the current standard output."""
    logging.Logger.manager.loggerDict.pop("imgmeta", None)


def make_settings(**changes: Any) -> Settings:  # noqa: ANN401 - any setting
    """Return the function's settings with a topic and these changes."""
    return replace(FUNCTION_SETTINGS, topic_arn=TOPIC, **changes)


def parse_log(output: str) -> list[dict[str, Any]]:
    """Return the lines of a log; each must be one JSON object in printable ASCII."""
    lines = output.splitlines()
    assert output == "".join(f"{line}\n" for line in lines)
    assert all(line.isascii() and line.isprintable() for line in lines)
    documents = [json.loads(line) for line in lines]
    assert all(isinstance(document, dict) for document in documents)
    return documents


def without_metrics(documents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the log lines without the metrics documents."""
    return [document for document in documents if "_aws" not in document]
