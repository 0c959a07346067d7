"""Messages about objects: whatever delivers a message, it becomes hints, reasons to look.

And back: a hint becomes a message, for a queue to deliver.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from imgmeta.core.hints import Hint
from imgmeta.core.transports import (
    OWN_SOURCE,
    Kind,
    Transport,
    kind_of,
    kind_of_tasks,
    list_at,
    value_at,
)
from imgmeta.errors import InvalidEventError

__all__ = [
    "Delivery",
    "Hint",
    "MalformedEntry",
    "ParsedEvent",
    "Transport",
    "encode_hint",
    "parse_event",
]

_MAX_ENVELOPES = 8
"""Envelopes in one another that are opened; AWS makes two of them, SQS around SNS."""

_MESSAGE_IDS = (("messageId",), ("taskId",), ("Sns", "MessageId"), ("MessageId",), ("id",))
"""Where SQS, S3 Batch Operations, SNS to Lambda, SNS and EventBridge name a message."""


@dataclass(frozen=True, slots=True)
class MalformedEntry:
    """An entry that cannot be understood.

    Attributes:
        message_id: the message that held it, as in `Hint`; empty where there is none.
        reason: why, for people: short, and safe to show.
    """

    message_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """What one message says.

    Attributes:
        transport: what delivered it, the outermost; None if that cannot be told.
        hints: the reasons to look, in the order of the message.
        malformed: the entries that cannot be understood, in the order of the message.
        message_ids: the ids of the outermost messages, in order, those that say nothing included.
    """

    transport: Transport | None
    hints: tuple[Hint, ...] = ()
    malformed: tuple[MalformedEntry, ...] = ()
    message_ids: tuple[str, ...] = ()


def parse_event(event: object) -> ParsedEvent:
    """Return what a message of any transport says. Nothing that JSON can say makes it raise.

    Understood are S3 event notifications 2.x, S3's EventBridge events and S3 Batch Operations
    invocations 1.0 and 2.0; the first two directly, or in SQS, SNS, or SNS in SQS (enveloped or
    raw); and `s3:TestEvent`, which says nothing, in all of them. Every event name is a reason to
    look. An entry that is malformed is reported for itself, and its neighbours are read.

    Args:
        event: a value decoded from JSON, or JSON as text or bytes.
    """
    try:
        entries = _entries(event)
    except InvalidEventError as error:
        return ParsedEvent(None, malformed=(MalformedEntry("", str(error)),))
    hints: list[Hint] = []
    malformed: list[MalformedEntry] = []
    for entry in entries:
        for finding in _findings(entry, _message_id(entry.value)):
            if isinstance(finding, Hint):
                hints.append(finding)
            else:
                malformed.append(finding)
    message_ids = tuple(filter(None, (_message_id(entry.value) for entry in entries)))
    return ParsedEvent(_outermost(entries), tuple(hints), tuple(malformed), message_ids)


def encode_hint(hint: Hint) -> str:
    """Return a message that says what `hint` does: JSON, in ASCII.

    `parse_event` makes exactly this hint of it again, through every envelope; but for the message
    id, which is the transport's. It has the shape of an S3 event notification, with a source of
    its own and names that are not URL-encoded.

    Raises:
        ValueError: it would not be this hint again: its place cannot be one in S3, its sequencer
            is not normalized, or its time has no zone.
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
        "s3": {"bucket": {"name": hint.location.bucket}, "object": _without_absent(described)},
        "force": hint.force or None,
    }
    message = json.dumps({"Records": [_without_absent(record)]}, separators=(",", ":"))
    understood = parse_event(message)
    if understood.hints != (replace(hint, message_id=""),):
        reasons = [entry.reason for entry in understood.malformed]
        msg = f"no message can say this hint: {'; '.join(reasons) or 'it is not normalized'}"
        raise ValueError(msg)
    return message


def _without_absent(attributes: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in attributes.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that a queue handed over.

    Attributes:
        parsed: what it says, as if the queue had handed it to `parse_event` by itself: the hints
            and the malformed entries in it bear the id that the queue gave the message.
        receipt: what the queue knows this delivery of the message by; opaque.
    """

    parsed: ParsedEvent
    receipt: str

    @classmethod
    def of(cls, body: str, *, message_id: str, receipt: str) -> Self:
        """Return the delivery of a message with this body, whatever is in it."""
        message = {"eventSource": "aws:sqs", "messageId": message_id, "body": body}
        return cls(parse_event({"Records": [message]}), receipt)


class _Entry(NamedTuple):
    value: object
    kind: Kind | None


def _entries(message: object) -> list[_Entry]:
    document = _decoded(message) if isinstance(message, str | bytes | bytearray) else message
    kind = kind_of(document)
    if kind is None:
        records, tasks = list_at(document, "Records"), list_at(document, "tasks")
        if records is not None:
            return [_Entry(record, kind_of(record)) for record in records]
        if tasks is not None:
            kind = kind_of_tasks(document)
            return [_Entry(task, kind) for task in tasks]
    return [_Entry(document, kind)]


def _decoded(text: str | bytes | bytearray) -> object:
    try:
        return json.loads(text)
    except ValueError as error:  # also what a number of too many digits raises
        msg = "the message is not JSON"
        raise InvalidEventError(msg) from error
    except RecursionError as error:
        msg = "the message is nested too deeply"
        raise InvalidEventError(msg) from error


def _findings(entry: _Entry, message_id: str, depth: int = 0) -> Iterator[Hint | MalformedEntry]:
    value, kind = entry
    if kind is None:
        yield MalformedEntry(message_id, "neither a message nor an event that imgmeta knows")
    elif depth == _MAX_ENVELOPES:
        yield MalformedEntry(message_id, f"more than {depth} envelopes, one in the other")
    else:
        try:
            hint = kind.look(value, message_id) if kind.look else None
            inner = _entries(value_at(value, *kind.content)) if kind.content else ()
        except InvalidEventError as error:
            yield MalformedEntry(message_id, str(error))
            return
        if hint is not None:
            yield hint
        for one in inner:
            yield from _findings(one, message_id, depth + 1)


def _outermost(entries: Iterable[_Entry]) -> Transport | None:
    transports = [entry.kind.transport for entry in entries if entry.kind is not None]
    if Transport.SQS in transports:  # a damaged neighbour must not change the form of the answer
        return Transport.SQS
    return next(iter(transports), None)


def _message_id(entry: object) -> str:
    found = (value_at(entry, *path) for path in _MESSAGE_IDS)
    return next((text for text in found if isinstance(text, str) and text), "")
