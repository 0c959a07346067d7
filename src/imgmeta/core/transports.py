"""Kinds of events that AWS and compatible servers send: how they are recognized and parsed."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, NoReturn
from urllib.parse import unquote, unquote_plus

from imgmeta.core.audit_requests import parse_audit
from imgmeta.core.event_values import (
    decode_key,
    location_of,
    major_version,
    shown_value,
    text_at,
    time_of,
    to_sequencer,
    value_at,
)
from imgmeta.core.hints import AuditRequest, DigestRequest, Hint
from imgmeta.errors import InvalidEventError

__all__ = [
    "OWN_SOURCE",
    "EntryKind",
    "Transport",
    "kind_of",
    "kind_of_tasks",
    "parse_digest",
]

OWN_SOURCE = "imgmeta"
"""The `eventSource` of imgmeta's own messages; those of AWS services start with `aws:`."""

_MAX_HOURS = 24 * 366

_BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:[^:]*:[^:]*:([^:]+)", re.ASCII)
"""IAM User Guide, "Amazon Resource Names", in any partition: `arn:aws-cn:s3:::bucket`."""


class Transport(StrEnum):
    """The service that delivered an event; it determines the form of the response."""

    S3 = "s3"
    """S3 itself, with an event notification; or an imgmeta message in its shape."""
    SQS = "sqs"
    """An SQS queue, with a batch of messages."""
    SNS = "sns"
    """An SNS topic."""
    EVENTBRIDGE = "eventbridge"
    """An EventBridge event bus."""
    BATCH_OPERATIONS = "batch-operations"
    """An S3 Batch Operations job."""
    LAMBDA = "lambda"
    """Lambda: a record for a destination, or a command to the function."""


class EntryKind(NamedTuple):
    """A kind of entry: an envelope or an event.

    Attributes:
        transport: the service that delivers it.
        content: the path of the message in an envelope.
        parse: returns the request in an event, given the event and its message ID; None if it has
            none.
    """

    transport: Transport
    content: tuple[str, ...] = ()
    parse: Callable[[object, str], Hint | DigestRequest | AuditRequest | None] | None = None


def kind_of(entry: object) -> EntryKind | None:
    """Return the kind of a record or a whole event; None if it is unknown."""
    if isinstance(value_at(entry, "requestContext"), dict) and value_at(entry, "requestPayload"):
        succeeded = value_at(entry, "requestContext", "condition") == "Success"
        return _SUCCEEDED_INVOCATION if succeeded else _FAILED_INVOCATION
    return next((kind for (name, value), kind in _KINDS if value_at(entry, name) == value), None)


def kind_of_tasks(invocation: object) -> EntryKind:
    """Return the kind of the tasks in an S3 Batch Operations invocation."""
    version = major_version(value_at(invocation, "invocationSchemaVersion"))
    return _TASKS.get(version, _TASK_OF_UNKNOWN_VERSION)


def parse_digest(command: object, message_id: str = "") -> DigestRequest:
    """Parse the command `{"imgmeta": "digest", "hours": 24}`.

    Raises:
        InvalidEventError: the number of hours is invalid.
    """
    hours = value_at(command, "hours")
    hours = 24 if hours is None else hours
    if isinstance(hours, int | float) and not isinstance(hours, bool) and 0 < hours <= _MAX_HOURS:
        return DigestRequest(hours, message_id)
    msg = f"invalid hours: expected a number greater than 0 and at most {_MAX_HOURS:,}"
    raise InvalidEventError(msg)


def _parse_notification(record: object, message_id: str) -> Hint:
    """Parse a record of an S3 event notification, whose key is form-urlencoded.

    Sources: Amazon S3 User Guide, "Event message structure". MinIO sends the same structure, with
    slashes in keys encoded, too.
    """
    _require_version_2(record)
    return Hint(
        location_of(
            text_at(record, "s3", "bucket", "name"),
            decode_key(unquote_plus, text_at(record, "s3", "object", "key")),
        ),
        to_sequencer(value_at(record, "s3", "object", "sequencer")),
        message_id,
        time_of(value_at(record, "eventTime")),
    )


def _parse_ceph_notification(record: object, message_id: str) -> Hint:
    """Parse a record of a Ceph bucket notification, whose key is not encoded.

    Its sequencer is the time as bytes of memory, in the order of the server's processor, so that it
    cannot be compared: the hint has none. Source: Ceph documentation, "S3 Bucket Notifications
    Compatibility", and `rgw_notify.cc`.
    """
    _require_version_2(record)
    return Hint(
        location_of(
            text_at(record, "s3", "bucket", "name"), text_at(record, "s3", "object", "key")
        ),
        message_id=message_id,
        occurred_at=time_of(value_at(record, "eventTime")),
    )


def _require_version_2(record: object) -> None:
    version = value_at(record, "eventVersion")
    if version is not None and major_version(version) != "2":
        msg = f"eventVersion is {shown_value(version)}, expected 2.x"
        raise InvalidEventError(msg)


def _parse_own_message(record: object, message_id: str) -> Hint:
    """Parse a record that `core.events.encode_hint` wrote; its keys are not encoded."""
    version = value_at(record, "eventVersion")
    if major_version(version) != "1":
        msg = f"eventVersion of an imgmeta message is {shown_value(version)}, expected 1.x"
        raise InvalidEventError(msg)
    bucket = text_at(record, "s3", "bucket", "name")
    location = location_of(bucket, text_at(record, "s3", "object", "key"))
    alternate = location.key
    if value_at(record, "s3", "object", "alternateKey") is not None:
        alternate = location_of(bucket, text_at(record, "s3", "object", "alternateKey")).key
    return Hint(
        location,
        to_sequencer(value_at(record, "s3", "object", "sequencer")),
        message_id,
        time_of(value_at(record, "eventTime")),
        alternate_key=None if alternate == location.key else alternate,
        force=value_at(record, "force") is True,
        audit=value_at(record, "audit") is True,
    )


def _parse_bus_event(event: object, message_id: str) -> Hint | None:
    """Parse an EventBridge event of S3, whose key is not encoded.

    Source: Amazon S3 User Guide, "EventBridge event message structure".
    """
    if kind_of(value_at(event, "detail")) is _TEST_EVENT:
        return None
    return Hint(
        location_of(
            text_at(event, "detail", "bucket", "name"), text_at(event, "detail", "object", "key")
        ),
        to_sequencer(value_at(event, "detail", "object", "sequencer")),
        message_id,
        time_of(value_at(event, "time")),
    )


def _parse_nothing(_event: object, _message_id: str) -> None:
    """Accept an event without a request."""


def _parse_task_with_arn(task: object, message_id: str) -> Hint:
    """Parse a task of an invocation 1.0: Lambda Developer Guide, "Amazon S3 batch events"."""
    arn = text_at(task, "s3BucketArn")
    bucket = _BUCKET_ARN.fullmatch(arn)
    if bucket is None:
        msg = f"s3BucketArn is {shown_value(arn)}, which is not the ARN of a bucket"
        raise InvalidEventError(msg)
    return _task_hint(bucket[1], task, message_id)


def _parse_task_with_bucket(task: object, message_id: str) -> Hint:
    """Parse a task of an invocation 2.0: Amazon S3 API Reference, "LambdaInvokeOperation"."""
    return _task_hint(text_at(task, "s3Bucket"), task, message_id)


def _reject_task(_task: object, _message_id: str) -> NoReturn:
    msg = "invocationSchemaVersion is neither 1.x nor 2.x"
    raise InvalidEventError(msg)


def _task_hint(bucket: str, task: object, message_id: str) -> Hint:
    """Return the hint of a task: Amazon S3 User Guide, "Invoke AWS Lambda function".

    Manifests are URL-encoded. In S3 Inventory a plus sign encodes a space, and `%2B` a plus sign.
    In a manifest that was written by hand, or with an encoder that keeps plus signs, it may stand
    for itself: that decoding is the alternate key.
    """
    encoded = text_at(task, "s3Key")
    key, alternate = decode_key(unquote_plus, encoded), decode_key(unquote, encoded)
    return Hint(
        location_of(bucket, key),
        message_id=message_id,
        alternate_key=None if alternate == key else alternate,
    )


_TEST_EVENT = EntryKind(Transport.S3, parse=_parse_nothing)
"""The event that S3 sends when notifications are configured; it names no object."""

_FAILED_INVOCATION = EntryKind(Transport.LAMBDA, content=("requestPayload",))
_SUCCEEDED_INVOCATION = EntryKind(Transport.LAMBDA, parse=_parse_nothing)
"""The record that Lambda sends to a destination of asynchronous invocations: AWS Lambda Developer
Guide, "Capturing records of Lambda asynchronous invocations"."""

_KINDS = (
    (("eventSource", "aws:sqs"), EntryKind(Transport.SQS, content=("body",))),
    (("EventSource", "aws:sns"), EntryKind(Transport.SNS, content=("Sns", "Message"))),
    (("Type", "Notification"), EntryKind(Transport.SNS, content=("Message",))),
    (("eventSource", "aws:s3"), EntryKind(Transport.S3, parse=_parse_notification)),
    (("eventSource", "minio:s3"), EntryKind(Transport.S3, parse=_parse_notification)),
    (("eventSource", "ceph:s3"), EntryKind(Transport.S3, parse=_parse_ceph_notification)),
    (("eventSource", OWN_SOURCE), EntryKind(Transport.S3, parse=_parse_own_message)),
    (("source", "aws.s3"), EntryKind(Transport.EVENTBRIDGE, parse=_parse_bus_event)),
    (("source", "lambda"), EntryKind(Transport.EVENTBRIDGE, content=("detail",))),
    (("Event", "s3:TestEvent"), _TEST_EVENT),
    (("imgmeta", "digest"), EntryKind(Transport.LAMBDA, parse=parse_digest)),
    (("imgmeta", "audit"), EntryKind(Transport.LAMBDA, parse=parse_audit)),
)
"""The kind of an entry, by the name and value of an attribute.

Sources: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS" and "... with Amazon SNS";
Amazon SNS Developer Guide, "Fanout to Amazon SQS queues"; Amazon S3 User Guide, "Event message
structure" and "EventBridge event message structure".
"""

_TASKS = {
    "1": EntryKind(Transport.BATCH_OPERATIONS, parse=_parse_task_with_arn),
    "2": EntryKind(Transport.BATCH_OPERATIONS, parse=_parse_task_with_bucket),
}
"""The kind of a task of an S3 Batch Operations invocation, by the schema's major version."""

_TASK_OF_UNKNOWN_VERSION = EntryKind(Transport.BATCH_OPERATIONS, parse=_reject_task)
