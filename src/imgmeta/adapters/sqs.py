"""Hints in a queue of Amazon SQS."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import failure, translated
from imgmeta.core.events import Delivery, Hint, encode_hint
from imgmeta.core.text import printable
from imgmeta.errors import AdapterError, PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        BatchResultErrorEntryTypeDef,
        DeleteMessageBatchResultTypeDef,
        SendMessageBatchResultTypeDef,
    )

    _Answer = SendMessageBatchResultTypeDef | DeleteMessageBatchResultTypeDef

__all__ = ["SQSHintQueue"]

_MAX_ENTRIES = 10
"""Messages of one request: Amazon SQS Developer Guide, "Message quotas".

Together they may have 256 KiB. Ten hints, each with two keys of the longest, stay far below that.
"""

_LONGEST_WAIT = timedelta(seconds=20)
"""Amazon SQS API Reference, "ReceiveMessage"."""

_MARGIN = 2
"""Seconds that an answer may take beyond the wait that it was asked to take."""

_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds before each further try of the entries of a request that SQS did not take."""


class SQSHintQueue:
    """Hints in a queue of Amazon SQS, one in each message.

    A message that is not settled is delivered again after the queue's visibility timeout, and
    goes to its dead-letter queue, if it has one, when it was received `maxReceiveCount` times.

    Args:
        client: a client of Amazon SQS.
        queue_url: the queue's URL.
        wait: how long `receive` waits for a message if none is there, 0 to 20 seconds, in whole
            seconds. It is less if the client's read timeout is: an answer must come before that.
            Without any wait SQS asks only some of its servers, and may find nothing though
            messages wait.
        pause: waits for so many seconds.

    Raises:
        ValueError: the wait is not 0 to 20 seconds.
    """

    def __init__(
        self,
        client: "SQSClient",
        queue_url: str,
        *,
        wait: timedelta = timedelta(seconds=1),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        if not timedelta() <= wait <= _LONGEST_WAIT:
            msg = f"SQS waits 0 to 20 seconds for a message, not {wait.total_seconds():g}"
            raise ValueError(msg)
        self._client = client
        self._queue_url = queue_url
        self._name = f"the queue {printable(queue_url)}"
        self._seconds = min(int(wait.total_seconds()), _longest_wait(client))
        self._pause = pause

    def send(self, hints: Iterable[Hint]) -> None:
        """Put these hints in the queue, as the port says."""
        bodies = map(encode_hint, hints)
        while batch := list(islice(bodies, _MAX_ENTRIES)):
            self._all_of(self._send, batch, f"no hints can be put in {self._name}")

    def receive(self) -> list[Delivery]:
        """Return up to ten of the messages that wait, as the port says."""
        with translated(f"{self._name} cannot be read"):
            answer = self._client.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=_MAX_ENTRIES,
                WaitTimeSeconds=self._seconds,
            )
        return [
            Delivery.of(
                message.get("Body", ""),
                message_id=message.get("MessageId", ""),
                receipt=message.get("ReceiptHandle", ""),
            )
            for message in answer.get("Messages", [])
        ]

    def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Delete the messages of these deliveries, as the port says."""
        receipts = (delivery.receipt for delivery in deliveries)
        while batch := list(islice(receipts, _MAX_ENTRIES)):
            # One of two entries with the same receipt would be refused.
            distinct = dict.fromkeys(batch)
            self._all_of(self._delete, distinct, f"no message can be deleted from {self._name}")

    def _send(self, bodies: Mapping[str, str]) -> "SendMessageBatchResultTypeDef":
        return self._client.send_message_batch(
            QueueUrl=self._queue_url,
            Entries=[{"Id": each, "MessageBody": body} for each, body in bodies.items()],
        )

    def _delete(self, receipts: Mapping[str, str]) -> "DeleteMessageBatchResultTypeDef":
        return self._client.delete_message_batch(
            QueueUrl=self._queue_url,
            Entries=[{"Id": each, "ReceiptHandle": text} for each, text in receipts.items()],
        )

    def _all_of(
        self, request: Callable[[Mapping[str, str]], "_Answer"], entries: Iterable[str], what: str
    ) -> None:
        """Make a request of these entries, and again of those that SQS did not take."""
        left = {str(number): entry for number, entry in enumerate(entries)}
        for pause in (*_PAUSES, None):
            with translated(what):
                answer = request(left)
            # Only what SQS says it has is there.
            for taken in answer.get("Successful", []):
                left.pop(taken["Id"], None)
            if not left:
                return
            refusals = [_refusal(entry, what) for entry in answer.get("Failed", [])]
            worst = next(
                (each for each in refusals if isinstance(each, PermanentError)),
                refusals[0] if refusals else TransientError(f"{what}: SQS does not say why"),
            )
            if pause is None or isinstance(worst, PermanentError):
                raise worst
            self._pause(pause)


def _longest_wait(client: "SQSClient") -> int:
    """Return how many seconds this client can wait for an answer, and still receive it."""
    config: Any = client.meta.config  # whose types do not name what it holds
    timeout = config.read_timeout  # None: for ever
    return _LONGEST_WAIT.seconds if timeout is None else max(int(timeout) - _MARGIN, 0)


def _refusal(entry: "BatchResultErrorEntryTypeDef", what: str) -> AdapterError:
    """Return the failure of one entry, as if it had been the whole request's."""
    said = {"Code": entry["Code"], "Message": entry.get("Message", "")}
    status = HTTPStatus.BAD_REQUEST if entry["SenderFault"] else HTTPStatus.INTERNAL_SERVER_ERROR
    answer: Any = {"Error": said, "ResponseMetadata": {"HTTPStatusCode": status}}
    return failure(ClientError(answer, "Batch"), what)
