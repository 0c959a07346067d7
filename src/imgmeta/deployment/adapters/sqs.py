"""The depths of Amazon SQS queues, and the messages of dead-letter queues."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from imgmeta.adapters.aws import translate_errors
from imgmeta.adapters.sqs import entry_error
from imgmeta.core.text import printable, redact_url
from imgmeta.core.timestamps import EPOCH
from imgmeta.deployment.core.dead_letters import REPLAY_ATTRIBUTE, DeadLetter
from imgmeta.deployment.core.stacks import QueueDepth
from imgmeta.errors import AdapterError, PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchResultTypeDef,
        DeleteMessageBatchResultTypeDef,
        MessageTypeDef,
        SendMessageBatchRequestEntryTypeDef,
        SendMessageBatchResultTypeDef,
    )

    _Response = (
        SendMessageBatchResultTypeDef
        | DeleteMessageBatchResultTypeDef
        | ChangeMessageVisibilityBatchResultTypeDef
    )

__all__ = ["SQSDeadLetterQueue", "SQSQueueGauge"]

_MAX_ENTRIES = 10
"""Messages of one request: Amazon SQS Developer Guide, "Message quotas"."""

_MAX_BYTES = 262_144
"""Bytes of all messages of one request, with their attributes: as above. Newer quotas are higher,
but not on every server that imitates Amazon SQS."""

_ATTRIBUTE_BYTES = 1_024
"""More bytes than the mark takes."""

_GONE = "ReceiptHandleIsInvalid"
"""The error for a message that was deleted, or was received again: its new receiver deletes it."""

_RETRY_DELAYS = (0.2, 0.8)
"""Seconds before each retry of the entries that SQS rejected."""


class SQSQueueGauge:
    """Measures the queues of one account and region."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def depth(self, url: str) -> QueueDepth:
        """Return the approximate numbers of messages in the queue: see `QueueGauge.depth`."""
        with translate_errors(f"cannot read the queue {printable(redact_url(url))}"):
            attributes = self._client.get_queue_attributes(
                QueueUrl=url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )["Attributes"]
        return QueueDepth(
            waiting=int(attributes["ApproximateNumberOfMessages"]),
            in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        )


class SQSDeadLetterQueue:
    """A dead-letter queue in Amazon SQS, and the queue that its messages are sent back to.

    Args:
        client: an Amazon SQS client.
        url: the URL of the dead-letter queue.
        target_url: the URL of the other queue.
        visibility: how long a received message stays invisible, in whole seconds.
        wait: how long `receive` waits for a message, 0 to 20 seconds.
        pause: sleeps for the given number of seconds.
    """

    def __init__(  # noqa: PLR0913 - two queues and three times
        self,
        client: "SQSClient",
        url: str,
        target_url: str,
        *,
        visibility: timedelta = timedelta(seconds=60),
        wait: timedelta = timedelta(seconds=1),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._url = url
        self._target_url = target_url
        self._visibility = visibility
        self._wait = wait
        self._pause = pause
        self._name = f"the dead-letter queue {printable(redact_url(url))}"

    def receive(self) -> list[DeadLetter]:
        """Return up to ten waiting messages: see `DeadLetterQueue.receive`."""
        with translate_errors(f"cannot receive messages from {self._name}"):
            response = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_MAX_ENTRIES,
                VisibilityTimeout=int(self._visibility.total_seconds()),
                WaitTimeSeconds=int(self._wait.total_seconds()),
                MessageSystemAttributeNames=["SentTimestamp"],
                MessageAttributeNames=["All"],
            )
        return [_letter(message) for message in response.get("Messages", [])]

    @property
    def visibility(self) -> timedelta:
        """How long a received message stays invisible: see `DeadLetterQueue.visibility`."""
        return self._visibility

    def hold(self, letters: Iterable[DeadLetter]) -> None:
        """Keep the messages of the letters invisible: see `DeadLetterQueue.hold`."""
        self._set_visibility(letters, self._visibility)

    def release(self, letters: Iterable[DeadLetter]) -> None:
        """Make the messages of the letters visible again: see `DeadLetterQueue.release`."""
        self._set_visibility(letters, timedelta())

    def _set_visibility(self, letters: Iterable[DeadLetter], timeout: timedelta) -> None:
        for batch in _batches(letters):
            _, failures = self._request(
                batch,
                lambda entries: self._client.change_message_visibility_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {
                            "Id": entry_id,
                            "ReceiptHandle": letter.receipt,
                            "VisibilityTimeout": int(timeout.total_seconds()),
                        }
                        for entry_id, letter in entries.items()
                    ],
                ),
                f"cannot change the visibility of messages in {self._name}",
            )
            # SQS refuses messages that were deleted, or became visible by themselves.
            for each in failures:
                if isinstance(each, TransientError):
                    raise each

    def send_back(self, letters: Iterable[DeadLetter], *, mark: str) -> list[DeadLetter]:
        """Send copies of the letters to the queue: see `DeadLetterQueue.send_back`."""
        context = f"cannot send messages to the queue {printable(redact_url(self._target_url))}"
        accepted = list[DeadLetter]()
        refusals = list[AdapterError]()
        for batch in _batches(letters):
            try:
                sent, refused = self._request(batch, partial(self._request_send, mark), context)
            except PermanentError:
                if not _may_be_full(batch):
                    raise
                # The message fitted into the dead-letter queue, but only without the mark.
                sent, refused = self._request(batch, partial(self._request_send, ""), context)
            accepted += sent
            refusals += refused
        if refusals and not accepted:
            raise refusals[0]
        return accepted

    def _request_send(
        self, mark: str, entries: Mapping[str, DeadLetter]
    ) -> "SendMessageBatchResultTypeDef":
        requested: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": entry_id, "MessageBody": letter.body} for entry_id, letter in entries.items()
        ]
        if mark:
            for entry in requested:
                entry["MessageAttributes"] = {
                    REPLAY_ATTRIBUTE: {"DataType": "String", "StringValue": mark}
                }
        return self._client.send_message_batch(QueueUrl=self._target_url, Entries=requested)

    def delete(self, letters: Iterable[DeadLetter]) -> None:
        """Delete the messages of the letters: see `DeadLetterQueue.delete`."""
        for batch in _batches(letters):
            _, failures = self._request(
                batch,
                lambda entries: self._client.delete_message_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": entry_id, "ReceiptHandle": letter.receipt}
                        for entry_id, letter in entries.items()
                    ],
                ),
                f"cannot delete messages from {self._name}",
            )
            if failures:
                raise failures[0]

    def _request(
        self,
        letters: Iterable[DeadLetter],
        request: "Callable[[Mapping[str, DeadLetter]], _Response]",
        context: str,
    ) -> tuple[list[DeadLetter], list[AdapterError]]:
        """Send a batch request, and again with the entries that failed temporarily.

        Returns:
            The letters of the accepted entries, and the errors of the others.
        """
        waiting = {str(number): letter for number, letter in enumerate(letters)}
        accepted = list[DeadLetter]()
        errors = list[AdapterError]()
        for delay in (*_RETRY_DELAYS, None):
            with translate_errors(context):
                response = request(waiting)
            failures = response.get("Failed", [])
            done = [entry["Id"] for entry in response.get("Successful", [])]
            done += [entry["Id"] for entry in failures if entry["Code"] == _GONE]
            accepted += [waiting.pop(entry_id) for entry_id in done if entry_id in waiting]
            failed = {
                entry["Id"]: entry_error(entry, context)
                for entry in failures
                if entry["Id"] in waiting
            }
            for entry_id, error in failed.items():
                if isinstance(error, PermanentError):
                    errors.append(error)
                    del waiting[entry_id]
            if not waiting:
                break
            if delay is None:
                unknown = TransientError(f"{context}: SQS returned no reason")
                errors += [failed.get(entry_id, unknown) for entry_id in waiting]
            else:
                self._pause(delay)
        return accepted, errors


def _letter(message: "MessageTypeDef") -> DeadLetter:
    sent = message.get("Attributes", {}).get("SentTimestamp")
    return DeadLetter(
        message.get("MessageId", ""),
        message.get("Body", ""),
        message.get("ReceiptHandle", ""),
        None if sent is None else EPOCH + timedelta(milliseconds=int(sent)),
        {
            name: text
            for name, value in message.get("MessageAttributes", {}).items()
            if (text := value.get("StringValue")) is not None
        },
    )


def _size(letter: DeadLetter) -> int:
    return len(letter.body.encode()) + _ATTRIBUTE_BYTES


def _may_be_full(batch: Sequence[DeadLetter]) -> bool:
    """Return whether a batch is one message that may have the largest size."""
    return len(batch) == 1 and _size(batch[0]) > _MAX_BYTES


def _batches(letters: Iterable[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """Yield the letters in batches that fit into one request."""
    batch, size = list[DeadLetter](), 0
    for letter in letters:
        length = _size(letter)
        if batch and (len(batch) == _MAX_ENTRIES or size + length > _MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += length
    if batch:
        yield batch
