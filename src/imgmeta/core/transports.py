"""Kinds of events that AWS sends: how they are recognized and parsed."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, NoReturn, cast
from urllib.parse import unquote, unquote_plus

from imgmeta.core.hints import Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.ordering import normalize_sequencer
from imgmeta.core.text import printable, shorten
from imgmeta.errors import InvalidEventError

__all__ = [
    "MAX_S3_KEY",
    "OWN_SOURCE",
    "EntryKind",
    "Transport",
    "kind_of",
    "kind_of_tasks",
    "list_at",
    "value_at",
]

MAX_S3_KEY = 1_024
"""Maximum length of a key in bytes of UTF-8: Amazon S3 User Guide, "Naming Amazon S3 objects"."""

OWN_SOURCE = "imgmeta"
"""The `eventSource` of imgmeta's own messages; those of AWS services start with `aws:`."""

_MAX_VALUE = 64

_BUCKET = re.compile(r"[A-Za-z0-9._-]{1,255}", re.ASCII)
"""Amazon S3 User Guide, "Bucket naming rules", with the longer names of old buckets."""

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


class EntryKind(NamedTuple):
    """A kind of entry: an envelope or an event.

    Attributes:
        transport: the service that delivers it.
        content: the path of the message in an envelope.
        parse: returns the hint of an event, given the event and its message ID; None for a test
            event.
    """

    transport: Transport
    content: tuple[str, ...] = ()
    parse: Callable[[object, str], Hint | None] | None = None


def kind_of(entry: object) -> EntryKind | None:
    """Return the kind of a record or a whole event; None if it is unknown."""
    return next((kind for (name, value), kind in _KINDS if value_at(entry, name) == value), None)


def kind_of_tasks(invocation: object) -> EntryKind:
    """Return the kind of the tasks in an S3 Batch Operations invocation."""
    version = _major(value_at(invocation, "invocationSchemaVersion"))
    return _TASKS.get(version, _TASK_OF_UNKNOWN_VERSION)


def value_at(value: object, *path: str) -> object:
    """Return the value at a path of names in a decoded JSON value; None if there is none."""
    for name in path:
        value = cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None
    return value


def list_at(value: object, name: str) -> list[object] | None:
    """Return the list with this name in a decoded JSON object; None if there is none."""
    member = value_at(value, name)
    return cast("list[object]", member) if isinstance(member, list) else None


def _parse_notification(record: object, message_id: str) -> Hint:
    """Parse a record of an S3 event notification, whose key is form-urlencoded.

    Source: Amazon S3 User Guide, "Event message structure".
    """
    version = value_at(record, "eventVersion")
    if version is not None and _major(version) != "2":
        msg = f"eventVersion is {_printable(version)}, expected 2.x"
        raise InvalidEventError(msg)
    return Hint(
        _location(
            _text(record, "s3", "bucket", "name"),
            _decode_key(unquote_plus, _text(record, "s3", "object", "key")),
        ),
        _sequencer(value_at(record, "s3", "object", "sequencer")),
        message_id,
        _time(value_at(record, "eventTime")),
    )


def _parse_own_message(record: object, message_id: str) -> Hint:
    """Parse a record that `core.events.encode_hint` wrote; its keys are not encoded."""
    version = value_at(record, "eventVersion")
    if _major(version) != "1":
        msg = f"eventVersion of an imgmeta message is {_printable(version)}, expected 1.x"
        raise InvalidEventError(msg)
    bucket = _text(record, "s3", "bucket", "name")
    location = _location(bucket, _text(record, "s3", "object", "key"))
    alternate = location.key
    if value_at(record, "s3", "object", "alternateKey") is not None:
        alternate = _location(bucket, _text(record, "s3", "object", "alternateKey")).key
    return Hint(
        location,
        _sequencer(value_at(record, "s3", "object", "sequencer")),
        message_id,
        _time(value_at(record, "eventTime")),
        alternate_key=None if alternate == location.key else alternate,
        force=value_at(record, "force") is True,
    )


def _parse_bus_event(event: object, message_id: str) -> Hint | None:
    """Parse an EventBridge event of S3, whose key is not encoded.

    Source: Amazon S3 User Guide, "EventBridge event message structure".
    """
    if kind_of(value_at(event, "detail")) is _TEST_EVENT:
        return None
    return Hint(
        _location(
            _text(event, "detail", "bucket", "name"), _text(event, "detail", "object", "key")
        ),
        _sequencer(value_at(event, "detail", "object", "sequencer")),
        message_id,
        _time(value_at(event, "time")),
    )


def _parse_test_event(_event: object, _message_id: str) -> None:
    """Accept the event that S3 sends when notifications are configured; it names no object."""


def _parse_task_with_arn(task: object, message_id: str) -> Hint:
    """Parse a task of an invocation 1.0: Lambda Developer Guide, "Amazon S3 batch events"."""
    arn = _text(task, "s3BucketArn")
    bucket = _BUCKET_ARN.fullmatch(arn)
    if bucket is None:
        msg = f"s3BucketArn is {_printable(arn)}, which is not the ARN of a bucket"
        raise InvalidEventError(msg)
    return _task_hint(bucket[1], task, message_id)


def _parse_task_with_bucket(task: object, message_id: str) -> Hint:
    """Parse a task of an invocation 2.0: Amazon S3 API Reference, "LambdaInvokeOperation"."""
    return _task_hint(_text(task, "s3Bucket"), task, message_id)


def _reject_task(_task: object, _message_id: str) -> NoReturn:
    msg = "invocationSchemaVersion is neither 1.x nor 2.x"
    raise InvalidEventError(msg)


def _task_hint(bucket: str, task: object, message_id: str) -> Hint:
    """Return the hint of a task: Amazon S3 User Guide, "Invoke AWS Lambda function".

    Manifests are URL-encoded. In S3 Inventory a plus sign encodes a space, and `%2B` a plus sign.
    In a manifest that was written by hand, or with an encoder that keeps plus signs, it may stand
    for itself: that decoding is the alternate key.
    """
    encoded = _text(task, "s3Key")
    key, alternate = _decode_key(unquote_plus, encoded), _decode_key(unquote, encoded)
    return Hint(
        _location(bucket, key),
        message_id=message_id,
        alternate_key=None if alternate == key else alternate,
    )


def _location(bucket: str, key: str) -> ObjectLocation:
    if not _BUCKET.fullmatch(bucket):
        msg = f"invalid bucket name {_printable(bucket)}"
        raise InvalidEventError(msg)
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        msg = "the key cannot be encoded as UTF-8"
        raise InvalidEventError(msg) from error
    if length > MAX_S3_KEY:
        msg = f"the key is {length:,} bytes long; S3 allows {MAX_S3_KEY:,}"
        raise InvalidEventError(msg)
    return ObjectLocation(bucket, key)


def _decode_key(decode: Callable[[str, str, str], str], key: str) -> str:
    try:
        return decode(key, "utf-8", "strict")
    except UnicodeDecodeError as error:
        msg = "the key is not URL-encoded UTF-8"
        raise InvalidEventError(msg) from error


def _sequencer(value: object) -> str | None:
    return normalize_sequencer(value) if isinstance(value, str) else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # not a time, or out of range in UTC
        return None


def _major(version: object) -> str:
    return version.partition(".")[0] if isinstance(version, str) else ""


def _text(value: object, *path: str) -> str:
    text = value_at(value, *path)
    if not isinstance(text, str) or not text:
        msg = f"{'.'.join(path)} is {'empty' if text == '' else 'missing or not text'}"
        raise InvalidEventError(msg)
    return text


def _printable(value: object) -> str:
    if not isinstance(value, str):
        return "not text"
    return shorten(printable(value[: _MAX_VALUE + 1]), _MAX_VALUE)


_TEST_EVENT = EntryKind(Transport.S3, parse=_parse_test_event)

_KINDS = (
    (("eventSource", "aws:sqs"), EntryKind(Transport.SQS, content=("body",))),
    (("EventSource", "aws:sns"), EntryKind(Transport.SNS, content=("Sns", "Message"))),
    (("Type", "Notification"), EntryKind(Transport.SNS, content=("Message",))),
    (("eventSource", "aws:s3"), EntryKind(Transport.S3, parse=_parse_notification)),
    (("eventSource", OWN_SOURCE), EntryKind(Transport.S3, parse=_parse_own_message)),
    (("source", "aws.s3"), EntryKind(Transport.EVENTBRIDGE, parse=_parse_bus_event)),
    (("Event", "s3:TestEvent"), _TEST_EVENT),
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
