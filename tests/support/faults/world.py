"""A bucket, a table, a queue, a topic and a stack on a server, and the process that uses them."""

import json
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from imgmeta.adapters.aws import Clients
from imgmeta.adapters.dynamodb import DynamoDBImageRepository, create_table
from imgmeta.core.timestamps import EPOCH
from imgmeta.testing.strategies.events import ObjectEvent, notification
from support.faults.process import Worker, worker
from support.faults.proxy import FaultProxy, fault_proxy

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

__all__ = ["PATIENCE", "World", "open_world"]

PATIENCE = 0.8
"""The client's timeout in seconds."""
REGION = "us-east-1"
BUCKET, TABLE, QUEUE, TOPIC, MAIL, STACK = "holiday", "images", "images", "images", "mail", "photos"
_MAX_BATCH = 10
_MAX_INVOCATIONS = 60
"""Invocations until the queue must be empty."""
_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "NO_PROXY": "127.0.0.1",
    "METADATA_TABLE": TABLE,
    "IMAGE_BUCKET": BUCKET,
    "ENVIRONMENT": "faults",
    "NOTIFY_ON": "all",
    "IMGMETA_CONCURRENCY": "1",
}
_PARAMETERS = (
    *("EnvironmentSuffix", "CodeBucket", "CodeKey", "NotificationEmail", "Runtime"),
    "Architecture",
)


@dataclass
class World:
    """The bucket and all that keeps its index.

    Changes of the bucket and the queue do not pass the proxy, only the requests of the worker do.

    Attributes:
        clients: clients without faults.
        proxy: injects faults into the worker's requests.
        worker: runs the function and commands.
        queue_url: the queue of events.
        mail_url: the queue that receives the notifications.
        repository: the index, without faults.
        contents: the objects of the bucket.
        redelivered: the number of messages that were delivered again.
    """

    clients: Clients
    proxy: FaultProxy
    worker: Worker
    queue_url: str
    mail_url: str
    repository: DynamoDBImageRepository
    redelivered: int = 0
    contents: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _sequencers: Iterator[int] = field(default_factory=lambda: count(1))

    def put(self, key: str, content: bytes) -> ObjectEvent:
        """Upload an object; return the event."""
        self.clients.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        self.contents[key] = content
        return self._event(key, "ObjectCreated:Put")

    def delete(self, key: str) -> ObjectEvent:
        """Delete an object; return the event."""
        self.clients.s3.delete_object(Bucket=BUCKET, Key=key)
        self.contents.pop(key, None)
        return self._event(key, "ObjectRemoved:Delete")

    def deliver(self, *contents: object) -> None:
        """Send messages to the queue of the function; events are sent as S3 sends them."""
        for content in contents:
            event = notification(content) if isinstance(content, ObjectEvent) else content
            self.clients.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(event))

    def drain(self, invocations: int = _MAX_INVOCATIONS) -> bool:
        """Invoke the function with the messages of the queue; return whether it is empty at last.

        As Lambda does, this deletes the messages that the response does not name as failed. The
        others, and all messages of a killed or failed invocation, become visible again; their
        visibility timeout is ended at once.
        """
        for _ in range(invocations):
            messages = self.clients.sqs.receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=_MAX_BATCH,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            ).get("Messages", [])
            if not messages:
                return True
            self._invoke(messages)
        return False

    def notifications(self) -> list[str]:
        """Return and remove the notifications that arrived."""
        return self._remove_messages(self.mail_url)

    def clear(self) -> None:
        """Delete all objects, records and messages."""
        for key in list(self.contents):
            self.delete(key)
        for record in list(self.repository.scan(include_deleted=True)):
            self.clients.dynamodb.delete_item(
                TableName=TABLE, Key={"ImageId": {"S": record.image_id}}
            )
        for url in (self.queue_url, self.mail_url):
            self._remove_messages(url)
        self.redelivered = 0

    def _invoke(self, messages: "list[MessageTypeDef]") -> None:
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message.get("Attributes", {}),
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:{QUEUE}",
                "awsRegion": REGION,
            }
            for message in messages
        ]
        invocation = self.worker.invoke({"Records": records})
        if invocation.killed or invocation.error:
            failed = {message["MessageId"] for message in messages}
        else:
            failed = {each["itemIdentifier"] for each in invocation.result["batchItemFailures"]}
        self.redelivered += len(failed)
        for message in messages:
            handle = message["ReceiptHandle"]
            if message["MessageId"] in failed:
                self.clients.sqs.change_message_visibility(
                    QueueUrl=self.queue_url, ReceiptHandle=handle, VisibilityTimeout=0
                )
            else:
                self.clients.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=handle)

    def _remove_messages(self, url: str) -> list[str]:
        """Return and remove the visible messages of a queue."""
        bodies: list[str] = []
        while True:
            response = self.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            messages = response.get("Messages", [])
            if not messages:
                return bodies
            bodies += [message["Body"] for message in messages]
            handles: list[Any] = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ]
            self.clients.sqs.delete_message_batch(QueueUrl=url, Entries=handles)

    def _event(self, key: str, name: str) -> ObjectEvent:
        return ObjectEvent(key, BUCKET, f"{next(self._sequencers):018X}", name=name)


@contextmanager
def open_world(upstream: str, *, warm: bool = False) -> Generator[World]:
    """Create everything on the server at a URL, which must be empty.

    Args:
        upstream: the URL.
        warm: whether one process runs all invocations.
    """
    with ExitStack() as cleanup:
        home = cleanup.enter_context(TemporaryDirectory())
        proxy = cleanup.enter_context(fault_proxy(upstream, PATIENCE))
        clients = Clients(region=REGION, endpoint_url=upstream, concurrency=2)
        clients.s3.create_bucket(Bucket=BUCKET)
        create_table(clients.dynamodb, TABLE)
        queue_url = _create_queue(clients, QUEUE)
        mail_url = _create_queue(clients, MAIL)
        topic = clients.sns.create_topic(Name=TOPIC)["TopicArn"]
        mail_arn = f"arn:aws:sqs:{REGION}:123456789012:{MAIL}"
        clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=mail_arn)
        own_url = queue_url.replace(upstream, proxy.url)
        _create_stack(clients, own_url)
        environment = {
            **_ENVIRONMENT,
            "AWS_ENDPOINT_URL": proxy.url,
            "QUEUE_URL": own_url,
            "SNS_TOPIC_ARN": topic,
            "HOME": home,
            "XDG_STATE_HOME": home,
        }
        repository = DynamoDBImageRepository(clients.dynamodb, TABLE, clock=lambda: EPOCH)
        cleanup.enter_context(repository)
        process = cleanup.enter_context(worker(environment, PATIENCE, warm=warm))
        proxy.kill = process.kill
        yield World(clients, proxy, process, queue_url, mail_url, repository)


def _create_queue(clients: Clients, name: str) -> str:
    attributes: Any = {"VisibilityTimeout": "30"}
    return clients.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def _create_stack(clients: Clients, queue_url: str) -> None:
    """Create a stack with the outputs that commands read, and nothing else."""
    outputs = {
        "DynamoDBTableName": TABLE,
        "QueueUrl": queue_url,
        "DeadLetterQueueUrl": queue_url,
        "Buckets": BUCKET,
        "LambdaFunctionArn": f"arn:aws:lambda:{REGION}:123456789012:function:photos",
        "LogGroupName": "/aws/lambda/photos",
    }
    template = {
        "Parameters": {name: {"Type": "String", "Default": "x"} for name in _PARAMETERS},
        "Resources": {"Unused": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    clients.cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    while clients.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0][
        "StackStatus"
    ].endswith("IN_PROGRESS"):
        time.sleep(0.1)
