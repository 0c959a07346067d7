"""The adapters that pass messages on, each with the other end of it in a test's hands."""

import io
import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from imgmeta.adapters.console import ConsoleNotifier
from imgmeta.adapters.memory import InMemoryHintQueue
from imgmeta.core.events import Delivery
from imgmeta.ports import HintQueue, Notifier

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_REGION = "eu-central-1"


@dataclass(frozen=True)
class NotifierScene:
    """A notifier, and the other end of it.

    Attributes:
        notifier: under test.
        received: all that reached people so far.
        refuse_forever: makes sending impossible.
        refuse_now: makes sending impossible for the moment; None where that cannot happen.
    """

    notifier: Notifier
    received: Callable[[], str]
    refuse_forever: Callable[[], None]
    refuse_now: Callable[[], None] | None = None


def _console(_: ExitStack) -> NotifierScene:
    stream = io.StringIO()
    return NotifierScene(ConsoleNotifier(stream), stream.getvalue, stream.close)


def _sns(cleanup: ExitStack) -> NotifierScene:
    from imgmeta.adapters.sns import SNSNotifier  # noqa: PLC0415 - needs the extra aws

    sns, sqs = aws_clients(cleanup)
    topic = sns.create_topic(Name="images")["TopicArn"]
    queue = sqs.create_queue(QueueName="readers")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    seen: list[str] = []

    def received() -> str:
        while found := sqs.receive_message(QueueUrl=queue).get("Messages"):
            envelopes = [json.loads(message.get("Body", "")) for message in found]
            seen.extend(f"{each['Subject']}\n\n{each['Message']}" for each in envelopes)
        return "\n".join(seen)

    def refuse_forever() -> None:
        sns.delete_topic(TopicArn=topic)

    return NotifierScene(
        notifier=SNSNotifier(sns, topic),
        received=received,
        refuse_forever=refuse_forever,
        refuse_now=lambda: throttle(sns),
    )


@dataclass(frozen=True)
class HintQueueScene:
    """An empty queue, and what it cannot be asked to do itself.

    Attributes:
        queue: under test.
        put: puts a message in it, whatever is in that.
        lapse: lets the while pass after which these deliveries are made again.
        refuse_now: makes the queue unable to answer now; None where that cannot happen.
        refuse_forever: makes the queue unable to answer ever again; None as above.
    """

    queue: HintQueue
    put: Callable[[str], None]
    lapse: Callable[[Iterable[Delivery]], None]
    refuse_now: Callable[[], None] | None = None
    refuse_forever: Callable[[], None] | None = None


def _in_memory_queue(_: ExitStack) -> HintQueueScene:
    queue = InMemoryHintQueue()
    return HintQueueScene(queue, queue.put, lambda _: queue.lapse())


def _sqs(cleanup: ExitStack) -> HintQueueScene:
    from imgmeta.adapters.sqs import SQSHintQueue  # noqa: PLC0415 - needs the extra aws

    _, sqs = aws_clients(cleanup)
    url = sqs.create_queue(QueueName="images")["QueueUrl"]

    def lapse(deliveries: Iterable[Delivery]) -> None:
        for each in deliveries:
            sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=each.receipt, VisibilityTimeout=0
            )

    def put(body: str) -> None:
        sqs.send_message(QueueUrl=url, MessageBody=body)

    def refuse_forever() -> None:
        sqs.delete_queue(QueueUrl=url)

    return HintQueueScene(
        queue=SQSHintQueue(sqs, url, wait=timedelta(), pause=lambda _: None),
        put=put,
        lapse=lapse,
        refuse_now=lambda: throttle(sqs),
        refuse_forever=refuse_forever,
    )


def aws_clients(cleanup: ExitStack) -> tuple["SNSClient", "SQSClient"]:
    """Return clients of an AWS in memory, empty, that try each request once."""
    import boto3  # noqa: PLC0415 - needs the extra aws
    from botocore.config import Config  # noqa: PLC0415 - as above
    from moto import mock_aws  # noqa: PLC0415 - slow to import, and not always there

    cleanup.enter_context(mock_aws())
    once = Config(retries={"total_max_attempts": 1})
    sns = boto3.client("sns", region_name=_REGION, config=once)
    sqs = boto3.client("sqs", region_name=_REGION, config=once)
    for client in (sns, sqs):
        cleanup.callback(client.close)
    return sns, sqs


def throttle(client: "SNSClient | SQSClient") -> None:
    """Have every further request of this client answered by AWS's request to slow down."""
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse  # noqa: PLC0415 - as above
    from botocore.compat import HTTPHeaders  # noqa: PLC0415 - as above
    from moto.core.botocore_stubber import MockRawResponse  # noqa: PLC0415 - as above

    said = {
        "sns": "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>",
        "sqs": '{"__type": "com.amazonaws.sqs#RequestThrottled"}',
    }[client.meta.service_model.service_name]

    def slow_down(request: AWSPreparedRequest, **_: object) -> Any:  # noqa: ANN401 - botocore's types want None, botocore itself an answer
        return AWSResponse(str(request.url), 400, HTTPHeaders(), MockRawResponse(said))

    client.meta.events.register_first("before-send", slow_down)


NOTIFIERS: dict[str, Callable[[ExitStack], NotifierScene]] = {"console": _console}
HINT_QUEUES: dict[str, Callable[[ExitStack], HintQueueScene]] = {"memory": _in_memory_queue}

if find_spec("moto"):  # and so boto3
    NOTIFIERS["sns"] = _sns
    HINT_QUEUES["sqs"] = _sqs
