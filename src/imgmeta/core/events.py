"""Conversion of events of any transport to hints, and of a hint to a message for a queue."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from imgmeta.core.event_values import as_list, list_at, value_at
from imgmeta.core.hints import AuditRequest, DigestRequest, Hint
from imgmeta.core.transports import OWN_SOURCE, EntryKind, Transport, kind_of, kind_of_tasks
from imgmeta.errors import InvalidEventError

__all__ = [
    "Delivery",
    "Hint",
    "MalformedEntry",
    "ParsedEvent",
    "Transport",
    "encode_hint",
    "parse_event",
    "receive_counts",
]

_MAX_ENVELOPES = 8
"""Maximum depth of nested envelopes. AWS nests up to four: an SQS message contains an SNS message,
which contains the record of a failed invocation, whose payload is another SNS message."""

_COUNT = re.compile("[0-9]{1,9}", re.ASCII)

_MESSAGE_IDS = (
    *(("messageId",), ("taskId",), ("Sns", "MessageId"), ("MessageId",), ("id",)),
    ("requestContext", "requestId"),
)
"""Paths of the message ID in SQS, S3 Batch Operations, SNS to Lambda, SNS, EventBridge and records
of failed invocations."""


@dataclass(frozen=True, slots=True)
class MalformedEntry:
    """An invalid entry of an event.

    Attributes:
        message_id: the ID of the message that contains it, as in `Hint`; empty if it has none.
        reason: the reason, short and safe to print.
    """

    message_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """The content of one event.

    Attributes:
        transport: the outermost transport; None if it is unknown.
        hints: the hints, in the order of the event.
        malformed: the malformed entries, in the order of the event.
        message_ids: the IDs of the outermost messages, in order, including those without a hint.
        digests: the requests for a digest, in the order of the event.
        audits: the requests for an audit, in the order of the event.
    """

    transport: Transport | None
    hints: tuple[Hint, ...] = ()
    malformed: tuple[MalformedEntry, ...] = ()
    message_ids: tuple[str, ...] = ()
    digests: tuple[DigestRequest, ...] = ()
    audits: tuple[AuditRequest, ...] = ()


def parse_event(event: object) -> ParsedEvent:
    """Return the hints in an event of any transport. It does not raise for any JSON value.

    It supports:

    * S3 event notifications 2.x, S3's EventBridge events, `s3:TestEvent` (which gives no hint),
      bucket notifications of MinIO and Ceph, imgmeta's own messages and its commands
    * these in SQS, SNS, or SNS in SQS (with or without raw message delivery)
    * all these in a list, as EventBridge Pipes sends them, or in the record of a failed invocation,
      as Lambda sends it to a failure destination
    * S3 Batch Operations invocations 1.0 and 2.0

    The event name is ignored: every event is a reason to process its object. A malformed entry does
    not affect its neighbors.

    Args:
        event: a value decoded from JSON, or JSON as text or bytes.
    """
    try:
        entries = _entries(event)
    except InvalidEventError as error:
        return ParsedEvent(None, malformed=(MalformedEntry("", str(error)),))
    parsed = [each for entry in entries for each in _parse_entry(entry, _message_id(entry.value))]
    return ParsedEvent(
        _outermost(entries),
        hints=tuple(each for each in parsed if isinstance(each, Hint)),
        malformed=tuple(each for each in parsed if isinstance(each, MalformedEntry)),
        message_ids=tuple(filter(None, (_message_id(entry.value) for entry in entries))),
        digests=tuple(each for each in parsed if isinstance(each, DigestRequest)),
        audits=tuple(each for each in parsed if isinstance(each, AuditRequest)),
    )


def encode_hint(hint: Hint) -> str:
    """Encode a hint as a message: JSON, in ASCII.

    `parse_event` returns an equal hint through every envelope, except for the message ID, which the
    transport assigns. The message has the shape of an S3 event notification, with imgmeta's own
    event source and a key that is not URL-encoded.

    Raises:
        ValueError: the hint would not survive: its bucket or key is invalid in S3, its sequencer is
            not normalized, its time is not timezone-aware, or it asks for a hash.
    """
    described = {
        "key": hint.location.key,
        "sequencer": hint.sequencer,
        "alternateKey": hint.alternate_key,
    }
    record = {
        "eventVersion": "1.0",
        "eventSource": OWN_SOURCE,
        "eventTime": hint.occurred_at.isoformat() if hint.occurred_at else None,
        "s3": {"bucket": {"name": hint.location.bucket}, "object": _without_none(described)},
        "force": hint.force or None,
        "audit": hint.audit or None,
    }
    message = json.dumps({"Records": [_without_none(record)]}, separators=(",", ":"))
    parsed = parse_event(message)
    if parsed.hints != (replace(hint, message_id=""),):
        reasons = [entry.reason for entry in parsed.malformed]
        if hint.hash_kinds:
            reasons.append("no message asks for a content hash")
        msg = f"cannot encode the hint: {'; '.join(reasons) or 'it is not normalized'}"
        raise ValueError(msg)
    return message


def receive_counts(event: object) -> dict[str, int]:
    """Return how often SQS delivered each message of an event, by message ID.

    Messages whose number is missing or invalid are left out. Source: AWS Lambda Developer Guide,
    "Using Lambda with Amazon SQS": `attributes.ApproximateReceiveCount` is a number as text.
    """
    records = list_at(event, "Records") or as_list(event) or []
    texts = {
        _message_id(each): value_at(each, "attributes", "ApproximateReceiveCount")
        for each in records
    }
    return {
        message_id: int(text)
        for message_id, text in texts.items()
        if message_id and isinstance(text, str) and _COUNT.fullmatch(text)
    }


def _without_none(attributes: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in attributes.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message received from a queue.

    Attributes:
        parsed: its content, as if the queue had invoked `parse_event` with this message alone: the
            hints and malformed entries carry the queue's message ID.
        receipt: the queue's opaque handle of this delivery.
    """

    parsed: ParsedEvent
    receipt: str

    @classmethod
    def of(cls, body: str, *, message_id: str, receipt: str) -> Self:
        """Return the delivery of a message with any body."""
        message = {"eventSource": "aws:sqs", "messageId": message_id, "body": body}
        return cls(parse_event({"Records": [message]}), receipt)


class _Entry(NamedTuple):
    value: object
    kind: EntryKind | None


def _entries(message: object, depth: int = 0) -> list[_Entry]:
    document = _decode_json(message) if isinstance(message, str | bytes | bytearray) else message
    if members := as_list(document):
        return [entry for member in members for entry in _entries_of_member(member, depth + 1)]
    kind = kind_of(document)
    if kind is None:
        records, tasks = list_at(document, "Records"), list_at(document, "tasks")
        if records is not None:
            return [_Entry(record, kind_of(record)) for record in records]
        if tasks is not None:
            kind = kind_of_tasks(document)
            return [_Entry(task, kind) for task in tasks]
    return [_Entry(document, kind)]


def _entries_of_member(member: object, depth: int) -> list[_Entry]:
    """Return the entries in a member of a list: a record, a whole event, or either as text."""
    kind = kind_of(member)
    if kind is None and depth < _MAX_ENVELOPES:
        with suppress(InvalidEventError):
            return _entries(member, depth)
    return [_Entry(member, kind)]


def _decode_json(text: str | bytes | bytearray) -> object:
    try:
        return json.loads(text)
    except ValueError as error:  # a number with too many digits raises it too
        msg = "the message is not JSON"
        raise InvalidEventError(msg) from error
    except RecursionError as error:
        msg = "the message is nested too deeply"
        raise InvalidEventError(msg) from error


def _parse_entry(
    entry: _Entry, message_id: str, depth: int = 0
) -> Iterator[Hint | DigestRequest | AuditRequest | MalformedEntry]:
    value, kind = entry
    if kind is None:
        yield MalformedEntry(message_id, "not a supported message or event")
    elif depth == _MAX_ENVELOPES:
        yield MalformedEntry(message_id, f"more than {depth} nested envelopes")
    else:
        try:
            parsed = kind.parse(value, message_id) if kind.parse else None
            nested = _entries(value_at(value, *kind.content)) if kind.content else ()
        except InvalidEventError as error:
            yield MalformedEntry(message_id, str(error))
            return
        if parsed is not None:
            yield parsed
        for each in nested:
            yield from _parse_entry(each, message_id, depth + 1)


def _outermost(entries: Iterable[_Entry]) -> Transport | None:
    transports = [entry.kind.transport for entry in entries if entry.kind is not None]
    if Transport.SQS in transports:  # a malformed neighbor must not change the response's form
        return Transport.SQS
    return next(iter(transports), None)


def _message_id(entry: object) -> str:
    values = (value_at(entry, *path) for path in _MESSAGE_IDS)
    return next((text for text in values if isinstance(text, str) and text), "")
