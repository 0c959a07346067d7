"""Hints in an Amazon SQS queue."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import adapter_error, translate_errors
from imgmeta.core.audit_requests import encode_audit
from imgmeta.core.events import Delivery, Hint, encode_hint
from imgmeta.core.hints import AuditRequest
from imgmeta.core.text import printable, redact_url
from imgmeta.errors import AdapterError, PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        BatchResultErrorEntryTypeDef,
        DeleteMessageBatchResultTypeDef,
        SendMessageBatchRequestEntryTypeDef,
        SendMessageBatchResultTypeDef,
    )

    _Response = SendMessageBatchResultTypeDef | DeleteMessageBatchResultTypeDef

__all__ = ["SQSHintQueue", "entry_error"]

_MAX_ENTRIES = 10
"""Messages of one request: Amazon SQS Developer Guide, "Message quotas".

Their total size may be 256 KiB; ten hints with the longest keys are far smaller.
"""

_MAX_WAIT = timedelta(seconds=20)
"""Amazon SQS API Reference, "ReceiveMessage"."""

_DELAY_SECONDS = 60
"""Delay of the hints of audits: Amazon S3 User Guide, "Amazon S3 Event Notifications": events are
typically delivered within seconds, and sometimes after a minute or longer."""

_RESPONSE_MARGIN = 2
"""Seconds that a response may take beyond the requested wait."""

_RETRY_DELAYS = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds before each retry of the entries that SQS rejected."""


class SQSHintQueue:
    """Hints in an Amazon SQS queue, one in each message.

    A message that is not settled is delivered again after the queue's visibility timeout. After
    `maxReceiveCount` deliveries it moves to the dead-letter queue, if there is one.

    Args:
        client: an Amazon SQS client.
        queue_url: the queue's URL.
        wait: how long `receive` waits for a message, 0 to 20 seconds, rounded down to whole
            seconds and limited by the client's read timeout. With 0, SQS queries only some of its
            servers and may return nothing although messages are waiting.
        pause: sleeps for the given number of seconds.

    Raises:
        ValueError: `wait` is not 0 to 20 seconds.
    """

    def __init__(
        self,
        client: "SQSClient",
        queue_url: str,
        *,
        wait: timedelta = timedelta(seconds=1),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if not timedelta() <= wait <= _MAX_WAIT:
            msg = f"invalid wait of {wait.total_seconds():g} seconds: expected 0 to 20 seconds"
            raise ValueError(msg)
        self._client = client
        self._queue_url = queue_url
        self._name = f"the queue {printable(redact_url(queue_url))}"
        self._wait_seconds = min(int(wait.total_seconds()), _max_wait(client))
        self._pause = pause

    def send(self, hints: Iterable[Hint]) -> None:
        """Send the hints: see `HintQueue.send`."""
        self._send(map(encode_hint, hints), "hints")

    def send_later(self, hints: Iterable[Hint]) -> None:
        """Send the hints with a delay: see `AuditQueue.send_later`."""
        self._send(map(encode_hint, hints), "hints", delay_seconds=_DELAY_SECONDS)

    def send_audits(self, requests: Iterable[AuditRequest]) -> None:
        """Send the requests: see `AuditQueue.send_audits`."""
        self._send(map(encode_audit, requests), "requests for audits")

    def receive(self) -> list[Delivery]:
        """Return up to ten waiting messages: see `HintQueue.receive`."""
        with translate_errors(f"cannot receive messages from {self._name}"):
            response = self._client.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=_MAX_ENTRIES,
                WaitTimeSeconds=self._wait_seconds,
            )
        return [
            Delivery.of(
                message.get("Body", ""),
                message_id=message.get("MessageId", ""),
                receipt=message.get("ReceiptHandle", ""),
            )
            for message in response.get("Messages", [])
        ]

    def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Delete the messages of the deliveries: see `HintQueue.settle`."""
        receipts = (delivery.receipt for delivery in deliveries)
        while batch := list(islice(receipts, _MAX_ENTRIES)):
            distinct = dict.fromkeys(batch)  # SQS rejects a request with equal receipts
            self._send_batch(
                self._request_delete, distinct, f"cannot delete messages from {self._name}"
            )

    def _send(self, bodies: Iterator[str], what: str, *, delay_seconds: int = 0) -> None:
        request = partial(self._request_send, delay_seconds=delay_seconds)
        while batch := list(islice(bodies, _MAX_ENTRIES)):
            self._send_batch(request, batch, f"cannot send {what} to {self._name}")

    def _request_send(
        self, bodies: Mapping[str, str], *, delay_seconds: int
    ) -> "SendMessageBatchResultTypeDef":
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": each, "MessageBody": body} for each, body in bodies.items()
        ]
        if delay_seconds:  # otherwise the queue's own delay applies
            entries = [{**entry, "DelaySeconds": delay_seconds} for entry in entries]
        return self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)

    def _request_delete(self, receipts: Mapping[str, str]) -> "DeleteMessageBatchResultTypeDef":
        return self._client.delete_message_batch(
            QueueUrl=self._queue_url,
            Entries=[{"Id": each, "ReceiptHandle": text} for each, text in receipts.items()],
        )

    def _send_batch(
        self,
        request: Callable[[Mapping[str, str]], "_Response"],
        entries: Iterable[str],
        context: str,
    ) -> None:
        """Send a batch request, and send it again with the entries that SQS rejected."""
        remaining = {str(number): entry for number, entry in enumerate(entries)}
        for delay in (*_RETRY_DELAYS, None):
            with translate_errors(context):
                response = request(remaining)
            # Entries that the response does not mention count as rejected.
            for accepted in response.get("Successful", []):
                remaining.pop(accepted["Id"], None)
            if not remaining:
                return
            errors = [entry_error(entry, context) for entry in response.get("Failed", [])]
            error = next(
                (each for each in errors if isinstance(each, PermanentError)),
                errors[0] if errors else TransientError(f"{context}: SQS returned no reason"),
            )
            if delay is None or isinstance(error, PermanentError):
                raise error
            self._pause(delay)


def _max_wait(client: "SQSClient") -> int:
    """Return the longest wait in seconds that ends before the client's read timeout."""
    config: Any = client.meta.config  # its type stubs lack the attributes
    timeout = config.read_timeout  # None: no timeout
    return _MAX_WAIT.seconds if timeout is None else max(int(timeout) - _RESPONSE_MARGIN, 0)


def entry_error(entry: "BatchResultErrorEntryTypeDef", context: str) -> AdapterError:
    """Return the error of one entry, classified like the error of a whole request."""
    details = {"Code": entry["Code"], "Message": entry.get("Message", "")}
    status = HTTPStatus.BAD_REQUEST if entry["SenderFault"] else HTTPStatus.INTERNAL_SERVER_ERROR
    response: Any = {"Error": details, "ResponseMetadata": {"HTTPStatusCode": status}}
    return adapter_error(ClientError(response, "Batch"), context)
