"""Harnesses for the notifiers and hint queues, with access to the receiving end."""

import io
import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from imgmeta.adapters.console import ConsoleNotifier
from imgmeta.adapters.mail import MailNotifier
from imgmeta.adapters.memory import InMemoryHintQueue
from imgmeta.adapters.webhook import WebhookNotifier
from imgmeta.core.events import Delivery
from imgmeta.core.notifiers import MailServer, Webhook, parse_recipient
from imgmeta.service import NotifierGroup
from imgmeta.testing.contracts import AuditQueueHarness, NotifierHarness
from support.aws.moto import mock_botocore
from support.http.webhook_server import webhook_server
from support.mail.mail_server import mail_server

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

_REGION = "eu-central-1"


def _console(_: ExitStack) -> NotifierHarness:
    stream = io.StringIO()
    return NotifierHarness(ConsoleNotifier(stream), stream.getvalue, stream.close)


def _webhook(cleanup: ExitStack) -> NotifierHarness:
    stub = cleanup.enter_context(webhook_server())
    recipient = parse_recipient(stub.url)
    assert isinstance(recipient, Webhook)

    def received() -> str:
        contents = map(json.loads, stub.bodies)
        return "\n".join(f"{each['subject']}\n\n{each['text']}" for each in contents)

    return NotifierHarness(
        notifier=WebhookNotifier(recipient, sleep=lambda _: None),
        received=received,
        fail_permanently=lambda: stub.statuses.insert(0, 404),
        fail_temporarily=lambda: stub.statuses.__setitem__(0, 503),
    )


def _mail(cleanup: ExitStack) -> NotifierHarness:
    stub = cleanup.enter_context(mail_server())
    recipient = parse_recipient(
        f"smtp://127.0.0.1:{stub.port}/?from=a@example.com&to=b@example.com"
    )
    assert isinstance(recipient, MailServer)

    def received() -> str:
        # On the wire, each line of a text ends in CRLF.
        contents = (each.replace(b"\r\n", b"\n") for each in stub.messages)
        messages = [message_from_bytes(each, policy=policy.default) for each in contents]
        return "\n".join(f"{each['Subject']}\n\n{each.get_content()}" for each in messages)

    return NotifierHarness(
        notifier=MailNotifier(recipient),
        received=received,
        fail_permanently=lambda: stub.replies.update(MAIL="550 unknown sender"),
        fail_temporarily=lambda: stub.replies.update(MAIL="451 try later"),
    )


def _group(cleanup: ExitStack) -> NotifierHarness:
    """Return two notifiers, of which only one fails."""
    harness = _webhook(cleanup)
    return replace(
        harness, notifier=NotifierGroup([ConsoleNotifier(io.StringIO()), harness.notifier])
    )


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


def _in_memory_queue(_: ExitStack) -> AuditQueueHarness:
    queue = InMemoryHintQueue()
    return AuditQueueHarness(
        queue,
        queue.put,
        lambda _: queue.expire_visibility(),
        audits=queue,
        expire_delay=queue.expire_delay,
    )


def _sqs(cleanup: ExitStack) -> AuditQueueHarness:
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
    return AuditQueueHarness(
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


NOTIFIERS: dict[str, Callable[[ExitStack], NotifierHarness]] = {
    "console": _console,
    "webhook": _webhook,
    "mail": _mail,
    "group": _group,
}
HINT_QUEUES: dict[str, Callable[[ExitStack], AuditQueueHarness]] = {"memory": _in_memory_queue}

if find_spec("moto"):  # which requires boto3
    NOTIFIERS["sns"] = _sns
    HINT_QUEUES["sqs"] = _sqs
