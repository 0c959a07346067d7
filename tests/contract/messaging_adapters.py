"""Harnesses for the notifiers and hint queues, with access to the receiving end."""

import io
import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from imgmeta.adapters.console import ConsoleNotifier
from imgmeta.adapters.memory import InMemoryHintQueue
from imgmeta.core.events import Delivery
from imgmeta.ports import AuditQueue, HintQueue, Notifier
from support.aws.moto import mock_botocore

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_REGION = "eu-central-1"


@dataclass(frozen=True)
class NotifierHarness:
    """A notifier, with access to its recipients.

    Attributes:
        notifier: the notifier to test.
        received: returns everything the recipients received so far.
        fail_permanently: makes sending permanently impossible.
        fail_temporarily: makes sending temporarily impossible; None if it cannot fail like that.
    """

    notifier: Notifier
    received: Callable[[], str]
    fail_permanently: Callable[[], None]
    fail_temporarily: Callable[[], None] | None = None


def _console(_: ExitStack) -> NotifierHarness:
    stream = io.StringIO()
    return NotifierHarness(ConsoleNotifier(stream), stream.getvalue, stream.close)


def _sns(cleanup: ExitStack) -> NotifierHarness:
    from imgmeta.adapters.sns import SNSNotifier  # noqa: PLC0415 - needs the extra aws

    sns, sqs = aws_clients(cleanup)
    topic = sns.create_topic(Name="images")["TopicArn"]
    queue = sqs.create_queue(QueueName="readers")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    messages: list[str] = []

    def received() -> str:
        while batch := sqs.receive_message(QueueUrl=queue).get("Messages"):
            envelopes = [json.loads(message.get("Body", "")) for message in batch]
            messages.extend(f"{each['Subject']}\n\n{each['Message']}" for each in envelopes)
        return "\n".join(messages)

    def fail_permanently() -> None:
        sns.delete_topic(TopicArn=topic)

    return NotifierHarness(
        notifier=SNSNotifier(sns, topic),
        received=received,
        fail_permanently=fail_permanently,
        fail_temporarily=lambda: throttle(sns),
    )


@dataclass(frozen=True)
class HintQueueHarness:
    """An empty hint queue, with direct access to its messages.

    Attributes:
        queue: the queue to test.
        put: adds a message with any body.
        expire_visibility: ends the visibility timeout of deliveries.
        audits: the same queue, as an audit uses it.
        expire_delay: ends the delay of all delayed messages.
        fail_temporarily: makes the queue temporarily unavailable; None if that is impossible.
        fail_permanently: makes the queue permanently unavailable; None if that is impossible.
    """

    queue: HintQueue
    put: Callable[[str], None]
    expire_visibility: Callable[[Iterable[Delivery]], None]
    audits: AuditQueue
    expire_delay: Callable[[], None]
    fail_temporarily: Callable[[], None] | None = None
    fail_permanently: Callable[[], None] | None = None


def _in_memory_queue(_: ExitStack) -> HintQueueHarness:
    queue = InMemoryHintQueue()
    return HintQueueHarness(
        queue, queue.put, lambda _: queue.expire_visibility(), queue, queue.expire_delay
    )


def _sqs(cleanup: ExitStack) -> HintQueueHarness:
    from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT_ID  # noqa: PLC0415 - needs the extra aws
    from moto.sqs.models import sqs_backends  # noqa: PLC0415 - as above

    from imgmeta.adapters.sqs import SQSHintQueue  # noqa: PLC0415 - as above

    _, sqs = aws_clients(cleanup)
    url = sqs.create_queue(QueueName="images")["QueueUrl"]

    def expire_visibility(deliveries: Iterable[Delivery]) -> None:
        for each in deliveries:
            sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=each.receipt, VisibilityTimeout=0
            )

    def put(body: str) -> None:
        sqs.send_message(QueueUrl=url, MessageBody=body)

    def fail_permanently() -> None:
        sqs.delete_queue(QueueUrl=url)

    def expire_delay() -> None:
        for message in sqs_backends[ACCOUNT_ID][_REGION].queues["images"]._messages:  # noqa: SLF001 - moto's own clock
            message.delayed_until = 0

    queue = SQSHintQueue(sqs, url, wait=timedelta(), pause=lambda _: None)
    return HintQueueHarness(
        queue=queue,
        put=put,
        expire_visibility=expire_visibility,
        audits=queue,
        expire_delay=expire_delay,
        fail_temporarily=lambda: throttle(sqs),
        fail_permanently=fail_permanently,
    )


def aws_clients(cleanup: ExitStack) -> tuple["SNSClient", "SQSClient"]:
    """Return clients of an empty AWS account in moto, without retries."""
    from botocore.config import Config  # noqa: PLC0415 - needs the extra aws

    cleanup.enter_context(mock_botocore())
    once = Config(retries={"total_max_attempts": 1})
    sns: SNSClient
    sqs: SQSClient
    sns, sqs = (
        _session().create_client(service, region_name=_REGION, config=once)
        for service in ("sns", "sqs")
    )
    for client in (sns, sqs):
        cleanup.callback(client.close)
    return sns, sqs


@cache
def _session() -> Any:  # noqa: ANN401 - needs the extra aws
    from botocore.session import Session  # noqa: PLC0415 - as above

    session = Session()  # caches botocore's models for the next client
    session.set_credentials("test", "test")
    return session


def throttle(client: "SNSClient | SQSClient") -> None:
    """Throttle all further requests of the client."""
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse  # noqa: PLC0415 - as above
    from botocore.compat import HTTPHeaders  # noqa: PLC0415 - as above
    from moto.core.botocore_stubber import MockRawResponse  # noqa: PLC0415 - as above

    body = {
        "sns": "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>",
        "sqs": '{"__type": "com.amazonaws.sqs#RequestThrottled"}',
    }[client.meta.service_model.service_name]

    def respond(request: AWSPreparedRequest, **_: object) -> Any:  # noqa: ANN401 - the stubs want None, botocore wants a response
        return AWSResponse(str(request.url), 400, HTTPHeaders(), MockRawResponse(body))

    client.meta.events.register_first("before-send", respond)


NOTIFIERS: dict[str, Callable[[ExitStack], NotifierHarness]] = {"console": _console}
HINT_QUEUES: dict[str, Callable[[ExitStack], HintQueueHarness]] = {"memory": _in_memory_queue}

if find_spec("moto"):  # which requires boto3
    NOTIFIERS["sns"] = _sns
    HINT_QUEUES["sqs"] = _sqs
