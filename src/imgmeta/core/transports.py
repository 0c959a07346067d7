"""What AWS sends: how each kind of message is told from the others, and how its event is read."""

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
    "Kind",
    "Transport",
    "kind_of",
    "kind_of_tasks",
    "list_at",
    "value_at",
]

MAX_S3_KEY = 1_024
"""Longest key in bytes of UTF-8: Amazon S3 User Guide, "Naming Amazon S3 objects"."""

OWN_SOURCE = "imgmeta"
"""The source that imgmeta's own messages name; those of AWS's services start with `aws:`."""

_MAX_SHOWN = 64

_BUCKET = re.compile(r"[A-Za-z0-9._-]{1,255}", re.ASCII)
"""Amazon S3 User Guide, "Bucket naming rules", with the longer names of the first buckets."""

_BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:[^:]*:[^:]*:([^:]+)", re.ASCII)
"""IAM User Guide, "Amazon Resource Names", in any partition: `arn:aws-cn:s3:::bucket`."""


class Transport(StrEnum):
    """What delivered a message: it decides the form of the answer."""

    S3 = "s3"
    """An S3 event notification, sent by S3 itself, or imgmeta's own message in its shape."""
    SQS = "sqs"
    """A batch of messages from a queue, whatever is in them."""
    SNS = "sns"
    """A notification of a topic."""
    EVENTBRIDGE = "eventbridge"
    """An event of an event bus."""
    BATCH_OPERATIONS = "batch-operations"
    """An invocation by an S3 Batch Operations job."""


class Kind(NamedTuple):
    """What an entry of a message is: an envelope, or an event.

    Attributes:
        transport: what delivers it.
        content: where the message in an envelope stands.
        look: what reads an event, given the id of the message that it came in; a test event
            gives None.
    """

    transport: Transport
    content: tuple[str, ...] = ()
    look: Callable[[object, str], Hint | None] | None = None


def kind_of(entry: object) -> Kind | None:
    """Return what this record, or whole message, is; None if it bears no known mark."""
    return next((kind for (name, mark), kind in _KINDS if value_at(entry, name) == mark), None)


def kind_of_tasks(invocation: object) -> Kind:
    """Return what the tasks of this S3 Batch Operations invocation are."""
    version = _major(value_at(invocation, "invocationSchemaVersion"))
    return _TASKS.get(version, _TASK_OF_UNKNOWN_VERSION)


def value_at(value: object, *path: str) -> object:
    """Return what stands at this path of names in a decoded JSON value; None if nothing does."""
    for name in path:
        value = cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None
    return value


def list_at(value: object, name: str) -> list[object] | None:
    """Return the list of this name in a decoded JSON value; None if there is none."""
    found = value_at(value, name)
    return cast("list[object]", found) if isinstance(found, list) else None


def _notification(record: object, message_id: str) -> Hint:
    """Read one record of a notification: Amazon S3 User Guide, "Event message structure".

    Its key is encoded as `application/x-www-form-urlencoded`.
    """
    version = value_at(record, "eventVersion")
    if version is not None and _major(version) != "2":
        msg = f"the event's version is {_shown(version)}, not 2.x"
        raise InvalidEventError(msg)
    return Hint(
        _location(
            _text(record, "s3", "bucket", "name"),
            _unquoted(unquote_plus, _text(record, "s3", "object", "key")),
        ),
        _sequencer(value_at(record, "s3", "object", "sequencer")),
        message_id,
        _time(value_at(record, "eventTime")),
    )


def _own_message(record: object, message_id: str) -> Hint:
    """Read one record of imgmeta's own, as `core.events.message_of` writes it.

    Its keys are not encoded.
    """
    version = value_at(record, "eventVersion")
    if _major(version) != "1":
        msg = f"the version of imgmeta's message is {_shown(version)}, not 1.x"
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


def _bus_event(event: object, message_id: str) -> Hint | None:
    """Read an event of a bus: Amazon S3 User Guide, "EventBridge event message structure".

    Its key is not encoded.
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


def _test_event(_event: object, _message_id: str) -> None:
    """Read what S3 sends when notifications are set up: it names no object."""


def _task_with_arn(task: object, message_id: str) -> Hint:
    """Read a task of an invocation 1.0: Lambda Developer Guide, "Amazon S3 batch events"."""
    arn = _text(task, "s3BucketArn")
    bucket = _BUCKET_ARN.fullmatch(arn)
    if bucket is None:
        msg = f"s3BucketArn is {_shown(arn)}, which is not that of a bucket"
        raise InvalidEventError(msg)
    return _task(bucket[1], task, message_id)


def _task_with_bucket(task: object, message_id: str) -> Hint:
    """Read a task of an invocation 2.0: Amazon S3 API Reference, "LambdaInvokeOperation"."""
    return _task(_text(task, "s3Bucket"), task, message_id)


def _task_of_unknown_version(_task: object, _message_id: str) -> NoReturn:
    msg = "invocationSchemaVersion is neither 1.x nor 2.x"
    raise InvalidEventError(msg)


def _task(bucket: str, task: object, message_id: str) -> Hint:
    """Read the key as the manifest has it: Amazon S3 User Guide, "Invoke AWS Lambda function".

    Manifests are URL-encoded, and whoever encodes a plus sign writes `%2B`. So a bare one is a
    space, as S3 Inventory writes it. Only a manifest that somebody wrote by hand, or by an encoder
    that passes plus signs, means itself by it: that is the alternate key.
    """
    written = _text(task, "s3Key")
    key, alternate = _unquoted(unquote_plus, written), _unquoted(unquote, written)
    return Hint(
        _location(bucket, key),
        message_id=message_id,
        alternate_key=None if alternate == key else alternate,
    )


def _location(bucket: str, key: str) -> ObjectLocation:
    if not _BUCKET.fullmatch(bucket):
        msg = f"{_shown(bucket)} is not the name of a bucket"
        raise InvalidEventError(msg)
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        msg = "the key has no UTF-8 form"
        raise InvalidEventError(msg) from error
    if length > MAX_S3_KEY:
        msg = f"the key is {length:,} bytes long; S3 allows {MAX_S3_KEY:,}"
        raise InvalidEventError(msg)
    return ObjectLocation(bucket, key)


def _unquoted(decode: Callable[[str, str, str], str], key: str) -> str:
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
    except (ValueError, OverflowError):  # no time, or a zone that shifts it out of all years
        return None


def _major(version: object) -> str:
    return version.partition(".")[0] if isinstance(version, str) else ""


def _text(value: object, *path: str) -> str:
    text = value_at(value, *path)
    if not isinstance(text, str) or not text:
        msg = f"{'.'.join(path)} is {'empty' if text == '' else 'missing or not text'}"
        raise InvalidEventError(msg)
    return text


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return "not text"
    return shorten(printable(value[: _MAX_SHOWN + 1]), _MAX_SHOWN)


_TEST_EVENT = Kind(Transport.S3, look=_test_event)

_KINDS = (
    (("eventSource", "aws:sqs"), Kind(Transport.SQS, content=("body",))),
    (("EventSource", "aws:sns"), Kind(Transport.SNS, content=("Sns", "Message"))),
    (("Type", "Notification"), Kind(Transport.SNS, content=("Message",))),
    (("eventSource", "aws:s3"), Kind(Transport.S3, look=_notification)),
    (("eventSource", OWN_SOURCE), Kind(Transport.S3, look=_own_message)),
    (("source", "aws.s3"), Kind(Transport.EVENTBRIDGE, look=_bus_event)),
    (("Event", "s3:TestEvent"), _TEST_EVENT),
)
"""What an entry is, by the attribute that marks it.

Sources: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS" and "... with Amazon SNS";
Amazon SNS Developer Guide, "Fanout to Amazon SQS queues"; Amazon S3 User Guide, "Event message
structure" and "EventBridge event message structure".
"""

_TASKS = {
    "1": Kind(Transport.BATCH_OPERATIONS, look=_task_with_arn),
    "2": Kind(Transport.BATCH_OPERATIONS, look=_task_with_bucket),
}
"""What a task of an S3 Batch Operations invocation is, by the major version of its schema."""

_TASK_OF_UNKNOWN_VERSION = Kind(Transport.BATCH_OPERATIONS, look=_task_of_unknown_version)
